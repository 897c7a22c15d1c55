using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>Servers that are killed and restarted, and several servers on one database, as real processes.</summary>
public sealed class RestartTests
{
    // Long enough to set up many runners, and short enough to wait for.
    private static readonly Dictionary<string, string> Impatient = new()
    {
        ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "15",
    };
    private static readonly Dictionary<string, string> MoreImpatient = new()
    {
        ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "6",
    };

    [Theory, EveryDatabase]
    public async Task A_server_killed_with_jobs_in_every_state_ends_each_job_once_after_its_restart(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine, Impatient);
        using var client = new Client(server.Address, token: null);
        var world = await JobWorld.MakeAsync(client, server.Tokens);
        // Ten of each: claimed, running, running with an undelivered end, ended, canceled. And ten that wait.
        var runners = new List<(TestRunner Runner, string Name, string Key, string Job, string Lease)>();
        var connected = new List<(TestRunner Runner, string Name, string Key)>();
        for (var i = 0; i < 50; i++)
        {
            var (name, key) = await world.CreateRunnerAsync($"Rig {i}");
            connected.Add((await TestRunner.ConnectAsync(server.Address, name, key, slot: 0), name, key));
            await world.SubmitAsync();
        }
        for (var i = 0; i < 50; i++) // From here on a runner with a job must be heard before it counts as lost.
        {
            var (runner, name, key) = connected[i];
            var job = await runner.TakeAsync();
            var (uuid, lease) = ((string)job["uuid"]!, (string)job["lease"]!);
            runners.Add((runner, name, key, uuid, lease));
            if (i >= 10)
                await runner.AskAsync(new { @event = "running", lease }, "ack");
            if (i is >= 30 and < 40)
                await runner.AskAsync(End(uuid, lease, i), "ack");
            if (i >= 40)
                await runner.AskAsync(
                    new
                    {
                        @event = "canceled",
                        job = uuid,
                        lease,
                    },
                    "ack"
                );
        }
        var waiting = new List<string>();
        for (var i = 0; i < 10; i++)
            waiting.Add(await world.SubmitAsync());
        // The kill happens while ten results are being sent: some arrive, some do not, some only in part.
        var sends = runners[20..30].Select((r, i) => r.Runner.SendAsync(End(r.Job, r.Lease, 20 + i))).ToList();
        server.Kill();
        foreach (var send in sends)
            await send.ContinueWith(_ => { }, TaskScheduler.Default);

        await server.StartAsync();

        // Half of the working runners return with their results, or continue; the others never return.
        for (var i = 0; i < 30; i++)
        {
            var (old, name, key, job, lease) = runners[i];
            old.Cut();
            if (i is >= 10 and < 20 && i % 2 == 1)
                continue;
            if (i is < 10 && i % 2 == 1)
                continue;
            await using var runner = await TestRunner.ConnectAsync(server.Address, name, key, slot: 0);
            if (i < 20)
                await runner.AskAsync(new { @event = "running", lease }, "ack"); // The runner resumes its job.
            await runner.AskAsync(End(job, lease, i), "ack");
        }
        for (var i = 0; i < 50; i++)
        {
            var isGone = i < 20 && i % 2 == 1;
            var status =
                i >= 40 ? "canceled"
                : !isGone ? "processed"
                : i < 10 ? "pending"
                : "failed";
            await world.UntilAsync(runners[i].Job, status);
            if (status == "processed")
                Assert.Equal(
                    i,
                    (double)
                        (await world.ReportAsync(runners[i].Job))["results"]!.AsArray().Single()![0]!["measures"]![0]![
                            "metric"
                        ]!["value"]!
                );
        }
        foreach (var uuid in waiting)
            Assert.Equal("pending", await world.StatusAsync(uuid));
        // A runner takes the next job.
        await using var next = await world.ConnectAsync("Next", slot: 0);
        await next.TakeAsync();
        foreach (var r in runners)
            await r.Runner.DisposeAsync();

        static object End(string job, string lease, int value) =>
            new
            {
                @event = "completed",
                job,
                lease,
                results = new[] { new { exit_code = 0, stdout = Run.Latencies(("a", value)) } },
            };
    }

    [Theory, EveryDatabase]
    public async Task A_stopping_server_tells_its_runners_and_their_jobs_continue_after_its_restart(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        using var client = new Client(server.Address, token: null);
        var world = await JobWorld.MakeAsync(client, server.Tokens);
        var uuid = await world.SubmitAsync();
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        await using var busy = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        await using var waits = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 1);
        var lease = (string)(await busy.TakeAsync())["lease"]!;
        await busy.AskAsync(new { @event = "running", lease }, "ack");
        await waits.SendAsync(new { @event = "ready", poll_timeout = 900 });

        var stopping = server.StopAsync();
        Assert.Equal((1001, "server shutting down"), await busy.ReceiveEndAsync());
        Assert.Equal((1001, "server shutting down"), await waits.ReceiveEndAsync());
        await busy.DisposeAsync();
        await waits.DisposeAsync();
        Assert.Equal(0, await stopping);
        await server.StartAsync();

        Assert.Equal("running", await world.StatusAsync(uuid));
        await using var again = await TestRunner.ConnectAsync(server.Address, rig, key, slot: 0);
        await again.AskAsync(new { @event = "heartbeat", lease }, "ack");
        await again.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                lease,
                results = Array.Empty<object>(),
            },
            "ack"
        );
        Assert.Equal("processed", await world.StatusAsync(uuid));
    }

    [Fact]
    public async Task A_runner_of_a_killed_server_gets_a_job_from_another_server_at_once()
    {
        await using var first = await ServerProcess.StartAsync(Engine.Postgres);
        await using var second = await ServerProcess.StartReplicaAsync(first);
        using var client = new Client(second.Address, token: null);
        var world = await JobWorld.MakeAsync(client, first.Tokens);
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        // An original runner does not declare its slot, so a job held by a live server stays in the slot.
        await using var before = await TestRunner.ConnectAsync(first.Address, rig, key);
        var taken = await world.SubmitAsync();
        await before.TakeAsync();
        var next = await world.SubmitAsync();
        await using (var beside = await TestRunner.ConnectAsync(second.Address, rig, key))
            await beside.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job");
        Assert.Equal("claimed", await world.StatusAsync(taken));
        await using var back = await TestRunner.ConnectAsync(first.Address, rig, key);

        first.Kill();

        await using var after = await TestRunner.ConnectAsync(second.Address, rig, key);
        var answer = await AskAsync(after);
        for (var asked = 1; (string)answer["event"]! == "no_job" && asked < 20; asked++)
            answer = await AskAsync(after); // PostgreSQL may need a moment to notice the server's end.
        Assert.Contains((string)answer["uuid"]!, new[] { taken, next });

        static async Task<JsonNode> AskAsync(TestRunner runner)
        {
            await runner.SendAsync(new { @event = "ready", poll_timeout = 1 });
            return await runner.ReceiveAsync();
        }
    }

    [Fact]
    public async Task Two_servers_on_one_database_share_one_queue()
    {
        await using var first = await ServerProcess.StartAsync(Engine.Postgres, MoreImpatient);
        await using var second = await ServerProcess.StartReplicaAsync(first, MoreImpatient);
        using var client = new Client(first.Address, token: null);
        var world = await JobWorld.MakeAsync(client, first.Tokens);
        var runners = new List<(TestRunner Runner, string Name, string Key)>();
        for (var i = 0; i < 10; i++)
        {
            var (name, key) = await world.CreateRunnerAsync($"Rig {i}");
            runners.Add(
                (await TestRunner.ConnectAsync((i % 2 == 0 ? first : second).Address, name, key, slot: 0), name, key)
            );
            await runners[i].Runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
        }

        // Submitted to the first server, the jobs reach the runners of both, each job only once.
        var jobs = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.SubmitAsync()));
        var taken = await Task.WhenAll(runners.Select(async r => await r.Runner.ReceiveAsync("job")));
        Assert.Equal(jobs.Order(), taken.Select(job => (string)job["uuid"]!).Order());

        // A cancellation on the first server stops a runner of the second.
        (await world.Admin.PostAsync($"{world.Jobs}/{(string)taken[1]["uuid"]!}/cancel", null)).Expect(200);
        await runners[1].Runner.ReceiveAsync("cancel");

        // A runner that reconnects to the other server keeps its slot and its job.
        var (uuid, lease) = ((string)taken[3]["uuid"]!, (string)taken[3]["lease"]!);
        await using var moved = await TestRunner.ConnectAsync(first.Address, runners[3].Name, runners[3].Key, slot: 0);
        Assert.Equal(1008, (await runners[3].Runner.ReceiveEndAsync())?.Code);
        await moved.AskAsync(new { @event = "running", lease }, "ack");
        await moved.AskAsync(
            new
            {
                @event = "completed",
                job = uuid,
                lease,
                results = new[] { new { exit_code = 0, stdout = Run.Latencies(("a", 1)) } },
            },
            "ack"
        );
        Assert.Equal("processed", await world.StatusAsync(uuid));

        // The second server dies: jobs that its runners had not started return to the queue, and the first server hands
        // them out.
        second.Kill();
        var back = (string)taken[5]["uuid"]!;
        await world.UntilAsync(back, "pending");
        await using var next = await world.ConnectAsync("Next", slot: 0);
        await next.TakeAsync();
        foreach (var r in runners)
            await r.Runner.DisposeAsync();
    }
}
