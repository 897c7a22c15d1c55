using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>A result whose threshold cannot raise an alert shows the reason.</summary>
public sealed class VerdictReasonTests
{
    [Theory, EveryDatabase]
    public async Task A_history_without_spread_is_distinguished_from_too_little_history(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        for (var i = 0; i < 8; i++)
            await ada.RunAsync(
                new(project, Run.Latencies(("flat", 0))) { Thresholds = Run.UpperThreshold("t_test", 0.95) }
            );

        var report = await ada.RunAsync(new(project, Run.Latencies(("flat", 100), ("new", 100))));
        var read = (await ada.GetAsync($"/v0/projects/{project}/reports/{report["uuid"]}")).Expect(200);
        var page = await ada.Http.GetStringAsync($"/perf/{project}/reports/{report["uuid"]}");

        foreach (var answer in new[] { report, read })
            Assert.Equal(
                ["no_spread", "too_little_history"],
                answer["results"]![0]!.AsArray().Select(r => (string?)r!["measures"]![0]!["no_limits"])
            );
        Assert.Contains("no spread in the history", page, StringComparison.Ordinal);
        Assert.Contains("too little history", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_lower_limit_below_zero_is_reported_as_unable_to_alert(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        double[] history =
        [
            .. Enumerable.Range(0, 9).Select(i => 2_000.0 + i),
            .. Enumerable.Range(0, 25).Select(i => 51_000.0 + 100 * i),
        ];
        var thresholds = new
        {
            models = new
            {
                throughput = new
                {
                    test = "t_test",
                    max_sample_size = 64,
                    lower_boundary = 0.98,
                },
            },
        };
        foreach (var (value, i) in history.Select((value, i) => (value, i)))
            await ada.RunAsync(
                new(project, Run.Measured(("ops", "throughput", value))) { Thresholds = i == 0 ? thresholds : null }
            );

        var report = await ada.RunAsync(new(project, Run.Measured(("ops", "throughput", 20_000))));
        var page = await ada.Http.GetStringAsync($"/perf/{project}/reports/{report["uuid"]}");

        Assert.True((double)report["results"]![0]![0]!["measures"]![0]!["boundary"]!["lower_limit"]! < 0);
        var plot = await ada.Http.GetStringAsync($"/perf/{project}/explore");

        Assert.Contains("cannot alert: limit below zero cannot be crossed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("✓ inside", page, StringComparison.Ordinal);
        Assert.Contains("cannot alert: limit below zero cannot be crossed", plot, StringComparison.Ordinal);
    }

    [Theory]
    [EveryDatabase("iqr")]
    [EveryDatabase("percentage")]
    public async Task A_threshold_that_judges_by_a_single_value_gets_a_notice(Engine engine, string test)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        Task<JsonNode> RunAsync(double value, int? sampleMin = null) =>
            ada.RunAsync(
                new(project, Run.Latencies(("a", value))) { Thresholds = Run.UpperThreshold(test, 0.1, sampleMin) }
            );
        var first = await RunAsync(10);

        var second = await RunAsync(20);
        var third = await RunAsync(20);

        // v0 judges by a single value, and alerts.
        var boundary = second["results"]![0]![0]!["measures"]![0]!["boundary"]!;
        Assert.Equal(test == "iqr" ? 10 : 11, (double)boundary["upper_limit"]!, 1e-9);
        Assert.Single(second["alerts"]!.AsArray());
        var notice = Assert.Single(second["notices"]!.AsArray())!;
        Assert.Equal("judged_by_one_value", (string?)notice["kind"]);
        Assert.Equal(
            $"A threshold judged a (Latency, {test}) by only one earlier value. One value is not enough history: "
                + "set a minimum sample size, for example 5.",
            (string?)notice["text"]
        );
        Assert.Null(first["notices"]);
        Assert.Null(third["notices"]);
        var page = await ada.Http.GetStringAsync($"/perf/{project}/reports/{second["uuid"]}");
        Assert.Contains("One value is not enough history", page, StringComparison.Ordinal);

        var threshold = (string)second["results"]![0]![0]!["measures"]![0]!["threshold"]!["uuid"]!;
        var ofThreshold = await ada.Http.GetStringAsync($"/perf/{project}/thresholds/{threshold}");
        Assert.Contains(
            "judged by the first alone. One value is not enough history",
            ofThreshold,
            StringComparison.Ordinal
        );
        await RunAsync(10, sampleMin: 2);
        ofThreshold = await ada.Http.GetStringAsync($"/perf/{project}/thresholds/{threshold}");
        Assert.DoesNotContain("One value is not enough history", ofThreshold, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_result_with_limits_has_no_reason_for_missing_limits(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        for (var i = 0; i < 3; i++)
            await ada.RunAsync(
                new(project, Run.Latencies(("a", 10 + i))) { Thresholds = Run.UpperThreshold("t_test", 0.95) }
            );

        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 11))));

        Assert.NotNull(report["results"]![0]![0]!["measures"]![0]!["boundary"]!["upper_limit"]);
        Assert.Null(report["results"]![0]![0]!["measures"]![0]!["no_limits"]);
    }
}
