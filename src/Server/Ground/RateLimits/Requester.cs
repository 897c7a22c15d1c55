using System.Net;
using Paddock.Server.Ground.Audit;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// The caller of the request that the current code runs for. It flows with the request, so that what lies deep below an
/// endpoint, like the database, knows whose share it spends; work of the server's own has none.
/// </summary>
internal sealed class Requester : IDisposable
{
    private static readonly AsyncLocal<Requester?> Flowing = new();
    private volatile bool hasEnded;

    private readonly IPAddress address;

    private Requester(IPAddress address) => (Key, this.address) = (CallerKey.Of(address), address);

    /// <summary>Where the request comes from.</summary>
    public string Address => address.ToString();

    /// <summary>Who it is; null for somebody who has not signed in.</summary>
    public Actor? Actor { get; private set; }

    /// <summary>The entry of the audit log that the request leaves when it changes something; null for none.</summary>
    public AuditRecord? Audit { get; set; }

    /// <summary>The address until it is known who signed in.</summary>
    public CallerKey Key { get; private set; }

    /// <summary>
    /// True while it is looked up who calls. That takes one row, and must not wait for a share that those who have not
    /// signed in have used up.
    /// </summary>
    public bool IsLookedUp { get; private set; }

    /// <summary>Null outside of requests, and in work that outlives the request that began it.</summary>
    public static Requester? Current => Flowing.Value is { hasEnded: false } requester ? requester : null;

    public static CallerKey CurrentKey => Current is { IsLookedUp: false } requester ? requester.Key : default;

    public static Requester Begin(IPAddress address)
    {
        var requester = new Requester(address);
        Flowing.Value = requester;
        return requester;
    }

    /// <summary>Finds out who calls, and counts the request for them from then on.</summary>
    public static async Task<T> IdentifyAsync<T>(Func<Task<T>> find)
        where T : ICounted?
    {
        var caller = await LookUpAsync(find);
        if (caller is not null)
            Identify(caller);
        return caller;
    }

    /// <summary>
    /// Reads who calls, without a share: what else is read with it is only for those who have proved it.
    /// </summary>
    public static async Task<T> LookUpAsync<T>(Func<Task<T>> find)
    {
        var requester = Current;
        if (requester is not null)
            requester.IsLookedUp = true;
        try
        {
            return await find();
        }
        finally
        {
            if (requester is not null)
                requester.IsLookedUp = false;
        }
    }

    /// <summary>From now on the request counts for the caller, and no longer for the address.</summary>
    public static void Identify(ICounted caller)
    {
        if (Current is { } requester && caller.CountedAs is { } key)
            (requester.Key, requester.Actor) = (key, caller.Actor);
    }

    public void Dispose() => hasEnded = true;
}
