using System.Net;
using Paddock.Server.Ground.Audit;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// The caller of the request that the current code runs for. It flows with the request's async context, so deep layers
/// such as the database know whose share they use. The server's own work has no requester.
/// </summary>
internal sealed class Requester : IDisposable
{
    private static readonly AsyncLocal<Requester?> Flowing = new();
    private volatile bool hasEnded;

    private readonly IPAddress address;

    private Requester(IPAddress address) => (Key, this.address) = (CallerKey.Of(address), address);

    /// <summary>The client's address.</summary>
    public string Address => address.ToString();

    /// <summary>The signed-in caller; null for anonymous callers.</summary>
    public Actor? Actor { get; private set; }

    /// <summary>The audit log entry to write when the request changes something; null for none.</summary>
    public AuditRecord? Audit { get; set; }

    /// <summary>The key whose share the request uses: the address until the caller is identified.</summary>
    public CallerKey Key { get; private set; }

    /// <summary>
    /// True while the caller is being looked up. The lookup reads one row, and must not wait for a share that anonymous
    /// callers have used up.
    /// </summary>
    public bool IsLookedUp { get; private set; }

    /// <summary>
    /// The current requester. Null outside of requests, and in work that outlives the request that started it.
    /// </summary>
    public static Requester? Current => Flowing.Value is { hasEnded: false } requester ? requester : null;

    public static CallerKey CurrentKey => Current is { IsLookedUp: false } requester ? requester.Key : default;

    public static Requester Begin(IPAddress address)
    {
        var requester = new Requester(address);
        Flowing.Value = requester;
        return requester;
    }

    /// <summary>Looks up the caller, and from then on counts the request for that caller.</summary>
    public static async Task<T> IdentifyAsync<T>(Func<Task<T>> find)
        where T : ICounted?
    {
        var caller = await LookUpAsync(find);
        if (caller is not null)
            Identify(caller);
        return caller;
    }

    /// <summary>
    /// Runs the lookup of the caller without a share. Anything else it reads must be only for callers who have proved
    /// who they are.
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

    /// <summary>Counts the request for the caller from now on, no longer for the address.</summary>
    public static void Identify(ICounted caller)
    {
        if (Current is { } requester && caller.CountedAs is { } key)
            (requester.Key, requester.Actor) = (key, caller.Actor);
    }

    public void Dispose() => hasEnded = true;
}
