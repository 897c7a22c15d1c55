using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Fleet;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Machines.Runners;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>The events for clients that watch runners.</summary>
public sealed class FleetEventTests
{
    // Changes within a second are combined into one event, so the second has to pass.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    [Theory, EveryDatabase]
    public async Task A_stream_starts_with_all_runners_and_then_sends_each_change_of_status(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var events = await EventReader.OpenAsync(world.Key, "/runners/events");
        using var others = await EventReader.OpenAsync(world.OtherKey, "/api/v1/ext/orgs/bob-other/runners/events");
        var all = (await events.NextAsync())!.Value;
        Assert.Equal(("runners", (await world.Key.GetAsync("/runners")).Text), (all.Name, all.Data.ToJsonString()));
        Assert.Equal([world.Theirs.Id, world.Shared.Id], Ids(await others.NextAsync()));

        var rig = await world.ConnectWaitingAsync(world.Ours);
        await UntilAsync(world, events, world.Ours, "online");
        rig.Cut();
        var gone = await UntilAsync(world, events, world.Ours, "offline");
        Assert.Equal("Its connection is gone.", (string)gone["reason"]!);
        Assert.Equal((await world.RunnerAsync(world.Ours)).ToJsonString(), gone.ToJsonString());

        await world.ConnectWaitingAsync(world.Shared);
        await UntilAsync(world, events, world.Shared, "online");
        Assert.Equal([world.Shared.Id], Ids(await others.NextAsync())); // The first event about one of their runners.
    }

    [Theory, EveryDatabase]
    public async Task A_runner_that_stops_sending_heartbeats_is_reported_offline(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        // The state that a stopped server leaves behind.
        var now = world.Clock.GetUtcNow();
        await world.Server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync(
                $"UPDATE runner_slots SET channel = {Guid.NewGuid()} WHERE runner_id = {world.Ours.Id}"
            );
            await sql.ExecuteAsync($"UPDATE runners SET last_heartbeat = {now} WHERE id = {world.Ours.Id}");
        });
        using var events = await EventReader.OpenAsync(world.Key, "/runners/events");
        Assert.Equal("online", (string)(await events.NextAsync())!.Value.Data["runners"]![0]!["status"]!);

        world.Clock.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal("online", await world.StatusAsync(world.Ours));
        var next = events.NextAsync();
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        var silent = Assert.Single((await next)!.Value.Data["runners"]!.AsArray())!;
        Assert.Equal((world.Ours.Id, "offline"), ((long)silent["id"]!, (string)silent["status"]!));
    }

    [Theory, EveryDatabase]
    public async Task A_claimed_slot_a_freed_slot_and_maintenance_are_reported(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectWaitingAsync(world.Ours);
        using var events = await EventReader.OpenAsync(world.Key, "/runners/events");
        await UntilAsync(world, events, world.Ours, "online");

        var job = await world.SubmitAsync();
        await rig.ReceiveAsync("job");
        var busy = await UntilAsync(world, events, world.Ours, "busy");
        Assert.Equal((1, 0), ((int)busy["pod_count"]!, (int)busy["free_slots"]!["benchmark"]!));
        await rig.AskAsync(new { @event = "running" }, "ack");
        await rig.AskAsync(JobLifeTests.Completed(job, Run.Latencies(("a", 1))), "ack");
        var free = await UntilAsync(world, events, world.Ours, "online");
        Assert.Equal((0, 1), ((int)free["pod_count"]!, (int)free["free_slots"]!["benchmark"]!));

        (
            await world.Admin.PatchAsync(
                $"/v0/runners/{world.Ours.Uuid}",
                new { maintenance = new { reason = "new disk" } }
            )
        ).Expect(200);
        Assert.Equal("new disk", (string)(await UntilAsync(world, events, world.Ours, "maintenance"))["reason"]!);
        (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", new { maintenance = (object?)null })).Expect(
            200
        );
        await UntilAsync(world, events, world.Ours, "online");
    }

    [Theory]
    [EveryDatabase("archived")]
    [EveryDatabase("moved")]
    [EveryDatabase("removed")]
    public async Task A_runner_that_is_archived_moved_or_removed_is_reported_gone(Engine engine, string how)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var events = await EventReader.OpenAsync(world.Key, "/runners/events");
        using var others = await EventReader.OpenAsync(world.OtherKey, "/runners/events");
        foreach (var stream in new[] { events, others })
            await stream.NextAsync();
        var path = $"/v0/runners/{world.Ours.Uuid}";

        if (how == "removed")
            Assert.Equal(204, (await world.Admin.DeleteAsync(path)).Status);
        else
            (
                await world.Admin.PatchAsync(
                    path,
                    how == "archived" ? new { archived = true } : new { organization = "bob-other" }
                )
            ).Expect(200);

        var gone = (await events.NextAsync())!.Value;
        Assert.Equal("gone", gone.Name);
        Assert.Equal([world.Ours.Id], gone.Data["ids"]!.AsArray().Select(id => (long)id!));
        if (how == "moved")
            Assert.Equal([world.Ours.Id], Ids(await others.NextAsync()));
        (await world.Admin.PatchAsync($"/v0/runners/{world.Shared.Uuid}", new { labels = new[] { "big" } })).Expect(
            200
        );
        await UntilAsync(world, others, world.Shared, "offline"); // They get no events about runners of others.
    }

    [Theory, EveryDatabase]
    public async Task A_stream_ends_at_once_when_its_key_is_revoked_and_soon_after_the_key_expires(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var keys = $"/v0/organizations/{world.Admin.Slug}/api-keys";
        var revoked = (await world.Admin.PostAsync(keys, new { name = "A", scopes = new[] { "runners:read" } })).Expect(
            201
        );
        var shortly = (
            await world.Admin.PostAsync(
                keys,
                new
                {
                    name = "B",
                    scopes = new[] { "runners:read" },
                    ttl = 60,
                }
            )
        ).Expect(201);
        using var first = await EventReader.OpenAsync(world.Server.With((string)revoked["key"]!), "/runners/events");
        using var second = await EventReader.OpenAsync(world.Server.With((string)shortly["key"]!), "/runners/events");
        using var third = await EventReader.OpenAsync(world.Key, "/runners/events");
        foreach (var stream in new[] { first, second, third })
            Assert.NotNull(await stream.NextAsync());

        Assert.Equal(204, (await world.Admin.DeleteAsync($"{keys}/{(string)revoked["uuid"]!}")).Status);
        Assert.Null(await first.NextAsync()); // While the clock stands still.
        var last = second.NextAsync();
        // In small steps: the keep-alive is due after 15 seconds of the clock, and sending it takes real time on a busy
        // machine.
        await world.Clock.AdvanceUntilAsync(last, TimeSpan.FromMilliseconds(250));
        Assert.Null(await last);
        Assert.True(second.SignsOfLife > 0);

        await world.ConnectWaitingAsync(world.Shared);
        await UntilAsync(world, third, world.Shared, "online");
    }

    [Theory, EveryDatabase]
    public async Task A_reconnecting_client_gets_all_runners_again(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using (var before = await EventReader.OpenAsync(world.Key, "/runners/events"))
            Assert.NotNull(await before.NextAsync());
        await world.ConnectWaitingAsync(world.Ours);

        using var after = await EventReader.OpenAsync(world.Key, "/runners/events", lastId: "7");

        Assert.Equal([world.Ours.Id, world.Shared.Id], Ids(await after.NextAsync()));
    }

    [Theory, EveryDatabase]
    public async Task The_number_of_streams_is_limited_and_the_refusal_says_when_to_retry(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine, options =>
            options with
            {
                Limits = options.Limits with { WatchersMax = 2 },
            }
        );
        using var first = await EventReader.OpenAsync(world.Key, "/runners/events");
        using var second = await EventReader.OpenAsync(world.OtherKey, "/runners/events");

        var refused = await world.Key.GetAsync("/runners/events");
        Assert.Equal((429, "RATE_LIMITED"), (refused.Status, (string)refused.Json["code"]!));
        Assert.Equal("15", Assert.Single(refused.Headers.GetValues("Retry-After")));
        first.Dispose();
        await FleetStatusTests.UntilAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/runners/events");
            using var response = await world.Key.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return response.IsSuccessStatusCode;
        });
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_its_events_is_cut_off()
    {
        var gone = 0;
        using var watcher = new FleetWatcher(keyId: new(1), organizationId: new(1), _ => gone++);
        var news = new StreamEvent("runners", "{}"u8.ToArray());
        for (var i = 0; i < 1000; i++)
            watcher.Tell(news);

        var heard = 0;
        await foreach (var _ in watcher.AllAsync(CancellationToken.None))
            heard++;
        Assert.Equal(64, heard);
        watcher.Dispose();
        Assert.Equal(1, gone);
    }

    [Fact]
    public async Task An_event_on_one_server_reaches_the_streams_of_another()
    {
        await using var world = await FleetWorld.MakeAsync(Engine.Postgres);
        await using var other = await world.Server.StartAnotherAsync(world.Clock);
        var here = world.Server.With(world.Key.Http.DefaultRequestHeaders.Authorization!.Parameter!);
        using var events = await EventReader.OpenAsync(here, "/runners/events");
        await events.NextAsync();

        await using var rig = await TestRunner.ConnectAsync(other.Address, world.Ours.Uuid, world.Ours.Secret);
        await rig.SendAsync(new { @event = "ready", poll_timeout = 900 });
        await UntilAsync(world, events, world.Ours, "online");
        rig.Cut();
        await UntilAsync(world, events, world.Ours, "offline");
    }

    // The event that shows this machine with this status.
    private static async Task<JsonNode> UntilAsync(
        FleetWorld world,
        EventReader events,
        FleetWorld.Machine machine,
        string status
    )
    {
        var seen = new List<string>();
        while (true)
        {
            var next = events.NextAsync();
            await world.Clock.AdvanceUntilAsync(next, Step);
            if (await next is not { } news)
                throw new Xunit.Sdk.XunitException(
                    $"{status} should be told, and the stream ended after: {string.Join(", ", seen)}"
                );
            if (
                news.Name == "runners"
                && news.Data["runners"]!.AsArray().FirstOrDefault(runner => (long)runner!["id"]! == machine.Id)
                    is { } found
            )
            {
                if ((string)found["status"]! == status)
                    return found;
                seen.Add((string)found["status"]!);
            }
        }
    }

    private static IEnumerable<long> Ids((string Name, JsonNode Data)? news)
    {
        Assert.Equal("runners", news?.Name);
        return news!.Value.Data["runners"]!.AsArray().Select(runner => (long)runner!["id"]!);
    }
}
