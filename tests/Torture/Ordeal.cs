using System.Diagnostics;
using System.Globalization;
using Paddock.Server.Ground.Database;

namespace Paddock.Torture;

/// <summary>What a campaign runs on: the engine, the program, and the seed that everything random comes from.</summary>
internal sealed record Setup(Engine Engine, string Program, int Seed)
{
    /// <summary>A program of an earlier version, which is upgraded; null where none was given.</summary>
    public string? Before { get; init; }
}

/// <summary>One server, those who use it, and what is done to it.</summary>
internal sealed class Ordeal : IAsyncDisposable
{
    private readonly List<TimeSpan> starts = [];

    private Ordeal(ServerProcess server, Crowd crowd, Findings findings, int seed) =>
        (Server, Crowd, Findings, Random) = (server, crowd, findings, new Random(seed));

    public ServerProcess Server { get; }
    public Crowd Crowd { get; }
    public Findings Findings { get; }
    public Random Random { get; }

    public static async Task<Ordeal> BeginAsync(
        Setup setup,
        Findings findings,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var all = new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            // What was left lying is taken up after so long, and the campaign waits for that.
            ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "15",
        };
        var server = await ServerProcess.StartAsync(setup.Engine, setup.Program, durable: false, all);
        var crowd = await Crowd.GatherAsync(server.Address, server, findings, setup.Seed);
        return new(server, crowd, findings, setup.Seed);
    }

    /// <summary>Lets the clients work while something is done to the server, then looks at the books.</summary>
    /// <param name="harm">The server answers again when this ends.</param>
    public async Task RoundAsync(Func<Task> harm, bool all = false)
    {
        using var until = new CancellationTokenSource();
        var working = Crowd.WorkAsync(until.Token);
        try
        {
            await harm();
        }
        finally
        {
            await until.CancelAsync();
            await working;
        }
        await Crowd.CheckAsync(all);
    }

    /// <summary>Lets time pass in which the clients work.</summary>
    public Task PassAsync(int millisecondsMax) => Task.Delay(Random.Next(1, millisecondsMax));

    /// <summary>Kills the server, looks at what it has written, and starts it again.</summary>
    public async Task KillAndStartAsync()
    {
        Server.Kill();
        await ReadLogAsync();
        // Sometimes once more while it starts.
        while (Random.Next(6) == 0)
        {
            var starting = Server.StartAsync();
            await PassAsync(400);
            Server.Kill();
            try
            {
                await starting;
            }
            catch (InvalidOperationException) { } // It was killed before it answered.
        }
        await StartAsync();
    }

    public async Task StartAsync() => starts.Add(await Server.StartAsync());

    /// <summary>Notes what the ended server has written about failures of its own.</summary>
    public async Task ReadLogAsync()
    {
        foreach (var line in (await Server.LogAsync()).Split('\n'))
            if (IsFailure(line))
                Findings.Add("THE LOG: " + (line.Length > 600 ? line[..600] : line)[9..]);
    }

    /// <summary>How long the starts took, for the summary.</summary>
    public string Starts
    {
        get
        {
            var sorted = starts.Order().ToList();
            return sorted.Count == 0
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"back after {sorted[sorted.Count / 2].TotalSeconds:0.00} s (at most {sorted[^1].TotalSeconds:0.00})"
                );
        }
    }

    /// <summary>Looks into the database itself, where the engine has a way.</summary>
    public async Task CheckDatabaseAsync()
    {
        foreach (var problem in await Server.IntegrityAsync())
            Findings.Add($"THE DATABASE: {problem}");
    }

    public async ValueTask DisposeAsync()
    {
        Crowd.Dispose();
        await Server.DisposeAsync();
    }

    // A stack trace is one: what is expected has none.
    public static bool IsFailure(string line) =>
        line.Length > 9
        && (
            line.Contains(" crit: ", StringComparison.Ordinal)
            || line.Contains("Unhandled exception", StringComparison.Ordinal)
            || line.Contains(" at Paddock.", StringComparison.Ordinal)
        );
}
