using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>Which parts of a job's output become its report.</summary>
public sealed class ResultTests
{
    [Theory, EveryDatabase]
    public async Task Result_files_take_precedence_over_standard_output_and_are_read_in_path_order(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var files = new Dictionary<string, string>
        {
            ["/b"] = Run.Latencies(("x", 2)),
            ["/a"] = Run.Latencies(("x", 1)),
        };

        var (uuid, _) = await RunAsync(
            world,
            [
                new
                {
                    exit_code = 0,
                    stdout = "no results",
                    output = files,
                },
                new { exit_code = 0, stdout = Run.Latencies(("x", 3)) },
                new { exit_code = 0, stderr = "nothing" },
            ]
        );

        var report = await world.ReportAsync(uuid);
        Assert.Equal(
            [1, 2, 3],
            report["results"]!
                .AsArray()
                .Select(iteration => (double)iteration![0]!["measures"]![0]!["metric"]!["value"]!)
        );
    }

    [Theory, EveryDatabase]
    public async Task Iterations_are_folded_as_the_run_requests(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);

        var (uuid, _) = await RunAsync(
            world,
            [
                new { exit_code = 0, stdout = Run.Latencies(("x", 1)) },
                new { exit_code = 0, stdout = Run.Latencies(("x", 3)) },
            ],
            settings: new { fold = "mean", adapter = "json" }
        );

        var results = (await world.ReportAsync(uuid))["results"]!.AsArray();
        Assert.Equal(2, (double)results.Single()![0]!["measures"]![0]!["metric"]!["value"]!);
        Assert.Equal("mean", (string)(await world.JobAsync(uuid))["config"]!["fold"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_unreadable_result_fails_the_job_with_the_reason(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);

        var (uuid, job) = await RunAsync(
            world,
            [new { exit_code = 0, stdout = Run.Latencies(("x", 1)) }, new { exit_code = 0, stdout = "no \0 results" }]
        );

        Assert.Equal(
            ("failed", "The benchmark ended well, but its results cannot be read."),
            ((string)job["status"]!, (string)job["reason"]!)
        );
        Assert.StartsWith("results[1]: ", (string)job["output"]!["error"]!, StringComparison.Ordinal);
        Assert.Equal(2, job["output"]!["results"]!.AsArray().Count);
        Assert.Empty((await world.ReportAsync(uuid))["results"]!.AsArray());
        Assert.Equal(0, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task A_job_without_output_creates_an_empty_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);

        var (uuid, job) = await RunAsync(world, [new { exit_code = 0 }]);

        Assert.Equal("processed", (string)job["status"]!);
        Assert.Empty((await world.ReportAsync(uuid))["results"]!.AsArray());
    }

    [Theory, EveryDatabase]
    public async Task A_report_has_the_time_of_its_job_or_the_requested_backdate(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var began = clock.GetUtcNow();
        var now = await RunAsync(world, [new { exit_code = 0 }], clock);
        var then = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var back = await RunAsync(
            world,
            [new { exit_code = 0 }],
            clock,
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                backdate = "2024-01-01T00:00:00Z",
            }
        );

        Assert.Equal((began, began.AddSeconds(30)), Times(await world.ReportAsync(now.Uuid)));
        Assert.Equal((then, then.AddSeconds(30)), Times(await world.ReportAsync(back.Uuid)));
        var usage = (await world.Admin.GetAsync($"/v0/organizations/{world.Admin.Slug}/usage")).Expect(200);
        Assert.Equal(1, (int)usage["runner_minutes"]!);

        static (DateTimeOffset, DateTimeOffset) Times(JsonNode report) =>
            ((DateTimeOffset)report["start_time"]!, (DateTimeOffset)report["end_time"]!);
    }

    [Theory, EveryDatabase]
    public async Task The_metrics_of_a_job_are_judged_against_the_history_present_when_it_ends(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var values = new[] { 100.0, 101, 150 };
        await using var runner = await world.ConnectAsync("Rig");
        var jobs = new List<string>();
        for (var i = 0; i < values.Length; i++)
        {
            var body = world.Run(hash: Run.Commit(i));
            body["thresholds"] = JsonNode.Parse(
                """{"models":{"latency":{"test":"percentage","upper_boundary":0.1}}}"""
            );
            jobs.Add((string)(await world.Admin.PostAsync("/v0/run", body)).Expect(201)["job"]!);
            await runner.TakeAsync();
            await runner.AskAsync(new { @event = "running" }, "ack");
            await runner.AskAsync(JobLifeTests.Completed(jobs[i], Run.Latencies(("a", values[i]))), "ack");
        }

        Assert.Empty((await world.ReportAsync(jobs[1]))["alerts"]!.AsArray());
        Assert.Single((await world.ReportAsync(jobs[2]))["alerts"]!.AsArray());
        Assert.Equal(3, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task The_machine_environment_of_a_job_is_shown_with_the_job_and_its_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        var lease = (string)(await runner.TakeAsync())["lease"]!;
        await runner.AskAsync(new { @event = "running", lease }, "ack");
        var environment = new
        {
            sandbox = "container",
            cpu_model = "Turbo 9000",
            kernel = "6.12",
            governor = "performance",
            noise_score = 12.5,
            tuning = new { aslr = "0" },
        };
        await runner.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                lease,
                results = Array.Empty<object>(),
                environment,
            },
            "ack"
        );

        foreach (var shown in new[] { await world.JobAsync(uuid), await world.ReportAsync(uuid) })
            Assert.Equal(
                ("Turbo 9000", 12.5, "0"),
                (
                    (string)shown["environment"]!["cpu_model"]!,
                    (double)shown["environment"]!["noise_score"]!,
                    (string)shown["environment"]!["tuning"]!["aslr"]!
                )
            );
        using var page = await server.Http.GetAsync(
            $"/perf/{world.Project}/reports/{(string)(await world.JobAsync(uuid))["report"]!}"
        );
        Assert.Contains("Turbo 9000", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<(string Uuid, JsonNode Job)> RunAsync(
        JobWorld world,
        object[] results,
        HandClock? clock = null,
        object? job = null,
        object? settings = null
    )
    {
        var uuid = await world.SubmitAsync(job, settings: settings);
        await using var runner = await world.ConnectAsync($"Rig {uuid}");
        await runner.TakeAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");
        clock?.Advance(TimeSpan.FromSeconds(30));
        await runner.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                results,
            },
            "ack"
        );
        return (uuid, await world.JobAsync(uuid));
    }
}
