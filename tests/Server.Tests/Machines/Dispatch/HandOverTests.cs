using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Reports;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Dispatch;

/// <summary>
/// When the unit of work that creates and claims a job is retried, the runner gets the committed job, and only once.
/// </summary>
public sealed class HandOverTests
{
    [Fact]
    public async Task A_runner_gets_only_the_committed_job_when_its_batch_is_retried()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await JobWorld.MakeAsync(server);
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        var (attempts, jobs) = (0, 0);
        for (; attempts != 2; jobs++) // Until both units share a batch; a slow machine may split them.
        {
            attempts = 0;
            using var handOver = await ReservedAsync(server, world, runner);
            var (report, claimed) = await await SubmitBesideRefusedAsync(server, world, handOver, () => attempts++);
            handOver.Settle(claimed);
            await CarryOutAsync(world, runner, report.Job!.Value.ToString(), claimed!.Job!.Lease.ToString()!);
        }
        Assert.Equal(jobs, await server.CountAsync("jobs WHERE status = 'processed' AND attempts = 1"));
        Assert.Equal(jobs, await server.CountAsync("jobs"));
        await runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job");
    }

    [Fact]
    public async Task A_waiting_runner_gets_the_next_job_when_the_retry_of_its_job_is_refused()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await JobWorld.MakeAsync(server);
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        var (attempts, jobs) = (0, 0);
        for (; attempts != 2; jobs++)
        {
            attempts = 0;
            using var handOver = await ReservedAsync(server, world, runner);
            var submitted = await SubmitBesideRefusedAsync(server, world, handOver, () =>
            {
                if (++attempts == 2)
                    throw Refusal.BadInput("Not the second time.");
            });
            if (await Record.ExceptionAsync(() => submitted) is Refusal)
                continue;
            var (report, claimed) = await submitted;
            handOver.Settle(claimed);
            await CarryOutAsync(world, runner, report.Job!.Value.ToString(), claimed!.Job!.Lease.ToString()!);
        }
        Assert.Equal(jobs - 1, await server.CountAsync("jobs"));
        Assert.Equal(0, await server.CountAsync("runner_slots WHERE job_id IS NOT NULL"));

        var next = await world.SubmitAsync();

        var job = await runner.ReceiveAsync("job");
        Assert.Equal(next, (string)job["uuid"]!);
        await CarryOutAsync(world, runner, job);
    }

    private static async Task CarryOutAsync(JobWorld world, TestRunner runner, string uuid, string lease)
    {
        var job = await runner.ReceiveAsync("job");
        Assert.Equal((uuid, lease), ((string)job["uuid"]!, (string)job["lease"]!));
        await CarryOutAsync(world, runner, job);
    }

    private static async Task CarryOutAsync(JobWorld world, TestRunner runner, System.Text.Json.Nodes.JsonNode job)
    {
        var (uuid, lease) = ((string)job["uuid"]!, (string)job["lease"]!);
        await runner.AskAsync(new { @event = "running", lease }, "ack");
        await runner.AskAsync(
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

    // Nothing is claimed for a runner before its first attempt has ended.
    private static async Task<HandOver> ReservedAsync(TestServer server, JobWorld world, TestRunner runner)
    {
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
        var handOver = new HandOver(server.Part<Dispatcher>(), server.Part<JobOptions>());
        var spec = await server.Database.ReadAsync(
            sql => sql.IdAsync<Core.Wire.Spec>($"SELECT id FROM specs WHERE slug = {world.Spec}"),
            CancellationToken.None
        );
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await server.Database.WriteAsync(sql => handOver.TryAsync(sql, spec, DateTimeOffset.UtcNow)) is null)
            await Task.Delay(1, patience.Token); // Not a test's wait: no event announces that the runner has asked.
        return handOver;
    }

    // While the only writer is busy, both units enter its queue, the job's first.
    private static async Task<Task<(StoredReport Report, ClaimOutcome? Claimed)>> SubmitBesideRefusedAsync(
        TestServer server,
        JobWorld world,
        HandOver handOver,
        Action attempt
    )
    {
        using var open = new ManualResetEventSlim();
        var held = server.Database.WriteAsync(sql =>
        {
            open.Wait();
            return Task.CompletedTask;
        });
        var submitted = SubmitAsync(server, world, handOver, attempt);
        var refused = server.Database.WriteAsync(sql => throw Refusal.BadInput("This one is refused."));
        open.Set();
        await Assert.ThrowsAsync<Refusal>(() => refused);
        await held;
        return submitted;
    }

    // Does the same as the endpoint; but when this returns, the unit of work is in the queue.
    private static Task<(StoredReport Report, ClaimOutcome? Claimed)> SubmitAsync(
        TestServer server,
        JobWorld world,
        HandOver handOver,
        Action attempt
    ) =>
        server.Database.WriteAsync(async sql =>
        {
            var now = DateTimeOffset.UtcNow;
            var project = (await ProjectTable.FindAsync(sql, Text.Parse<ResourceId>(world.Project)))!;
            var run = new Paddock.Server.Results.Reports.Run(
                NameId<BranchName>.OfSlug(Text.Parse<Slug>("main")),
                Hash: null,
                StartPoint: null,
                NameId<ResourceName>.OfSlug(Text.Parse<Slug>("box")),
                SpecReset: false,
                Thresholds: null,
                now,
                now,
                Settings: null,
                [],
                [],
                IdempotencyKey: null
            );
            var job = new NewJob(JobWorld.Image, Text.Parse<ResourceId>(world.Spec));
            var accepted = await SubmitJob.AcceptAsync(
                sql,
                project,
                user: null,
                run,
                isTestbedNamed: true,
                job,
                SubmitJob.Check(job),
                server.Part<JobImages>(),
                server.Part<JobSecrets>(),
                server.Part<JobOptions>(),
                handOver,
                "127.0.0.1",
                now
            );
            attempt();
            return accepted;
        });
}
