using System.Threading.Channels;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>One watcher's own queue. Whoever does not take what is in it is cut off, and may come again.</summary>
internal sealed class FleetWatcher(Id<ApiKey> keyId, Id<Organization> organizationId, Action<FleetWatcher> gone)
    : IDisposable
{
    private const int QueueMax = 64;
    private readonly Channel<StreamEvent> queue = System.Threading.Channels.Channel.CreateBounded<StreamEvent>(
        new BoundedChannelOptions(QueueMax) { SingleReader = true }
    );

    public Id<ApiKey> KeyId => keyId;
    public Id<Organization> OrganizationId => organizationId;

    /// <summary>What comes up, and now and then an event without a name; until the watcher is ended.</summary>
    public IAsyncEnumerable<StreamEvent> AllAsync(CancellationToken ct) => queue.Reader.ReadAllAsync(ct);

    public void Tell(StreamEvent news)
    {
        if (!queue.Writer.TryWrite(news))
            End();
    }

    public void End() => queue.Writer.TryComplete();

    public void Dispose()
    {
        gone(this);
        End();
    }
}
