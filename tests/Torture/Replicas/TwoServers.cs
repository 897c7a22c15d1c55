using System.Diagnostics;
using System.Globalization;
using System.Net;
using Paddock.Server.Ground.Database;

namespace Paddock.Torture.Replicas;

/// <summary>
/// Two servers on one PostgreSQL and one S3 store, behind a proxy, while any of these is killed, stopped, refused or
/// cut off.
/// </summary>
internal sealed class TwoServers : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private const int ShortCut = 8000; // In milliseconds, at most: the time that a restarting switch takes.
    private const int LongCut = 60_000;

    private readonly Network? network;
    private readonly Postgres postgres;
    private readonly S3Server store;
    private readonly Link[] toDatabase;
    private readonly Link toStore;
    private readonly ServerProcess[] servers;
    private readonly Balancer balancer;
    private readonly Crowd crowd;
    private readonly Findings findings;
    private readonly Random random;

    private TwoServers(
        (Network? Network, Postgres Postgres, S3Server Store, Link[] ToDatabase, Link ToStore) below,
        ServerProcess[] servers,
        Balancer balancer,
        Crowd crowd,
        Findings findings,
        int seed
    )
    {
        (network, postgres, store, toDatabase, toStore) = below;
        (this.servers, this.balancer, this.crowd) = (servers, balancer, crowd);
        (this.findings, random) = (findings, new Random(seed));
    }

    /// <summary>The faults, by name.</summary>
    public static IReadOnlyList<string> Harms { get; } =
    [
        "a server killed",
        "PostgreSQL crashed",
        "PostgreSQL frozen",
        "backends killed",
        "PostgreSQL refused",
        "a server cut off from PostgreSQL",
        "S3 refused",
        "S3 hanging",
    ];

    /// <summary>The faults that need PostgreSQL in a separate network.</summary>
    public static IReadOnlyList<string> NetworkHarms { get; } =
    ["network cut to one server", "network cut to both servers", "network cut to one server, for a minute"];

    /// <summary>Measurements other than the recovery time.</summary>
    public List<string> Measured { get; } = [];

    /// <param name="network">The network of PostgreSQL; null to reach it by proxies.</param>
    public static async Task<TwoServers> BeginAsync(Setup setup, Findings findings, Network? network = null)
    {
        var postgres = new Postgres(network);
        var store = await S3Server.StartAsync();
        Link[] toDatabase = [new(() => postgres.Address), new(() => postgres.Address)];
        var toStore = new Link(() => IPEndPoint.Parse(store.Address.Authority));
        Dictionary<string, string> Settings(int server) =>
            new(store.Settings(new($"http://{toStore.Address}")))
            {
                ["PADDOCK_DATABASE"] = Postgres.ConnectionTo(
                    network is null ? toDatabase[server].Address : postgres.AddressBy(server)
                ),
                ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "15",
            };
        var first = await ServerProcess.StartAsync(Engine.Postgres, setup.Program, durable: false, Settings(0));
        var second = await ServerProcess.StartReplicaAsync(first, Settings(1));
        var balancer = new Balancer([first.Address, second.Address]);
        var crowd = await Crowd.GatherAsync(balancer.Address, first, findings, setup.Seed);
        crowd.BePatient(TimeSpan.FromSeconds(5));
        await crowd.User.CreateProjectAsync("Pulse");
        return new(
            (network, postgres, store, toDatabase, toStore),
            [first, second],
            balancer,
            crowd,
            findings,
            setup.Seed
        );
    }

    /// <summary>Injects one fault while the clients work.</summary>
    /// <returns>The time from the end of the fault until every server accepts a report again.</returns>
    public async Task<TimeSpan> RoundAsync(string harm)
    {
        using var until = new CancellationTokenSource();
        var working = crowd.WorkAsync(until.Token);
        try
        {
            await PassAsync(300);
            await HarmAsync(harm);
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(servers.Select(RecoveredAsync));
            var took = watch.Elapsed;
            await PassAsync(200);
            return took;
        }
        finally
        {
            await until.CancelAsync();
            await working;
            await crowd.CheckAsync(all: false);
        }
    }

    /// <summary>Checks everything again, and reads the servers' logs.</summary>
    public async Task<string> EndAsync()
    {
        await crowd.CheckAsync(all: true);
        foreach (var server in servers)
        {
            server.Kill();
            await ReadLogAsync(server);
        }
        return crowd.Confirmed;
    }

    public async ValueTask DisposeAsync()
    {
        crowd.Dispose();
        await balancer.DisposeAsync();
        foreach (var server in servers.Reverse())
            await server.DisposeAsync();
        foreach (var link in toDatabase.Append(toStore))
            await link.DisposeAsync();
        await store.DisposeAsync();
        postgres.Dispose();
        network?.Dispose();
    }

    private async Task HarmAsync(string harm)
    {
        switch (harm)
        {
            case "a server killed":
                var server = servers[random.Next(2)];
                server.Kill();
                await ReadLogAsync(server);
                await server.StartAsync();
                break;
            case "PostgreSQL crashed":
                postgres.Crash();
                await PassAsync(1500);
                postgres.Start();
                break;
            case "PostgreSQL frozen":
                postgres.Freeze();
                await PassAsync(5000);
                postgres.Thaw();
                break;
            case "backends killed":
                postgres.KillBackends();
                break;
            case "PostgreSQL refused":
                await DuringAsync(toDatabase, LinkState.Refused, 3000, looksAway: true);
                break;
            case "a server cut off from PostgreSQL":
                await DuringAsync([toDatabase[random.Next(2)]], LinkState.Cut, 6000, looksAway: false);
                break;
            case "network cut to one server":
                await CutAsync([random.Next(2)], random.Next(1, ShortCut));
                break;
            case "network cut to both servers":
                await CutAsync([0, 1], random.Next(1, ShortCut));
                break;
            case "network cut to one server, for a minute":
                await CutAsync([random.Next(2)], LongCut);
                break;
            case "S3 refused":
                await DuringAsync([toStore], LinkState.Refused, 2000, looksAway: false);
                break;
            case "S3 hanging":
                await DuringAsync([toStore], LinkState.Cut, 4000, looksAway: false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(harm), harm, "not a harm");
        }
    }

    private async Task DuringAsync(IReadOnlyList<Link> links, LinkState state, int millisecondsMax, bool looksAway)
    {
        foreach (var link in links)
            link.State = state;
        await PassAsync(millisecondsMax);
        if (looksAway)
            foreach (var server in servers)
                await LooksAwayAsync(server);
        foreach (var link in links)
            link.State = LinkState.Open;
    }

    private async Task CutAsync(int[] lines, int milliseconds)
    {
        var watch = Stopwatch.StartNew();
        Array.ForEach(lines, network!.Cut);
        var over = Task.Delay(milliseconds);
        // The other servers keep working, whatever locks the disconnected one held.
        foreach (var line in Enumerable.Range(0, servers.Length).Except(lines))
        {
            await RecoveredAsync(servers[line]);
            Measure("the other server took a report after", watch.Elapsed);
        }
        if (milliseconds >= LongCut)
        {
            while (postgres.ConnectionsBy(lines[0]) > 0 && !over.IsCompleted)
                await Task.Delay(100);
            if (over.IsCompleted)
                findings.Add(
                    $"PostgreSQL keeps connections, and their locks, of a server that is cut off for {LongCut} ms"
                );
            else
                Measure("PostgreSQL gave the connections of the one cut off up after", watch.Elapsed);
        }
        await over;
        Array.ForEach(lines, network.Mend);
    }

    private void Measure(string what, TimeSpan after) =>
        Measured.Add(string.Create(CultureInfo.InvariantCulture, $"{what} {after.TotalSeconds:0.00} s"));

    // Checks the answers that a proxy and a client get while the database is down.
    private async Task LooksAwayAsync(ServerProcess server)
    {
        using var line = new Line(server.Address, token: null, findings);
        // The probe is cached for a second, so the first answer may date from before the loss.
        for (var tries = 0; ; tries++)
        {
            var ready = await line.TryAsync(HttpMethod.Get, "/health/ready", null);
            if (ready is { Status: 503 } && ready.Headers.RetryAfter is not null)
                break;
            if (tries == 40)
            {
                findings.Add($"/health/ready answers {ready?.Status} while the database is away");
                break;
            }
            await Task.Delay(100);
        }
        if (await line.TryAsync(HttpMethod.Get, "/health/live", null) is not { Status: 200 })
            findings.Add("/health/live does not answer 200 while the database is away");
        var read = await line.TryAsync(HttpMethod.Get, "/v0/projects", null);
        if (read is not { Status: 503 } || read.Headers.RetryAfter is null)
            findings.Add($"a list is answered {read?.Status} while the database is away: {read?.Text}");
    }

    private async Task RecoveredAsync(ServerProcess server)
    {
        var watch = Stopwatch.StartNew();
        using var line = new Line(server.Address, crowd.User.Token, findings);
        var run = new Run("pulse", Run.Latencies(("a", 1)));
        while (
            await line.TryAsync(HttpMethod.Post, "/v0/run", (run with { IdempotencyKey = Guid.NewGuid() }).ToJson())
                is not { Status: 201 }
            || await line.TryAsync(HttpMethod.Get, "/health/ready", null) is not { Status: 200 }
        )
        {
            if (watch.Elapsed > Patience)
            {
                findings.Add($"a server has not recovered within {Patience}");
                return;
            }
            await Task.Delay(20);
        }
    }

    private async Task ReadLogAsync(ServerProcess server)
    {
        foreach (var line in (await server.LogAsync()).Split('\n'))
            if (Ordeal.IsFailure(line))
                findings.Add("THE LOG: " + (line.Length > 900 ? line[..900] : line)[9..]);
    }

    private Task PassAsync(int millisecondsMax) => Task.Delay(random.Next(1, millisecondsMax));
}
