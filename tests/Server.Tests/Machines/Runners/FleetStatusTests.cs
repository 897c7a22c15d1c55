using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;
using Paddock.Server.Tests.Machines.Fleet;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Runners;

/// <summary>The status of a runner, and when it changes.</summary>
public sealed class FleetStatusTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory, EveryDatabase]
    public async Task A_runner_is_offline_as_soon_as_its_connection_is_closed(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        Assert.Equal("offline", await world.StatusAsync(world.Ours));

        var rig = await world.ConnectAsync(world.Ours);
        await UntilAsync(async () => await world.StatusAsync(world.Ours) == "online");
        Assert.Equal("offline", await world.StatusAsync(world.Shared));
        rig.Cut();

        await UntilAsync(async () => await world.StatusAsync(world.Ours) == "offline");
    }

    [Theory, EveryDatabase]
    public async Task A_runner_of_a_dead_server_stays_online_for_90_seconds_and_is_then_offline(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        // The state that a stopped server leaves behind: the table contains the channel, and no heartbeat is recorded
        // for it.
        var now = world.Clock.GetUtcNow();
        await world.Server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync(
                $"UPDATE runner_slots SET channel = {Guid.NewGuid()} WHERE runner_id = {world.Ours.Id}"
            );
            await sql.ExecuteAsync($"UPDATE runners SET last_heartbeat = {now} WHERE id = {world.Ours.Id}");
        });

        world.Clock.Advance(89 * Second);
        Assert.Equal("online", await world.StatusAsync(world.Ours));
        var tag = Tag(await world.Key.GetAsync("/runners"));
        world.Clock.Advance(2 * Second);
        Assert.Equal("offline", await world.StatusAsync(world.Ours));
        Assert.NotEqual(tag, Tag(await world.Key.GetAsync("/runners")));
    }

    [Theory, EveryDatabase]
    public async Task The_end_of_a_replaced_connection_does_not_take_the_runner_offline(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var old = await world.ConnectAsync(world.Ours);
        await UntilAsync(async () => await world.StatusAsync(world.Ours) == "online");
        await world.ConnectAsync(world.Ours);
        await old.ReceiveEndAsync();
        await old.DisposeAsync();

        world.Clock.Advance(15 * Second);
        Assert.Equal("online", await world.StatusAsync(world.Ours));
    }

    [Theory, EveryDatabase]
    public async Task A_heartbeat_recorded_late_does_not_bring_back_a_disconnected_runner(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectWaitingAsync(world.Ours);
        await UntilAsync(async () => await world.StatusAsync(world.Ours) == "online");

        world.Clock.Advance(10 * Second); // Heartbeats are recorded now, for all connected runners together.
        rig.Cut();
        await UntilAsync(async () => await world.StatusAsync(world.Ours) == "offline");
        var pool = await world.ConnectWaitingAsync(world.Shared);
        var before = (string?)(await world.RunnerAsync(world.Shared))["last_heartbeat_at"];
        world.Clock.Advance(10 * Second);
        await UntilAsync(async () => (string?)(await world.RunnerAsync(world.Shared))["last_heartbeat_at"] != before);

        Assert.Equal(
            ("offline", "online"),
            (await world.StatusAsync(world.Ours), await world.StatusAsync(world.Shared))
        );
        await pool.DisposeAsync();
    }

    [Theory, EveryDatabase]
    public async Task A_runner_in_maintenance_shows_the_reason_finishes_its_job_and_gets_no_new_one(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        var (first, second) = (await world.SubmitAsync(), await world.SubmitAsync());
        await rig.TakeAsync();
        Assert.Equal("busy", await world.StatusAsync(world.Ours));

        (
            await world.Admin.PatchAsync(
                $"/v0/runners/{world.Ours.Uuid}",
                new { maintenance = new { reason = "new disk" } }
            )
        ).Expect(200);
        var runner = await world.RunnerAsync(world.Ours);
        Assert.Equal(
            ("maintenance", "new disk", 1),
            ((string)runner["status"]!, (string)runner["reason"]!, (int)runner["pod_count"]!)
        );
        await rig.AskAsync(new { @event = "running" }, "ack");
        await rig.AskAsync(Jobs.JobLifeTests.Completed(first, Run.Latencies(("a", 1))), "ack");
        await rig.SendAsync(new { @event = "ready", poll_timeout = 900 });
        Assert.Equal("pending", (string)(await world.PodAsync(second))["status"]!);

        (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", new { maintenance = (object?)null })).Expect(
            200
        );
        Assert.Equal(second, (string)(await rig.ReceiveAsync("job"))["uuid"]!);
        Assert.Equal("busy", await world.StatusAsync(world.Ours));
    }

    [Theory, EveryDatabase]
    public async Task A_runner_gets_at_most_as_many_jobs_as_it_has_slots(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", new { slots = 1 })).Expect(200);
        var (first, second) = (
            await world.ConnectAsync(world.Ours, slot: 0),
            await world.ConnectAsync(world.Ours, slot: 1)
        );
        string[] jobs = [await world.SubmitAsync(), await world.SubmitAsync()];

        await second.SendAsync(new { @event = "ready", poll_timeout = 900 });
        Assert.Equal(jobs[0], (string)(await first.TakeAsync())["uuid"]!);
        var runner = await world.RunnerAsync(world.Ours);
        Assert.Equal(("busy", 1, 1), ((string)runner["status"]!, (int)runner["pod_count"]!, (int)runner["max_pods"]!));

        (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", new { slots = (int?)null })).Expect(200);
        Assert.Equal(jobs[1], (string)(await second.ReceiveAsync("job"))["uuid"]!);
        Assert.Equal(2, (int)(await world.RunnerAsync(world.Ours))["max_pods"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_busy_runner_with_an_unconnected_slot_says_so(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", new { slots = 2 })).Expect(200);
        await using var rig = await world.ConnectAsync(world.Ours, slot: 0);
        await world.SubmitAsync();
        await rig.TakeAsync();

        var runner = await world.RunnerAsync(world.Ours);

        Assert.Equal(("busy", 1, 2), ((string)runner["status"]!, (int)runner["pod_count"]!, (int)runner["max_pods"]!));
        Assert.Equal("Only 1 of its 2 slots is connected, and none of those is free.", (string?)runner["reason"]);
    }

    [Theory, EveryDatabase]
    public async Task A_runner_of_an_organization_claims_only_jobs_of_that_organization(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var box = await world.ConnectAsync(world.Theirs);
        await box.SendAsync(new { @event = "ready", poll_timeout = 900 });
        var ours = await world.SubmitAsync();
        var theirs = await world.SubmitForOtherAsync();

        Assert.Equal(theirs, (string)(await box.ReceiveAsync("job"))["uuid"]!);
        Assert.Equal("pending", (string)(await world.PodAsync(ours))["status"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_runner_setting_is_refused(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var path = $"/v0/runners/{world.Ours.Uuid}";
        object[] bodies =
        [
            new { slots = 0 },
            new { slots = 65 },
            new { slots = "two" },
            new { labels = new[] { "" } },
            new { labels = new[] { " gpu" } },
            new { labels = new[] { new string('x', 65) } },
            new { labels = Enumerable.Range(0, 65).Select(i => $"l{i}") },
            new { labels = new[] { (string?)null } },
            new { maintenance = new { reason = "" } },
            new { maintenance = new { } },
            new { maintenance = "soon" },
            new { maintenance = new { reason = "two\nlines" } },
        ];
        foreach (var body in bodies)
            Assert.Equal(400, (await world.Admin.PatchAsync(path, body)).Status);
        Assert.Equal(404, (await world.Admin.PatchAsync(path, new { organization = "nobody" })).Status);
        Assert.Equal(403, (await world.Other.PatchAsync(path, new { slots = 2 })).Status);

        var runner = (
            await world.Admin.PatchAsync(path, new { organization = "bob-other", labels = new[] { "b", "a", "b" } })
        ).Expect(200);
        Assert.Equal(["a", "b"], runner["labels"]!.AsArray().Select(label => (string)label!));
        Assert.Equal(404, (await world.Key.GetAsync($"/runners/{world.Ours.Id}")).Status);
        (await world.OtherKey.GetAsync($"/runners/{world.Ours.Id}")).Expect(200);
    }

    /// <summary>Waits for a condition that becomes true soon.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 2000; i++)
        {
            if (await isSo())
                return;
            await Task.Yield();
        }
        Assert.Fail("It never came true.");
    }

    internal static string Tag(Reply reply) => Assert.Single(reply.Headers.GetValues("ETag"));
}
