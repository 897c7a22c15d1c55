using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>A job from the run that requests it to the finished report.</summary>
public sealed class JobLifeTests
{
    [Theory, EveryDatabase]
    public async Task A_job_is_claimed_executed_and_becomes_a_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var uuid = await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                cmd = new[] { "bench" },
                env = new { A = "secret" },
                timeout = 60,
            }
        );
        await using var runner = await world.ConnectAsync("Rig");

        var job = await runner.TakeAsync();
        Assert.Equal(uuid, (string)job["uuid"]!);
        Assert.Equal("fast-box", (string)job["spec"]!["slug"]!);
        Assert.Equal(JobWorld.Digest, (string)job["config"]!["digest"]!);
        Assert.Equal("secret", (string)job["config"]!["env"]!["A"]!);
        Assert.Equal(60, (int)job["timeout"]!);
        Assert.Null(job["lease"]);
        Assert.Equal("claimed", await world.StatusAsync(uuid));

        Assert.Equal(uuid, (string)(await runner.AskAsync(new { @event = "running" }, "ack"))["job"]!);
        Assert.Equal("running", await world.StatusAsync(uuid));
        await runner.AskAsync(new { @event = "heartbeat" }, "ack");
        await runner.AskAsync(Completed(uuid, Run.Latencies(("a", 100))), "ack");

        var done = await world.JobAsync(uuid);
        Assert.Equal("processed", (string)done["status"]!);
        Assert.Equal("***", (string)done["config"]!["env"]!["A"]!);
        Assert.Equal(Run.Latencies(("a", 100)), (string)done["output"]!["results"]![0]!["stdout"]!);
        var report = await world.ReportAsync(uuid);
        Assert.Equal(uuid, (string)report["job"]!);
        Assert.Equal("fast-box", (string)report["testbed"]!["spec"]!["slug"]!);
        Assert.Equal(100, (double)report["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_waiting_runner_gets_a_new_job_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        await using var runner = await world.ConnectAsync("Rig");
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });

        var uuid = await world.SubmitAsync();

        Assert.Equal(uuid, (string)(await runner.ReceiveAsync("job"))["uuid"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_runner_executes_two_jobs_on_one_connection(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        string[] jobs = [await world.SubmitAsync(), await world.SubmitAsync()];
        await using var runner = await world.ConnectAsync("Rig");

        foreach (var uuid in jobs)
        {
            Assert.Equal(uuid, (string)(await runner.TakeAsync())["uuid"]!);
            await runner.AskAsync(new { @event = "running" }, "ack");
            await runner.AskAsync(Completed(uuid), "ack");
            Assert.Equal("processed", await world.StatusAsync(uuid));
        }
        // The next ready arrives before the answer to the previous message, as an original runner sends it.
        Assert.Equal(
            "no_job",
            (string)(await runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job"))["event"]!
        );
    }

    [Theory, EveryDatabase]
    public async Task Jobs_that_follow_within_seconds_share_one_pull_token_of_ten_minutes(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        await using var runner = await world.ConnectAsync("Rig");
        var tokens = new List<string>();
        foreach (var seconds in new[] { 0.9, 4, 2 })
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            await world.SubmitAsync();
            var job = await runner.TakeAsync();
            tokens.Add((string)job["oci_token"]!);
            var claims = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(tokens[^1].Split('.')[1]))!;
            Assert.Equal(600, (long)claims["exp"]! - (long)claims["iat"]!);
            Assert.InRange((long)claims["exp"]! - clock.GetUtcNow().ToUnixTimeSeconds(), 595, 600);
            await runner.AskAsync(new { @event = "running" }, "ack");
            await runner.AskAsync(Completed((string)job["uuid"]!), "ack");
        }
        Assert.Equal(tokens[0], tokens[1]);
        Assert.NotEqual(tokens[1], tokens[2]);
    }

    public static object Completed(string job, params string[] outputs) =>
        new
        {
            @event = "completed",
            job,
            results = outputs.Select(stdout => new { exit_code = 0, stdout }).ToArray(),
        };
}
