using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Dispatch;

/// <summary>Missing heartbeats, job timeouts and lost connections.</summary>
public sealed class LivenessTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    [Theory, EveryDatabase]
    public async Task A_heartbeat_after_the_job_timeout_and_grace_period_cancels_the_job(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                timeout = 100,
            }
        );
        await using var runner = await world.ConnectAsync("Rig");
        await runner.TakeAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");
        for (var left = TimeSpan.FromSeconds(100 + 60); left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(40))
        {
            clock.Advance(TimeSpan.FromSeconds(40));
            await runner.AskAsync(new { @event = "heartbeat" }, "ack");
        }

        clock.Advance(Beat);
        await runner.AskAsync(new { @event = "heartbeat" }, "cancel");

        // An original runner reports a failure when a cancellation interrupts it; the job stays canceled.
        await runner.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results = Array.Empty<object>(),
                error = "aborted",
            },
            "ack"
        );
        await runner.AskAsync(JobLifeTests.Completed(uuid, Run.Latencies(("a", 1))), "ack");
        var job = await world.JobAsync(uuid);
        Assert.Equal(
            ("canceled", "It took longer than its timeout of 100 seconds."),
            ((string)job["status"]!, (string)job["reason"]!)
        );
        Assert.Empty((await world.ReportAsync(uuid))["results"]!.AsArray());
    }

    [Theory, EveryDatabase]
    public async Task A_job_is_requeued_once_when_its_runner_falls_silent_before_starting_it(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        foreach (var (name, status) in new[] { ("One", "pending"), ("Two", "failed") })
        {
            await using var runner = await world.ConnectAsync(name);
            await runner.TakeAsync();
            clock.Advance(TimeSpan.FromSeconds(89));
            await runner.SendAsync("nonsense"); // This does not count as a heartbeat.
            clock.Advance(Beat);
            Assert.Equal((1000, "\"heartbeat_timeout\""), await runner.ReceiveEndAsync());
            Assert.Equal(status, await world.StatusAsync(uuid));
        }
        Assert.Equal("The runner \"Two\" was silent for 90 seconds.", (string)(await world.JobAsync(uuid))["reason"]!);
    }

    [Theory, EveryDatabase(false), EveryDatabase(true)]
    public async Task A_runner_that_falls_silent_loses_its_running_job_but_may_still_deliver_the_result(
        Engine engine,
        bool tooLong
    )
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                timeout = tooLong ? 1 : 3600,
            }
        );
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using (var runner = await TestRunner.ConnectAsync(server.Address, rig, key))
        {
            await runner.TakeAsync();
            await runner.AskAsync(new { @event = "running" }, "ack");
            clock.Advance(TimeSpan.FromSeconds(90));
            Assert.Equal(
                (1000, tooLong ? "\"job_timeout_exceeded\"" : "\"heartbeat_timeout\""),
                await runner.ReceiveEndAsync()
            );
        }
        Assert.Equal(tooLong ? "canceled" : "failed", await world.StatusAsync(uuid));

        await using var again = await TestRunner.ConnectAsync(server.Address, rig, key);
        await again.AskAsync(JobLifeTests.Completed(uuid, Run.Latencies(("a", 7))), "ack");

        Assert.Equal(tooLong ? "canceled" : "processed", await world.StatusAsync(uuid));
        Assert.Equal(tooLong ? 0 : 1, (await world.ReportAsync(uuid))["results"]!.AsArray().Count);
    }

    [Theory, EveryDatabase]
    public async Task A_silent_idle_runner_is_dropped_and_a_waiting_runner_is_not(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        await using var idle = await world.ConnectAsync("Idle");
        await using var waits = await world.ConnectAsync("Waits");
        await waits.SendAsync(new { @event = "ready", poll_timeout = 200 });
        await idle.AskAsync(JobLifeTests.Completed(Guid.NewGuid().ToString()), "ack");
        var uuid = await world.SubmitAsync();
        Assert.Equal(uuid, (string)(await waits.ReceiveAsync("job"))["uuid"]!);
        await waits.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results = Array.Empty<object>(),
                error = "no",
            },
            "ack"
        );
        await waits.SendAsync(new { @event = "ready", poll_timeout = 200 });
        await waits.SendAsync(new { @event = "heartbeat" }); // Not allowed while waiting: ignored.
        Assert.Equal("running", await world.StatusAsync(await SubmitAndStartAsync(world, waits)));

        clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Null(await idle.ReceiveEndAsync());

        static async Task<string> SubmitAndStartAsync(JobWorld world, TestRunner runner)
        {
            var job = await world.SubmitAsync();
            await runner.ReceiveAsync("job");
            await runner.AskAsync(new { @event = "running" }, "ack");
            return job;
        }
    }

    [Theory, EveryDatabase("claimed"), EveryDatabase("running")]
    public async Task A_disconnected_runner_loses_its_job_when_it_does_not_reconnect_in_time(Engine engine, string when)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var runner = await world.ConnectAsync("Rig", slot: 0);
        await runner.TakeAsync();
        if (when == "running")
            await runner.AskAsync(new { @event = "running" }, "ack");
        runner.Cut();

        var lost = world.UntilAsync(uuid, when == "running" ? "failed" : "pending");
        await clock.AdvanceUntilAsync(lost, Beat);

        Assert.StartsWith(
            "The runner lost its connection and did not reconnect in time.",
            (string)(await lost)["reason"]!,
            StringComparison.Ordinal
        );
        await runner.DisposeAsync();
    }

    [Theory, EveryDatabase("job"), EveryDatabase("running"), EveryDatabase("heartbeat"), EveryDatabase("completed")]
    public async Task A_connection_cut_at_any_message_loses_no_job(Engine engine, string cutAt)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        var runner = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        if (cutAt == "job")
        {
            // The runner never receives the job that it is given, so it asks again.
            await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
            await world.UntilAsync(uuid, "claimed");
            await AgainAsync();
        }
        var lease = (string)(await TakeAsync())["lease"]!;
        await SayAsync("running", new { @event = "running", lease });
        await SayAsync("heartbeat", new { @event = "heartbeat", lease });
        await SayAsync(
            "completed",
            new
            {
                @event = "completed",
                job = uuid,
                lease,
                results = new[] { new { exit_code = 0, stdout = Run.Latencies(("a", 3)) } },
            }
        );

        // A repeated message is acknowledged while the first is still being processed.
        await world.UntilAsync(uuid, "processed");
        Assert.Equal(
            3,
            (double)(await world.ReportAsync(uuid))["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!
        );
        Assert.Equal(
            "no_job",
            (string)(await runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job"))["event"]!
        );
        await runner.DisposeAsync();

        Task<JsonNode> TakeAsync() => runner.TakeAsync();

        // The answer is lost with the connection; the message is repeated on the next one.
        async Task SayAsync(string name, object message)
        {
            if (name == cutAt)
            {
                await runner.SendAsync(message);
                await AgainAsync();
            }
            await runner.AskAsync(message, "ack");
        }

        async Task AgainAsync()
        {
            runner.Cut();
            await runner.DisposeAsync();
            runner = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_canceled_job_stops_a_Paddock_runner_at_once_and_an_original_one_at_its_heartbeat(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        foreach (var isPaddock in new[] { true, false })
        {
            var uuid = await world.SubmitAsync();
            await using var runner = await world.ConnectAsync($"Rig {isPaddock}", isPaddock ? 0 : null);
            var lease = (string?)(await runner.TakeAsync())["lease"];
            await runner.AskAsync(new { @event = "running", lease }, "ack");

            (await world.Admin.PostAsync($"{world.Jobs}/{uuid}/cancel", null)).Expect(200);

            if (isPaddock)
                Assert.Equal(uuid, (string)(await runner.ReceiveAsync("cancel"))["job"]!);
            await runner.AskAsync(new { @event = "heartbeat", lease }, "cancel");
            await runner.AskAsync(
                new
                {
                    @event = "canceled",
                    job = uuid,
                    lease,
                },
                "ack"
            );
            Assert.Equal("canceled", await world.StatusAsync(uuid));
            await runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job"); // It can take the next job.
        }
    }

    [Theory, EveryDatabase]
    public async Task Deleting_a_report_cancels_its_job_on_the_runner(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        await runner.TakeAsync();
        var report = (string)(await world.JobAsync(uuid))["report"]!;

        Assert.Equal(204, (await world.Admin.DeleteAsync($"/v0/projects/{world.Project}/reports/{report}")).Status);

        await runner.ReceiveAsync("cancel");
        Assert.Equal(404, (await world.Admin.GetAsync($"{world.Jobs}/{uuid}")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_job_that_could_not_start_is_requeued_once(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        foreach (var status in new[] { "pending", "failed" })
        {
            var taken = runner.TakeAsync(seconds: 900);
            await clock.AdvanceUntilAsync(taken, TimeSpan.FromSeconds(1)); // The second claim is delayed.
            var lease = (string)(await taken)["lease"]!;
            await runner.AskAsync(new { @event = "running", lease }, "ack");
            await runner.AskAsync(
                new
                {
                    @event = "failed",
                    job = uuid,
                    lease,
                    results = Array.Empty<object>(),
                    error = "the image cannot be pulled",
                    unstarted = true,
                },
                "ack"
            );
            Assert.Equal(status, await world.StatusAsync(uuid));
        }
        Assert.Equal("the image cannot be pulled", (string)(await world.JobAsync(uuid))["reason"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_job_that_a_runner_could_not_start_goes_to_another_runner_first(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock());
        var world = await JobWorld.MakeAsync(server);
        var (first, second) = (await world.SubmitAsync(), await world.SubmitAsync());
        await using var broken = await world.ConnectAsync("Broken", slot: 0);
        var lease = (string)(await broken.TakeAsync())["lease"]!;
        await broken.AskAsync(
            new
            {
                @event = "failed",
                job = first,
                lease,
                results = Array.Empty<object>(),
                error = "no room",
                unstarted = true,
            },
            "ack"
        );

        Assert.Equal(second, (string)(await broken.TakeAsync())["uuid"]!);
        await using var sound = await world.ConnectAsync("Sound", slot: 0);
        Assert.Equal(first, (string)(await sound.TakeAsync())["uuid"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_waiting_runner_gets_a_job_at_once_that_another_runner_could_not_start(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock());
        var world = await JobWorld.MakeAsync(server);
        await using var broken = await world.ConnectAsync("Broken", slot: 0);
        await broken.SendAsync(new { @event = "ready", poll_timeout = 900 });
        var uuid = await world.SubmitAsync();
        var lease = (string)(await broken.ReceiveAsync("job"))["lease"]!;
        await using var sound = await world.ConnectAsync("Sound", slot: 0);
        await sound.SendAsync(new { @event = "ready", poll_timeout = 900 });

        await broken.SendAsync(
            new
            {
                @event = "failed",
                job = uuid,
                lease,
                results = Array.Empty<object>(),
                error = "no room",
                unstarted = true,
            }
        );
        await broken.SendAsync(new { @event = "ready", poll_timeout = 900 });

        Assert.Equal(uuid, (string)(await sound.ReceiveAsync("job"))["uuid"]!);
    }

    [Theory, EveryDatabase]
    public async Task Messages_with_a_stale_or_foreign_lease_change_nothing(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using var old = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        var stale = (string)(await old.TakeAsync())["lease"]!;
        await old.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                lease = stale,
                results = Array.Empty<object>(),
                error = "no room",
                unstarted = true,
            },
            "ack"
        );
        clock.Advance(TimeSpan.FromMinutes(1));
        var lease = (string)(await old.TakeAsync())["lease"]!;

        Assert.NotEqual(stale, lease);
        await old.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                lease = stale,
                results = Array.Empty<object>(),
            },
            "ack"
        );
        await old.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                lease = Guid.NewGuid(),
                results = Array.Empty<object>(),
                error = "lies",
            },
            "ack"
        );
        await old.AskAsync(new { @event = "heartbeat", lease = stale }, "ack");
        await old.AskAsync(new { @event = "running", lease = stale }, "ack");
        Assert.Equal("claimed", await world.StatusAsync(uuid));

        await using var next = await world.ConnectAsync("Next", slot: 0);
        await next.AskAsync(new { @event = "heartbeat", lease }, "cancel"); // The lease is another runner's.
        await next.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                lease,
                results = Array.Empty<object>(),
            },
            "ack"
        );
        Assert.Equal("claimed", await world.StatusAsync(uuid));
    }

    [Theory, EveryDatabase]
    public async Task A_job_that_no_runner_claims_is_canceled_after_the_maximum_wait(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Jobs = options.Jobs with { WaitMax = TimeSpan.FromHours(1) },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();

        var canceled = world.UntilAsync(uuid, "canceled");
        await clock.AdvanceUntilAsync(canceled, TimeSpan.FromMinutes(1));

        Assert.Equal("No runner claimed it within 60 minutes.", (string)(await canceled)["reason"]!);
    }
}
