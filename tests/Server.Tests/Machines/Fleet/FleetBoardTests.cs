using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>The operator's overview of the fleet.</summary>
public sealed class FleetBoardTests
{
    [Theory, EveryDatabase]
    public async Task The_overview_shows_each_machines_work_and_noise_and_why_each_job_waits(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        var done = await world.SubmitAsync();
        await rig.TakeAsync();
        await rig.AskAsync(new { @event = "running" }, "ack");
        await rig.AskAsync(
            new
            {
                @event = "completed",
                job = done,
                environment = new { noise_score = 12.5 },
                results = new[] { new { exit_code = 0, stdout = Run.Latencies(("a", 1)) } },
            },
            "ack"
        );
        var (running, waits, others) = (
            await world.SubmitAsync(),
            await world.SubmitAsync(),
            await world.SubmitForOtherAsync()
        );
        await rig.TakeAsync();
        (
            await world.Admin.PatchAsync(
                $"/v0/runners/{world.Theirs.Uuid}",
                new { maintenance = new { reason = "new disk" } }
            )
        ).Expect(200);

        var fleet = (await world.Admin.GetAsync("/v0/fleet")).Expect(200);

        var machines = fleet["machines"]!.AsArray();
        Assert.Equal(["Rig", "Box", "Pool"], machines.Select(machine => (string)machine!["runner"]!["name"]!));
        Assert.Equal(["ada-admin", "bob-other", null], machines.Select(machine => (string?)machine!["organization"]));
        var work = Assert.Single(machines[0]!["work"]!.AsArray())!;
        Assert.Equal(
            (running, "initializing", "app", "fast-box"),
            ((string)work["job"]!, (string)work["status"]!, (string)work["project"]!, (string)work["spec"]!)
        );
        Assert.Equal(12.5, (double)Assert.Single(machines[0]!["noise"]!.AsArray())!["score"]!);
        Assert.Empty(machines[1]!["work"]!.AsArray());
        Assert.Equal(2, (int)fleet["waiting_total"]!);
        var waiting = fleet["waiting"]!.AsArray();
        // The organization without running jobs is next.
        Assert.Equal([others, waits], waiting.Select(job => (string)job!["job"]!));
        Assert.Equal([0, 1], waiting.Select(job => (int)job!["position"]!));
        // The runner of one organization does not take the other organization's job.
        Assert.Contains("1 is busy, 1 is offline", (string)waiting[1]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("All 2 runners", (string)waiting[0]!["reason"]!, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task An_event_is_sent_when_the_overview_changes(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var events = await EventReader.OpenAsync(world.Admin, "/v0/fleet/events");
        var states = new List<string>();
        async Task NextAsync()
        {
            var news = (await events.NextAsync())!.Value;
            Assert.Equal("state", news.Name);
            states.Add((string)news.Data!);
        }
        await NextAsync();

        await world.SubmitAsync();
        await NextAsync();
        (
            await world.Admin.PatchAsync(
                $"/v0/runners/{world.Ours.Uuid}",
                new { maintenance = new { reason = "new disk" } }
            )
        ).Expect(200);
        await NextAsync();

        Assert.Equal(3, states.Distinct().Count());
    }
}
