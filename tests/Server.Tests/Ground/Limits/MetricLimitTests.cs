using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>The number of metrics in a run is limited.</summary>
public sealed class MetricLimitTests
{
    [Theory, EveryDatabase]
    public async Task A_run_with_too_many_metrics_is_refused_and_leaves_nothing_behind(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var two = Run.Latencies(("a", 1), ("b", 2));

        var refused = await ada.PostAsync("/v0/run", new Run("demo", two, two, two, two).ToJson());
        var (reports, benchmarks) = (await server.CountAsync("reports"), await server.CountAsync("benchmarks"));
        var report = await ada.PostAsync("/v0/projects/demo/reports", new Run("demo", two, two, two, two).ToJson());
        (await ada.PostAsync("/v0/run", new Run("demo", two, two, two).ToJson())).Expect(201);
        var folded = await ada.PostAsync(
            "/v0/run",
            (new Run("demo", two, two, two, two) { Settings = new { fold = "mean" } }).ToJson()
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("8 metrics", refused.Message, StringComparison.Ordinal);
        Assert.Contains("PADDOCK_METRICS_PER_RUN_MAX allows 6", refused.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (reports, benchmarks));
        Assert.Equal(400, report.Status);
        Assert.Equal(201, folded.Status);
    }

    [Theory, EveryDatabase]
    public async Task An_anonymous_run_has_a_lower_limit_of_metrics(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var context = new Dictionary<string, string> { ["bencher.dev/v0/repo/name"] = "repo" };
        JsonNode Body(int count) =>
            (
                new Run("open", Run.Latencies([.. Enumerable.Range(0, count).Select(i => ($"b{i}", 1.0))]))
                {
                    Context = context,
                }
            ).ToJson();

        var refused = await server.PostAsync("/v0/run", Body(5));
        (await server.PostAsync("/v0/run", Body(4))).Expect(201);

        Assert.Equal(400, refused.Status);
        Assert.Contains("PADDOCK_ANONYMOUS_METRICS_PER_RUN_MAX", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("projects"));
    }

    private static Task<TestServer> StartAsync(Engine engine) =>
        TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { MetricsPerRun = 6, AnonymousMetricsPerRun = 4 },
            }
        );
}
