using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Channels;

/// <summary>The messages on a runner's channel, and the reactions to invalid ones.</summary>
public sealed class ChannelTests
{
    [Theory, EveryDatabase]
    public async Task A_caller_that_may_not_open_a_channel_is_refused_before_the_upgrade(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        var (_, foreign) = await world.CreateRunnerAsync("Other");
        var unknown = "bencher_runner_" + new string('0', 30);
        (string Runner, string? Authorization, string? Slot, int Status)[] attempts =
        [
            (rig, null, null, 401),
            (rig, "Basic abc", null, 401),
            (rig, $"Bearer {unknown}", null, 401),
            (rig, $"Bearer {key}x", null, 401),
            (rig, $"Bearer {world.Admin.Token}", null, 401),
            (rig, $"Bearer {foreign}", null, 403),
            ("nobody", $"Bearer {key}", null, 404),
            ("Not A Slug", $"Bearer {key}", null, 400),
            (rig, $"Bearer {key}", "64", 400),
            (rig, $"Bearer {key}", "-1", 400),
            (rig, $"Bearer {key}", "first", 400),
            (rig, $"bearer {key}", null, 101),
        ];
        foreach (var (runner, authorization, slot, status) in attempts)
        {
            var (made, answered) = await TestRunner.TryConnectAsync(server.Address, runner, authorization, slot);
            if (made is not null)
                await made.DisposeAsync();
            Assert.True(
                answered == status,
                $"{runner} {authorization} {slot} should be answered {status}, and was {answered}"
            );
        }
        Assert.Equal(400, (await server.With(key).GetAsync($"/v0/runners/{rig}/channel")).Status); // Not an upgrade.
        (await world.Admin.PatchAsync($"/v0/runners/{rig}", new { archived = true })).Expect(200);
        Assert.Equal(409, (await TestRunner.TryConnectAsync(server.Address, rig, $"Bearer {key}")).Status);
    }

    [Theory, EveryDatabase]
    public async Task An_idle_runner_that_breaks_the_protocol_is_dropped(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        foreach (
            var wrong in new[]
            {
                "{\"event\":\"ready\",\"poll_timeout\":0}",
                "{\"event\":\"ready\",\"poll_timeout\":901}",
                "{\"event\":\"ready\",\"poll_timeout\":-1}",
                "nonsense",
                "{}",
                "[]",
                "null",
                "\"ready\"",
                "{\"event\":\"dance\"}",
                "{\"event\":\"completed\"}",
                "{\"event\":\"failed\",\"job\":\"01a20126-b6a8-7c61-99f2-fdb918c5c751\",\"results\":[]}",
                "{\"event\":\"completed\",\"job\":\"01a20126-b6a8-7c61-99f2-fdb918c5c751\","
                    + "\"results\":[{\"exit_code\":0,\"stdout\":\"\\ud800\"}]}",
            }
        )
        {
            await using var runner = await TestRunner.ConnectAsync(server.Address, rig, key);
            await runner.SendAsync(wrong);
            Assert.Null(await runner.ReceiveEndAsync());
        }
    }

    [Theory, EveryDatabase]
    public async Task A_busy_runner_stays_connected_when_it_sends_invalid_messages(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig");
        await runner.TakeAsync();

        await runner.SendAsync("nonsense");
        await runner.SendBinaryAsync([0, 1, 2]);
        await runner.SendAsync("{\"event\":\"dance\"}");
        Assert.Equal(uuid, (string)(await runner.AskAsync(new { @event = "running" }, "ack"))["job"]!);
        Assert.Equal(uuid, (string)(await runner.AskAsync(new { @event = "running" }, "ack"))["job"]!);
        Assert.Equal(uuid, (string)(await runner.AskAsync(new { @event = "ready" }, "ack"))["job"]!);
        Assert.Equal("running", await world.StatusAsync(uuid));
    }

    [Theory, EveryDatabase]
    public async Task A_job_that_never_started_cannot_complete_but_can_fail(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using (var runner = await TestRunner.ConnectAsync(server.Address, rig, key))
        {
            await runner.TakeAsync();
            await runner.SendAsync(JobLifeTests.Completed(uuid));
            Assert.Null(await runner.ReceiveEndAsync());
            Assert.Equal("claimed", await world.StatusAsync(uuid));
        }
        await using var again = await TestRunner.ConnectAsync(server.Address, rig, key);
        await again.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results = new[] { new { exit_code = 127 } },
                error = "command not found",
            },
            "ack"
        );

        var job = await world.JobAsync(uuid);
        Assert.Equal(
            ("failed", "command not found", "command not found", 127),
            (
                (string)job["status"]!,
                (string)job["reason"]!,
                (string)job["output"]!["error"]!,
                (int)job["output"]!["results"]![0]!["exit_code"]!
            )
        );
    }

    [Theory, EveryDatabase]
    public async Task Late_and_repeated_messages_are_acknowledged_and_change_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig");
        await using var other = await world.ConnectAsync("Other");
        await runner.TakeAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");

        // Of another runner's job, and of a job that never existed.
        Assert.Equal(uuid, (string)(await other.AskAsync(JobLifeTests.Completed(uuid, "lies"), "ack"))["job"]!);
        await other.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results = Array.Empty<object>(),
                error = "lies",
            },
            "ack"
        );
        await other.AskAsync(new { @event = "canceled", job = uuid }, "ack");
        await other.AskAsync(JobLifeTests.Completed(Guid.NewGuid().ToString()), "ack");
        // The runner has a job of its own, which continues.
        await runner.AskAsync(JobLifeTests.Completed(Guid.NewGuid().ToString()), "ack");
        Assert.Equal("running", await world.StatusAsync(uuid));

        await runner.AskAsync(JobLifeTests.Completed(uuid, Run.Latencies(("a", 1))), "ack");
        await runner.AskAsync(JobLifeTests.Completed(uuid, Run.Latencies(("a", 2))), "ack");
        await runner.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results = Array.Empty<object>(),
                error = "after all",
            },
            "ack"
        );
        var report = await world.ReportAsync(uuid);
        Assert.Equal(1, (double)report["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
        Assert.Equal("processed", await world.StatusAsync(uuid));
        // A job that has ended cannot be reported as canceled.
        await runner.SendAsync(new { @event = "canceled", job = uuid });
        Assert.Null(await runner.ReceiveEndAsync());
    }

    [Theory, EveryDatabase]
    public async Task A_message_over_the_size_limit_closes_the_connection(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Jobs = options.Jobs with { MessageBytesMax = 1 << 17 },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using (var runner = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0))
        {
            Assert.Equal(1 << 17, (int)(await runner.TakeAsync())["message_bytes_max"]!);
            await runner.AskAsync(new { @event = "running" }, "ack");
            await runner.SendAsync(JobLifeTests.Completed(uuid, new string('x', 1 << 17)));
            Assert.Equal(1009, (await runner.ReceiveEndAsync())?.Code);
        }
        // The runner can still report the failure.
        await using var again = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        await again.AskAsync(
            new
            {
                @event = "failed",
                job = uuid,
                results = Array.Empty<object>(),
                error = "the output is too long",
            },
            "ack"
        );
        Assert.Equal("failed", await world.StatusAsync(uuid));
    }

    [Theory]
    [EveryDatabase(90, 30)]
    [EveryDatabase(45, 15)]
    [EveryDatabase(1, 1)]
    public async Task A_Paddock_runner_is_told_its_heartbeat_interval_and_an_original_runner_is_not(
        Engine engine,
        int timeout,
        int every
    )
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(), options =>
            options with
            {
                Jobs = options.Jobs with { HeartbeatTimeout = TimeSpan.FromSeconds(timeout) },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        for (var i = 0; i < 2; i++)
            await world.SubmitAsync();
        await using var ours = await world.ConnectAsync("Rig", slot: 0);
        await using var original = await world.ConnectAsync("Original");

        Assert.Equal(every, (int)(await ours.TakeAsync())["heartbeat_every"]!);
        Assert.Null((await original.TakeAsync())["heartbeat_every"]);
    }

    [Theory, EveryDatabase]
    public async Task A_stale_release_does_not_take_a_reclaimed_job_from_its_slot(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        await using var rig = await world.ConnectAsync("Rig", slot: 0);
        var job = await world.SubmitAsync();
        await rig.TakeAsync();

        // A late signal from another server that gave the job back to the queue, before it was claimed again.
        await server.Database.WriteAsync(async sql =>
        {
            var late = await sql.FirstAsync(
                $"SELECT id, uuid, project_id, spec_id, runner_id FROM jobs",
                row => new Signal.Job(
                    row.Id<Job>(),
                    row.Uuid(),
                    JobStatus.Pending,
                    row.Id<Project>(),
                    row.Id<Spec>(),
                    row.Id<Runner>()
                )
            );
            await late!.SendAsync(sql);
        });

        for (var i = 0; i < 20; i++)
            await rig.AskAsync(new { @event = "heartbeat" }, "ack");
        (await world.Admin.PostAsync($"{world.Jobs}/{job}/cancel", null)).Expect(200);
        Assert.Equal("cancel", (string)(await rig.ReceiveAsync())["event"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_second_channel_replaces_the_first_on_its_slot_and_leaves_other_slots_alone(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using var first = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        await using var second = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 1);
        Assert.True(first.IsOffered);
        await world.SubmitAsync();
        await world.SubmitAsync();
        await first.TakeAsync();
        await second.TakeAsync();
        Assert.Equal((2, 2, "running"), Of((await world.Admin.GetAsync($"/v0/runners/{rig}")).Expect(200)));

        await using var third = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        Assert.Equal(1008, (await first.ReceiveEndAsync())?.Code);
        await second.AskAsync(new { @event = "heartbeat" }, "ack");

        static (int Slots, int Jobs, string State) Of(System.Text.Json.Nodes.JsonNode runner) =>
            ((int)runner["slots"]!, runner["jobs"]!.AsArray().Count, (string)runner["state"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_channel_closes_after_its_job_when_the_runner_is_archived_or_its_key_rotated(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        foreach (var rotates in new[] { true, false })
        {
            var (rig, key) = await world.CreateRunnerAsync($"Rig {rotates}");
            await using var busy = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
            await using var idle = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 1);
            var uuid = await world.SubmitAsync();
            await busy.TakeAsync();
            await idle.SendAsync(new { @event = "ready", poll_timeout = 900 });

            if (rotates)
                (await world.Admin.PostAsync($"/v0/runners/{rig}/key", null)).Expect(201);
            else
                (await world.Admin.PatchAsync($"/v0/runners/{rig}", new { archived = true })).Expect(200);

            Assert.Equal(1008, (await idle.ReceiveEndAsync())?.Code);
            await busy.AskAsync(new { @event = "running" }, "ack");
            await busy.AskAsync(JobLifeTests.Completed(uuid), "ack");
            Assert.Equal(1008, (await busy.ReceiveEndAsync())?.Code);
            Assert.Equal("processed", await world.StatusAsync(uuid));
        }
    }
}
