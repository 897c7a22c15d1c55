using System.Collections.Concurrent;
using System.Net;

namespace Paddock.Torture.Replicas;

/// <summary>
/// A proxy in front of several servers. New connections go in turn to servers that report ready; connections to a
/// server that is not ready are closed.
/// </summary>
internal sealed class Balancer : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly IReadOnlyList<Uri> servers;
    private readonly ConcurrentDictionary<Uri, bool> ready = new();
    private readonly CancellationTokenSource disposing = new();
    private readonly Link link;
    private readonly Task looking;
    private int turn;

    public Balancer(IReadOnlyList<Uri> servers)
    {
        this.servers = servers;
        link = new(Next);
        looking = Task.WhenAll(servers.Select(LookAsync));
    }

    public Uri Address => new($"http://{link.Address}");

    public async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        await looking;
        await link.DisposeAsync();
        disposing.Dispose();
    }

    private IPEndPoint? Next()
    {
        for (var i = 0; i < servers.Count; i++)
        {
            var server = servers[(int)((uint)Interlocked.Increment(ref turn) % servers.Count)];
            if (ready.GetValueOrDefault(server))
                return End(server);
        }
        return null;
    }

    private async Task LookAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server, Timeout = Patience };
        while (!disposing.IsCancellationRequested)
            try
            {
                var isReady = await IsReadyAsync(http);
                if (ready.GetValueOrDefault(server) && !isReady)
                    link.Drop(end => end.Equals(End(server)));
                ready[server] = isReady;
                await Task.Delay(LookEvery, disposing.Token);
            }
            catch (OperationCanceledException) { }
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready", disposing.Token);
            return (int)answer.StatusCode < 500; // Versions without this route answer 404.
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static IPEndPoint End(Uri server) => IPEndPoint.Parse(server.Authority);
}
