using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Runners;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Machines.Runners;

namespace Paddock.Server.Tests.Machines.Dispatch;

/// <summary>Which runner gets which job.</summary>
public sealed class ClaimTests
{
    [Theory, EveryDatabase]
    public async Task Concurrent_ready_runners_claim_each_waiting_job_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var runners = new List<TestRunner>();
        for (var i = 0; i < 20; i++)
            runners.Add(await world.ConnectAsync($"Rig {i}"));
        var jobs = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => world.SubmitAsync()));

        var answers = await Task.WhenAll(
            runners.Select(async runner =>
            {
                await runner.SendAsync(new { @event = "ready", poll_timeout = 1 });
                return await runner.ReceiveAsync();
            })
        );

        Assert.Equal(
            jobs.Order(),
            answers.Where(answer => (string)answer["event"]! == "job").Select(answer => (string)answer["uuid"]!).Order()
        );
        Assert.Equal(13, answers.Count(answer => (string)answer["event"]! == "no_job"));
        foreach (var runner in runners)
            await runner.DisposeAsync();
    }

    [Theory, EveryDatabase]
    public async Task Concurrently_submitted_jobs_are_each_claimed_by_one_waiting_runner(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var runners = new List<TestRunner>();
        for (var i = 0; i < 12; i++)
            runners.Add(await world.ConnectAsync($"Rig {i}"));
        foreach (var runner in runners)
            await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });

        var jobs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => world.SubmitAsync()));

        var taken = await Task.WhenAll(
            runners.Select(async runner => (string)(await runner.ReceiveAsync("job"))["uuid"]!)
        );
        Assert.Equal(jobs.Order(), taken.Order());
        foreach (var runner in runners)
            await runner.DisposeAsync();
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_claims_of_one_slot_succeed_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var (rig, _) = await world.CreateRunnerAsync("Rig");
        for (var i = 0; i < 3; i++)
            await world.SubmitAsync();
        var (channel, id) = (
            Guid.NewGuid(),
            new Id<Core.Wire.Runner>((long)(await world.Admin.GetAsync($"/v0/runners/{rig}")).Expect(200)["id"]!)
        );
        await server.Database.WriteAsync(sql =>
            SlotTable.OpenAsync(sql, id, slot: 0, channel, server: 0, DateTimeOffset.UtcNow)
        );

        var claims = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ =>
                    Task.Run(() =>
                        server.Database.WriteAsync(sql =>
                            ClaimJob.RunAsync(
                                sql,
                                new(id, Slot: 0, channel, Sandboxes: null),
                                new(),
                                DateTimeOffset.UtcNow
                            )
                        )
                    )
                )
        );

        var won = Assert.Single(claims, claim => claim.Job is not null).Job!;
        Assert.Equal(1, await server.CountAsync($"runner_slots WHERE job_id = {won.Id}"));
        Assert.Equal(1, await server.CountAsync("jobs WHERE status = 'claimed'"));
        Assert.Equal(2, await server.CountAsync("jobs WHERE status = 'pending'"));
    }

    [Theory, EveryDatabase("organization"), EveryDatabase("address")]
    public async Task Job_limits_hold_when_many_runners_ask_concurrently(Engine engine, string cap)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Jobs =
                    cap == "organization"
                        ? options.Jobs with
                        {
                            PerOrganizationMax = 2,
                        }
                        : options.Jobs with
                        {
                            PerAddressMax = 2,
                        },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        var runners = new List<TestRunner>();
        for (var i = 0; i < 8; i++)
            runners.Add(await world.ConnectAsync($"Rig {i}"));
        for (var i = 0; i < 5; i++)
            await world.SubmitAsync();

        var answers = await Task.WhenAll(
            runners.Select(async runner =>
            {
                await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
                return (Runner: runner, Answer: runner.ReceiveAsync());
            })
        );
        var first = await Task.WhenAny(answers.Select(answer => answer.Answer));
        var waiting = (await world.Admin.GetAsync($"{world.Jobs}?status=pending&direction=desc")).Expect(200).AsArray();
        Assert.InRange(waiting.Count, 3, 4);
        var (runner, answer) = answers.First(a => a.Answer == first);
        // When one ends, the next may start; a runner that was waiting gets it.
        var others = answers.Where(a => a.Runner != runner).Select(a => a.Answer).ToList();
        others.Remove(await Task.WhenAny(others));
        await runner.AskAsync(new { @event = "running" }, "ack");
        await runner.AskAsync(JobLifeTests.Completed((string)(await answer)["uuid"]!), "ack");
        Assert.Equal("job", (string)(await await Task.WhenAny(others))["event"]!);
        Assert.Equal(2, (await world.Admin.GetAsync($"{world.Jobs}?status=claimed")).Expect(200).AsArray().Count);
        foreach (var r in runners)
            await r.DisposeAsync();
    }

    [Theory, EveryDatabase]
    public async Task Jobs_are_claimed_in_order_of_submission_and_organizations_take_turns(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var other = await server.SignUpAsync("Bea Builder");
        var theirs = await other.CreateProjectAsync("Other");
        var ours = new List<string>();
        for (var i = 0; i < 4; i++)
            ours.Add(await world.SubmitAsync());
        var third = (string)(await other.PostAsync("/v0/run", world.Run(project: theirs))).Expect(201)["job"]!;
        Assert.Equal(1, (int)(await other.GetAsync($"/v0/projects/{theirs}/jobs/{third}")).Expect(200)["position"]!);
        var places = await Task.WhenAll(ours.Select(async job => (int)(await world.JobAsync(job))["position"]!));
        Assert.Equal([0, 2, 3, 4], places);
        var runners = new List<TestRunner>();
        for (var i = 0; i < 4; i++)
            runners.Add(await world.ConnectAsync($"Rig {i}"));

        var order = new List<string>();
        foreach (var runner in runners)
            order.Add((string)(await runner.TakeAsync())["uuid"]!);

        // The newcomer has fewer jobs running, so its job does not wait behind the others.
        Assert.Equal([ours[0], third, ours[1], ours[2]], order);
        foreach (var runner in runners)
            await runner.DisposeAsync();
    }

    [Theory, EveryDatabase]
    public async Task A_canceled_job_is_never_claimed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        string[] jobs = [await world.SubmitAsync(), await world.SubmitAsync()];
        Assert.Equal(
            "canceled",
            (string)(await world.Admin.PostAsync($"{world.Jobs}/{jobs[0]}/cancel", null)).Expect(200)["status"]!
        );
        Assert.Equal(409, (await world.Admin.PostAsync($"{world.Jobs}/{jobs[0]}/cancel", null)).Status);
        await using var runner = await world.ConnectAsync("Rig");

        Assert.Equal(jobs[1], (string)(await runner.TakeAsync())["uuid"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_spec_assigned_to_a_runner_applies_to_its_open_channel(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var other = await world.CreateSpecAsync("Other Box");
        var (rig, key) = await world.CreateRunnerAsync("Rig", other);
        var uuid = await world.SubmitAsync();
        await using var runner = await TestRunner.ConnectAsync(server.Address, rig, key);
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });

        (await world.Admin.PostAsync($"/v0/runners/{rig}/specs", new { spec = world.Spec })).Expect(201);

        Assert.Equal(uuid, (string)(await runner.ReceiveAsync("job"))["uuid"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_draining_runner_gets_no_jobs_until_it_is_resumed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using var runner = await TestRunner.ConnectAsync(server.Address, rig, key);
        await Machines.Runners.FleetStatusTests.UntilAsync(async () =>
            (string)(await world.Admin.GetAsync($"/v0/runners/{rig}")).Expect(200)["state"]! == "idle"
        );
        Assert.Equal(
            "draining",
            (string)
                (
                    await world.Admin.PatchAsync(
                        $"/v0/runners/{rig}",
                        new { maintenance = new { reason = "new disk" } }
                    )
                ).Expect(200)["state"]!
        );
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
        var uuid = await world.SubmitAsync();
        Assert.Equal(
            "The only runner of the spec \"Fast Box\" is draining. It is next in the queue.",
            (string)(await world.JobAsync(uuid))["reason"]!
        );

        var resumed = (await world.Admin.PatchAsync($"/v0/runners/{rig}", new { maintenance = (object?)null })).Expect(
            200
        );

        Assert.Null(resumed["maintenance"]);
        Assert.Equal(uuid, (string)(await runner.ReceiveAsync("job"))["uuid"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_job_is_claimed_only_by_a_runner_that_supports_its_sandbox(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var vm = await world.CreateSpecAsync("Micro", sandbox: "firecracker");
        await using var container = await world.ConnectAsync("Container", slot: 0, vm);
        await using var microvm = await world.ConnectAsync("Microvm", slot: 0, vm);
        await container.SendAsync(Ready("container"));
        var uuid = await world.SubmitAsync(new { image = JobWorld.Image, spec = vm });
        Assert.Equal("pending", await world.StatusAsync(uuid));

        await microvm.SendAsync(Ready("microvm"));

        Assert.Equal(uuid, (string)(await microvm.ReceiveAsync("job"))["uuid"]!);

        static object Ready(string sandbox) =>
            new
            {
                @event = "ready",
                poll_timeout = 900,
                runner = new
                {
                    os = "linux",
                    arch = "x86_64",
                    version = "1",
                    boot = Guid.NewGuid(),
                    sandboxes = new[] { sandbox },
                },
            };
    }
}
