using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

public sealed class FoldedPartTests
{
    [Theory, EveryDatabase]
    public async Task A_mean_over_results_that_lack_the_benchmark_is_that_of_v0_and_is_remarked_on(Engine engine)
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
}
