using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Reports;

public sealed class RunTests
{
    private static readonly string[] Written =
    [
        "branches",
        "heads",
        "versions",
        "testbeds",
        "benchmarks",
        "measures",
        "thresholds",
        "models",
        "reports",
        "series",
        "metrics",
        "alerts",
    ];

    [Theory, EveryDatabase]
    public async Task A_run_becomes_a_report_with_every_metric(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        var answered = await user.RunAsync(
            new(project, Run.Latencies(("slow", 20), ("quick", 10))) { Hash = Run.Commit(1) }
        );
        var read = (await user.GetAsync($"/v0/projects/{project}/reports/{answered["uuid"]}")).Expect(200);

        Assert.Equal(["quick", "slow"], Names(read));
        Assert.Equal([10, 20], Values(read));
        Assert.Equal(Run.Commit(1), (string?)read["branch"]!["head"]!["version"]!["hash"]);
        Assert.Equal(answered.ToJsonString(), read.ToJsonString());
    }

    [Theory, EveryDatabase]
    public async Task A_run_that_cannot_be_read_leaves_nothing_behind(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        var refused = await user.PostAsync(
            "/v0/run",
            new Run(project, Run.Latencies(("a", 1)), "no results at all")
            {
                Thresholds = Run.UpperThreshold("percentage", 0.1),
            }.ToJson()
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("results[1]", refused.Message, StringComparison.Ordinal);
        foreach (var table in Written)
            Assert.Equal((table, 0), (table, await server.CountAsync(table)));
    }

    [Theory, EveryDatabase]
    public async Task A_run_refused_midway_leaves_nothing_behind(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var unknown = Guid.NewGuid().ToString(); // A UUID is looked up only after branch and testbed exist.

        var refused = await user.PostAsync("/v0/run", new Run(project, Run.Latencies((unknown, 1))).ToJson());

        Assert.Equal(404, refused.Status);
        foreach (var table in Written)
            Assert.Equal((table, 0), (table, await server.CountAsync(table)));
    }

    [Theory, EveryDatabase]
    public async Task A_run_with_one_benchmark_under_two_names_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(new(project, Run.Latencies(("Some Thing", 1))));

        var refused = await user.PostAsync(
            "/v0/run",
            new Run(project, Run.Latencies(("Some Thing", 1), ("some-thing", 2))).ToJson()
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("Some Thing", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task A_run_with_an_invalid_model_is_refused_and_writes_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        var refused = await user.PostAsync(
            "/v0/run",
            new Run(project, Run.Latencies(("a", 1))) { Thresholds = Run.UpperThreshold("t_test", 1.5) }.ToJson()
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("thresholds.models.latency: upper_boundary", refused.Message, StringComparison.Ordinal);
        foreach (var table in Written)
            Assert.Equal((table, 0), (table, await server.CountAsync(table)));
    }

    [Theory, EveryDatabase]
    public async Task A_run_resent_with_its_idempotency_key_returns_the_same_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var run = new Run(await user.CreateProjectAsync("Demo"), Run.Latencies(("a", 1)))
        {
            IdempotencyKey = Guid.NewGuid(),
        };

        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => user.RunAsync(run)));

        Assert.Single(reports.Select(r => (string?)r["uuid"]).Distinct());
        Assert.Equal(1, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task A_value_outside_its_limits_raises_an_alert_and_an_ignored_benchmark_does_not(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(
            new(project, Run.Latencies(("a", 10), ("b-bencher-ignore", 10)))
            {
                Thresholds = Run.UpperThreshold("percentage", 0.1),
            }
        );

        var report = await user.RunAsync(new(project, Run.Latencies(("a", 11.5), ("b-bencher-ignore", 11.5))));

        var alert = Assert.Single(report["alerts"]!.AsArray())!;
        Assert.Equal("a", (string?)alert["benchmark"]!["name"]);
        Assert.Equal("upper", (string?)alert["limit"]);
        Assert.Equal(11.0, (double)alert["boundary"]!["upper_limit"]!, 1e-9);
        Assert.Equal(["a", "b"], Names(report));
    }

    [Theory, EveryDatabase]
    public async Task An_iteration_is_judged_against_the_earlier_iterations_of_its_run(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        var report = await user.RunAsync(
            new(project, Run.Latencies(("a", 10)), Run.Latencies(("a", 20)), Run.Latencies(("a", 15)))
            {
                Thresholds = Run.UpperThreshold("percentage", 0.5),
            }
        );

        Assert.Equal(
            [null, 10.0, 15.0],
            report["results"]!.AsArray().Select(i => (double?)i![0]!["measures"]![0]!["boundary"]!["baseline"])
        );
    }

    [Theory, EveryDatabase]
    public async Task A_late_report_counts_at_its_version_in_the_history(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var threshold = Run.UpperThreshold("percentage", 9, sampleMax: 2);
        await user.RunAsync(new(project, Run.Latencies(("a", 1))) { Hash = Run.Commit(1), Thresholds = threshold });
        await user.RunAsync(new(project, Run.Latencies(("a", 2))) { Hash = Run.Commit(2) });
        await user.RunAsync(new(project, Run.Latencies(("a", 4))) { Hash = Run.Commit(3) });
        await user.RunAsync(new(project, Run.Latencies(("a", 1000))) { Hash = Run.Commit(1) });

        var next = await user.RunAsync(new(project, Run.Latencies(("a", 3))) { Hash = Run.Commit(4) });

        Assert.Equal(3.0, Baseline(next)); // The mean of 2 and 4, the two newest versions; the late one is older.
    }

    [Theory, EveryDatabase]
    public async Task Only_values_inside_the_window_count_for_a_threshold(Engine engine)
    {
        var clock = new HandClock(new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(engine, clock);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var thresholds = new
        {
            models = new
            {
                latency = new
                {
                    test = "percentage",
                    upper_boundary = 1,
                    window = 3600,
                },
            },
        };
        await user.RunAsync(
            new(project, Run.Latencies(("a", 100))) { Start = clock.GetUtcNow().AddHours(-2), Thresholds = thresholds }
        );
        await user.RunAsync(new(project, Run.Latencies(("a", 10))) { Start = clock.GetUtcNow().AddMinutes(-30) });

        var report = await user.RunAsync(new(project, Run.Latencies(("a", 10))) { Start = clock.GetUtcNow() });

        Assert.Equal(10.0, Baseline(report));
    }

    [Theory, EveryDatabase]
    public async Task Deleting_a_report_deletes_its_metrics_alerts_and_version(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(
            new(project, Run.Latencies(("a", 10)))
            {
                Hash = Run.Commit(1),
                Thresholds = Run.UpperThreshold("percentage", 0.1),
            }
        );
        var middle = await user.RunAsync(new(project, Run.Latencies(("a", 20))) { Hash = Run.Commit(2) });
        var last = await user.RunAsync(new(project, Run.Latencies(("a", 10))) { Hash = Run.Commit(3) });

        Assert.Equal(204, (await user.DeleteAsync($"/v0/projects/{project}/reports/{middle["uuid"]}")).Status);

        Assert.Equal((2, 0), (await server.CountAsync("metrics"), await server.CountAsync("alerts")));
        var moved = (await user.GetAsync($"/v0/projects/{project}/reports/{last["uuid"]}")).Expect(200);
        Assert.Equal(1, (int)moved["branch"]!["head"]!["version"]!["number"]!);
    }

    private static double? Baseline(JsonNode report) =>
        (double?)report["results"]![0]![0]!["measures"]![0]!["boundary"]!["baseline"];

    private static IEnumerable<string?> Names(JsonNode report) =>
        report["results"]![0]!.AsArray().Select(r => (string?)r!["benchmark"]!["name"]);

    private static IEnumerable<double> Values(JsonNode report) =>
        report["results"]![0]!.AsArray().Select(r => (double)r!["measures"]![0]!["metric"]!["value"]!);
}
