using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

public sealed class FoldedPartTests
{
    [Theory, EveryDatabase]
    public async Task A_mean_with_missing_results_is_computed_as_in_v0_and_gets_a_notice(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        string[] results =
        [
            Run.Latencies(("all", 1), ("first", 100)),
            Run.Latencies(("all", 2)),
            Run.Latencies(("all", 3)),
            Run.Latencies(("all", 6)),
        ];

        var mean = await ada.RunAsync(new(project, results) { Settings = new { fold = "mean" } });
        var median = await ada.RunAsync(new(project, results) { Settings = new { fold = "median" } });

        Assert.Equal(
            [3.0, 25.0],
            mean["results"]![0]!.AsArray().Select(r => (double)r!["measures"]![0]!["metric"]!["value"]!)
        );
        Assert.Equal("mean_of_a_part", (string?)mean["notices"]![0]!["kind"]);
        Assert.Contains("first (latency, in 1 of 4)", (string?)mean["notices"]![0]!["text"], StringComparison.Ordinal);
        Assert.DoesNotContain("all (latency", (string?)mean["notices"]![0]!["text"], StringComparison.Ordinal);
        Assert.Null(median["notices"]);
    }

    [Theory, EveryDatabase]
    public async Task Verdicts_ignore_iterations_without_the_benchmark_even_with_a_rebuilt_series_state(Engine engine)
    {
        foreach (var forgets in new[] { false, true })
        {
            await using var server = await TestServer.StartAsync(engine);
            var ada = await server.SignUpAsync("Ada Admin");
            var project = await ada.CreateProjectAsync("Demo");
            var commits = 0;
            Task<JsonNode> RunAsync(params double[] values) =>
                ada.RunAsync(
                    new(project, [.. values.Select(value => value == 0 ? "{}" : Run.Latencies(("a", value)))])
                    {
                        Hash = Run.Commit(commits),
                        Start = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero).AddMinutes(commits++),
                        Settings = new { fold = "mean", adapter = "json" },
                    }
                );
            for (var i = 0; i < 40; i++)
                await RunAsync([.. Enumerable.Repeat(100 + 0.1 * (i % 7), 4)]);

            // The benchmark crashed in three of four iterations, in every report.
            JsonNode? crashed = null;
            for (var i = 0; i < 10; i++)
            {
                if (forgets && i == 9)
                    await server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));
                crashed = await RunAsync(100 + 0.1 * (i % 7), 0, 0, 0);
            }

            var measure = crashed!["results"]![0]![0]!["measures"]![0]!;
            Assert.InRange((double)measure["metric"]!["value"]!, 25, 25.2);
            Assert.Equal("mean_of_a_part", (string?)crashed["notices"]![0]!["kind"]);
            Assert.Equal("steady", (string?)measure["verdict"]!["state"]);
            Assert.Equal(0, await server.CountAsync("changes"));
        }
    }
}
