using System.Diagnostics;
using System.Globalization;
using Paddock.Server.Ground.Database;

namespace Paddock.Torture;

/// <summary>The engine, the program and the random seed of a campaign.</summary>
internal sealed record Setup(Engine Engine, string Program, int Seed)
{
    /// <summary>A program of an earlier version to upgrade from; null if none was given.</summary>
    public string? Before { get; init; }
}

/// <summary>One server, its clients, and the faults injected into it.</summary>
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
            // The campaign waits until abandoned jobs are detected, so the timeout is short.
            ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "15",
        };
        var server = await ServerProcess.StartAsync(setup.Engine, setup.Program, durable: false, all);
        var crowd = await Crowd.GatherAsync(server.Address, server, findings, setup.Seed);
        return new(server, crowd, findings, setup.Seed);
    }

    /// <summary>Lets the clients work while a fault is injected, then checks the results.</summary>
    /// <param name="harm">Injects the fault; the server answers again when it completes.</param>
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

    /// <summary>Waits for a random time while the clients work.</summary>
    public Task PassAsync(int millisecondsMax) => Task.Delay(Random.Next(1, millisecondsMax));

    /// <summary>Kills the server, reads its log, and restarts it.</summary>
    public async Task KillAndStartAsync()
    {
        Server.Kill();
        await ReadLogAsync();
        // Sometimes kills it again while it starts.
        while (Random.Next(6) == 0)
        {
            var starting = Server.StartAsync();
            await PassAsync(400);
            Server.Kill();
            try
            {
                await starting;
            }
            catch (InvalidOperationException) { } // The server was killed before it answered.
        }
        await StartAsync();
    }

    public async Task StartAsync() => starts.Add(await Server.StartAsync());

    /// <summary>Records internal errors that the ended server has logged.</summary>
    public async Task ReadLogAsync()
    {
        foreach (var line in (await Server.LogAsync()).Split('\n'))
            if (IsFailure(line))
                Findings.Add("THE LOG: " + (line.Length > 600 ? line[..600] : line)[9..]);
    }

    /// <summary>The duration of the starts, for the summary.</summary>
    public string Starts
    {
        get
        {
            var sorted = starts.Order().ToList();
            return sorted.Count == 0
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"back after {sorted[sorted.Count / 2].TotalSeconds:0.00} s (at most "
                        + $"{sorted[^1].TotalSeconds:0.00})"
                );
        }
    }

    /// <summary>Checks the database itself, if the engine supports it.</summary>
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

    // A stack trace counts as a failure, because expected errors are logged without one.
    public static bool IsFailure(string line) =>
        line.Length > 9
        && (
            line.Contains(" crit: ", StringComparison.Ordinal)
            || line.Contains("Unhandled exception", StringComparison.Ordinal)
            || line.Contains(" at Paddock.", StringComparison.Ordinal)
        );
}
