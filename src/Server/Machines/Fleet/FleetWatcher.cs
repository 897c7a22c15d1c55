using System.Threading.Channels;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>The event queue of one watcher. A watcher whose queue is full is disconnected, and may reconnect.</summary>
internal sealed class FleetWatcher(Id<ApiKey> keyId, Id<Organization> organizationId, Action<FleetWatcher> gone)
    : IDisposable
{
    private const int QueueMax = 64;
    private readonly Channel<StreamEvent> queue = System.Threading.Channels.Channel.CreateBounded<StreamEvent>(
        new BoundedChannelOptions(QueueMax) { SingleReader = true }
    );

    public Id<ApiKey> KeyId => keyId;
    public Id<Organization> OrganizationId => organizationId;

    /// <summary>The events, with an unnamed one now and then as a keep-alive, until the watcher is ended.</summary>
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
