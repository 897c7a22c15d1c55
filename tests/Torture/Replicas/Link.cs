using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Paddock.Torture.Replicas;

/// <summary>How a <see cref="Link"/> treats connections.</summary>
internal enum LinkState
{
    Open,

    /// <summary>Connections are closed, and new ones refused.</summary>
    Refused,

    /// <summary>Nothing is delivered and nothing is answered, as on a network that is cut.</summary>
    Cut,
}

/// <summary>A TCP forwarder between two programs, which can be cut.</summary>
internal sealed class Link : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    private readonly Func<IPEndPoint?> target;
    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly CancellationTokenSource disposing = new();
    private readonly ConcurrentDictionary<TcpClient, IPEndPoint> clients = new();
    private readonly Task accepting;
    private volatile LinkState state;

    /// <param name="target">The target of a new connection; null if there is none.</param>
    public Link(Func<IPEndPoint?> target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)listener.LocalEndpoint;

    public LinkState State
    {
        get => state;
        set
        {
            state = value;
            if (value == LinkState.Refused)
                Drop(_ => true);
        }
    }

    /// <summary>Closes the connections to these targets.</summary>
    public void Drop(Func<IPEndPoint, bool> to)
    {
        foreach (var (client, end) in clients)
            if (to(end))
                client.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        listener.Stop();
        Drop(_ => true);
        await accepting;
        disposing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!disposing.IsCancellationRequested)
            try
            {
                var client = await listener.AcceptTcpClientAsync(disposing.Token);
                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await WhileCutAsync();
            if (state == LinkState.Refused || target() is not { } end)
                return;
            using var other = new TcpClient { NoDelay = true };
            client.NoDelay = true;
            clients[client] = end;
            await other.ConnectAsync(end, disposing.Token);
            await Task.WhenAny(PumpAsync(client, other), PumpAsync(other, client));
        }
        catch (Exception e)
            when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException) { }
        finally
        {
            clients.TryRemove(client, out IPEndPoint? _);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var (buffer, source, sink) = (new byte[16 << 10], from.GetStream(), to.GetStream());
        while (await source.ReadAsync(buffer, disposing.Token) is > 0 and var read)
        {
            await WhileCutAsync();
            await sink.WriteAsync(buffer.AsMemory(0, read), disposing.Token);
        }
    }

    private async Task WhileCutAsync()
    {
        while (state == LinkState.Cut)
            await Task.Delay(LookEvery, disposing.Token);
    }
}
