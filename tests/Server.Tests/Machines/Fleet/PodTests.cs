using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Machines.Runners;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>The statuses of a pod, and the paging of lists of pods.</summary>
public sealed class PodTests
{
    [Theory, EveryDatabase]
    public async Task A_pods_status_follows_the_progress_of_its_job(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        string[] jobs = [await world.SubmitAsync(), await world.SubmitAsync(), await world.SubmitAsync()];
        Assert.Equal("pending", (string)(await world.PodAsync(jobs[0]))["status"]!);
        Assert.Equal(0, (int)(await world.Key.GetAsync($"/runners/{world.Ours.Id}/pods")).Expect(200)["total"]!);

        await rig.TakeAsync();
        Assert.Equal("initializing", (string)(await world.PodAsync(jobs[0]))["status"]!);
        await rig.AskAsync(new { @event = "running" }, "ack");
        Assert.Equal("running", (string)(await world.PodAsync(jobs[0]))["status"]!);
        await rig.AskAsync(JobLifeTests.Completed(jobs[0], Run.Latencies(("a", 1))), "ack");
        Assert.Equal("completed", (string)(await world.PodAsync(jobs[0]))["status"]!);

        await rig.TakeAsync();
        await rig.AskAsync(new { @event = "running" }, "ack");
        await rig.AskAsync(
            new
            {
                @event = "failed",
                job = jobs[1],
                results = new[] { new { exit_code = 137 } },
                error = "killed: out of memory",
            },
            "ack"
        );
        var failed = await world.PodAsync(jobs[1]);
        Assert.Equal(("error", "killed: out of memory"), ((string)failed["status"]!, (string)failed["reason"]!));

        (await world.Admin.PostAsync($"/v0/projects/app/jobs/{jobs[2]}/cancel", null)).Expect(200);
        Assert.Equal("terminated", (string)(await world.PodAsync(jobs[2]))["status"]!);
        Assert.Equal(0, (int)(await world.RunnerAsync(world.Ours))["pod_count"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_pod_is_orphaned_when_its_runner_is_lost_until_the_runner_delivers(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours, slot: 0);
        var job = await world.SubmitAsync();
        var lease = (string)(await rig.AskAsync(new { @event = "ready", poll_timeout = 30 }, "job"))["lease"]!;
        await rig.AskAsync(new { @event = "running", lease }, "ack");
        world.Clock.Advance(TimeSpan.FromSeconds(91));
        await rig.ReceiveEndAsync();

        await FleetStatusTests.UntilAsync(async () => (string)(await world.PodAsync(job))["status"]! == "orphaned");
        var again = await world.ConnectAsync(world.Ours, slot: 0);
        await again.AskAsync(
            new
            {
                @event = "completed",
                job,
                lease,
                results = new[] { new { exit_code = 0, stdout = Run.Latencies(("a", 1)) } },
            },
            "ack"
        );
        Assert.Equal("completed", (string)(await world.PodAsync(job))["status"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_key_with_pods_write_terminates_only_pods_of_its_organization(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        var job = await world.SubmitAsync();
        await rig.TakeAsync();
        var path = $"/pods/{(string)(await world.PodAsync(job))["key"]!}/terminate";
        var (writer, stranger) = (
            await world.KeyAsync(world.Admin, "pods:write"),
            await world.KeyAsync(world.Other, "pods:write")
        );

        Assert.Equal(404, (await stranger.PostAsync(path, null)).Status);
        Assert.Equal("terminated", (string)(await writer.PostAsync(path, null)).Expect(202)["pod"]!["status"]!);
        Assert.Equal("terminated", (string)(await writer.PostAsync(path, null)).Expect(200)["pod"]!["status"]!);
        (await writer.GetAsync("/pods")).Expect(200); // The write scope includes reading.
    }

    [Theory, EveryDatabase]
    public async Task Pods_are_paged_newest_first_and_filtered_by_several_statuses(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        var jobs = new List<string>();
        for (var i = 0; i < 5; i++)
            jobs.Add(await world.SubmitAsync()); // All within one second, so the number decides the order.
        await rig.TakeAsync();
        jobs.Reverse();

        var (first, second) = (
            (await world.Key.GetAsync("/pods?limit=3")).Expect(200),
            (await world.Key.GetAsync("/pods?limit=3&offset=3")).Expect(200)
        );
        Assert.Equal(
            jobs,
            new[] { first, second }.SelectMany(page => page["pods"]!.AsArray()).Select(pod => (string)pod!["job"]!)
        );
        Assert.Equal((5, 3, 3), ((int)second["total"]!, (int)second["limit"]!, (int)second["offset"]!));
        var some = (await world.Key.GetAsync("/pods?status=initializing,running")).Expect(200);
        Assert.Equal(1, (int)some["total"]!);
        Assert.Equal(jobs[^1], (string)Assert.Single(some["pods"]!.AsArray())!["job"]!);
        Assert.Equal(4, (int)(await world.Key.GetAsync("/pods?status=pending")).Expect(200)["total"]!);
    }

    [Theory, EveryDatabase]
    public async Task Paging_skips_no_pod_while_new_pods_are_created(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var known = new List<string>();
        for (var i = 0; i < 9; i++)
            known.Add(await world.SubmitAsync());
        var seen = new List<string>();
        for (var offset = 0; ; offset += 2)
        {
            var page = (await world.Key.GetAsync($"/pods?limit=2&offset={offset}")).Expect(200);
            if (page["pods"]!.AsArray().Count == 0)
                break;
            seen.AddRange(page["pods"]!.AsArray().Select(pod => (string)pod!["job"]!));
            // New pods come first, so the last pods of a page may be repeated, but none is skipped.
            await world.SubmitAsync();
            if (offset > 4)
                world.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(known.Count + offset / 2, (int)page["total"]!);
        }

        known.Reverse();
        Assert.Equal(known, seen.Distinct());
    }

    [Theory, EveryDatabase]
    public async Task An_unchanged_list_is_answered_with_304(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        await world.SubmitAsync();
        foreach (
            var path in new[]
            {
                "/runners",
                "/runners/available",
                $"/runners/{world.Ours.Id}",
                $"/runners/{world.Ours.Id}/pods",
                "/pods",
            }
        )
        {
            var tag = FleetStatusTests.Tag(await world.Key.GetAsync(path));
            using var asker = world.Server.With(world.Key.Http.DefaultRequestHeaders.Authorization!.Parameter!);
            asker.Http.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", $"\"other\", W/{tag}");
            var known = await asker.GetAsync(path);
            Assert.Equal((304, ""), (known.Status, known.Text));
            Assert.Equal(tag, FleetStatusTests.Tag(known));
            asker.Http.DefaultRequestHeaders.Remove("If-None-Match");
            asker.Http.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", "\"other\"");
            (await asker.GetAsync(path)).Expect(200);
        }

        var (before, others) = (
            FleetStatusTests.Tag(await world.Key.GetAsync("/runners")),
            FleetStatusTests.Tag(await world.OtherKey.GetAsync("/runners"))
        );
        await rig.TakeAsync();
        var taken = FleetStatusTests.Tag(await world.Key.GetAsync("/runners"));
        Assert.NotEqual(before, taken);
        Assert.Equal(others, FleetStatusTests.Tag(await world.OtherKey.GetAsync("/runners"))); // Not their runner.
        (await world.Admin.PatchAsync($"/v0/runners/{world.Ours.Uuid}", new { labels = new[] { "gpu" } })).Expect(200);
        Assert.NotEqual(taken, FleetStatusTests.Tag(await world.Key.GetAsync("/runners")));
    }
}
