using System.Globalization;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Xunit.Abstractions;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>
/// A server caches recent histories, and reads them again when another server has written; the results must be the
/// same.
/// </summary>
public sealed class RememberedHistoryTests(ITestOutputHelper output)
{
    // The variable sets other seeds, separated by commas. The second seed switches from few newest values to all of
    // them, and back.
    public static TheoryData<int> Seeds =>
        [
            .. (
                Environment.GetEnvironmentVariable("PADDOCK_TEST_SEED") is { Length: > 0 } seeds
                    ? seeds
                    : "20261122,9003878"
            )
                .Split(',')
                .Select(seed => int.Parse(seed, CultureInfo.InvariantCulture)),
        ];

    [Theory, MemberData(nameof(Seeds))]
    public async Task Any_sequence_of_runs_gets_the_same_limits_from_one_server_or_two_on_both_databases(int seed)
    {
        output.WriteLine($"seed {seed}");

        var embedded = await LimitsAsync(Engine.Sqlite, seed, servers: 1);
        var alone = await LimitsAsync(Engine.Postgres, seed, servers: 1);
        // Two servers take turns, so the cache of each is always outdated.
        var read = await LimitsAsync(Engine.Postgres, seed, servers: 2);
        // At random, so that each server misses none, one or many reports of the other.
        var mixed = await LimitsAsync(Engine.Postgres, seed, servers: 2, new Random(seed + 1));

        Assert.Equal(read, embedded);
        Assert.Equal(read, alone);
        Assert.Equal(read, mixed);
        // Shows that something was judged.
        Assert.Contains(read, limits => limits.Contains("upper_limit\":1", StringComparison.Ordinal));
    }

    [Theory, EveryDatabase]
    public async Task A_cached_history_includes_reports_that_were_judged_by_a_longer_history(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var recent = Run.UpperThreshold("percentage", 0.1, sampleMax: 2);
        foreach (var value in (double[])[10, 10, 10])
            await user.RunAsync(new(project, Run.Latencies(("a", value))) { Thresholds = recent });

        // This threshold uses all values.
        await user.RunAsync(new(project, Run.Latencies(("a", 30))) { Thresholds = Run.UpperThreshold("iqr", 2) });
        var report = await user.RunAsync(new(project, Run.Latencies(("a", 10))) { Thresholds = recent });

        // The mean of 10 and 30.
        Assert.Equal(20, (double)report["results"]![0]![0]!["measures"]![0]!["boundary"]!["baseline"]!);
    }

    /// <param name="choice">Chooses the server for each request; null to take turns.</param>
    private static async Task<List<string>> LimitsAsync(Engine engine, int seed, int servers, Random? choice = null)
    {
        var random = new Random(seed);
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        await using var other = servers == 2 ? await server.StartAnotherAsync(clock) : null;
        var user = await server.SignUpAsync("Ada Admin");
        var elsewhere = other?.With(user.Token) ?? user;
        var project = await user.CreateProjectAsync("Demo");
        var limits = new List<string>();
        var reports = new List<string>();
        for (var i = 0; i < 120; i++)
        {
            if (reports.Count > 0 && random.Next(12) == 0)
            {
                var gone = reports[random.Next(reports.Count)];
                reports.Remove(gone);
                Assert.Equal(204, (await Either(i).DeleteAsync($"/v0/projects/{project}/reports/{gone}")).Status);
                continue;
            }
            if (random.Next(15) == 0)
                await Either(i).PostAsync("/v0/run", new Run(project, "unreadable").ToJson());
            var report = await Either(i).RunAsync(AnyRun(project, random));
            reports.Add((string)report["uuid"]!);
            limits.Add(
                string.Join(
                    ' ',
                    report["results"]!.AsArray().SelectMany(iteration => iteration!.AsArray()).Select(Limits)
                )
            );
        }
        return limits;

        Client Either(int i) => (choice?.Next(4) ?? i % 2) == 0 ? user : elsewhere;
    }

    private static Run AnyRun(string project, Random random) =>
        new(
            project,
            [
                .. Enumerable
                    .Range(0, random.Next(1, 4))
                    .Select(_ =>
                        Run.Latencies([
                            .. "abc"
                                .Where(_ => random.Next(4) > 0)
                                .Select(name => (name.ToString(), 10 + random.NextDouble())),
                        ])
                    ),
            ]
        )
        {
            Branch = random.Next(4) == 0 ? "feature" : "main",
            StartPoint = random.Next(6) == 0 ? new { branch = "main", clone_thresholds = true } : null,
            Hash = random.Next(3) == 0 ? Run.Commit(random.Next(8)) : null,
            // Start times are hardly ever equal, because ties have no order.
            Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(100_000)),
            Thresholds = random.Next(8) switch
            {
                0 => new { reset = true },
                1 => Run.UpperThreshold("t_test", 0.95, sampleMax: 4),
                2 => Run.UpperThreshold("percentage", 0.1, sampleMax: 9),
                3 => Run.UpperThreshold("iqr", 2),
                _ => null,
            },
        };

    private static string Limits(JsonNode? result)
    {
        var boundary = result!["measures"]![0]!["boundary"];
        string Number(string field) =>
            (double?)boundary![field] is { } number ? number.ToString("G10", CultureInfo.InvariantCulture) : "-";
        return $"{result["benchmark"]!["name"]}:"
            + (
                boundary is null
                    ? "none"
                    : $"{{\"baseline\":{Number("baseline")},\"upper_limit\":{Number("upper_limit")}}}"
            );
    }
}
