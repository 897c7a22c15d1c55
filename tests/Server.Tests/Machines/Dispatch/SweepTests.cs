using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Dispatch;

/// <summary>A job that a sweep cannot process does not stop the others; it is set aside with its reason.</summary>
public sealed class SweepTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory, EveryDatabase]
    public async Task A_job_with_an_unreadable_backdate_fails_with_a_reason_and_the_others_are_processed(Engine engine)
    {
        var clock = new HandClock(Noon);
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var (bad, good) = (await CompleteAsync(server, world), await CompleteAsync(server, world));
        await SetAsync(
            server,
            bad,
            "config",
            "replace(config, '\"timeout\"', '\"backdate\":\"9999-12-31T23:59:59Z\",\"timeout\"')"
        );

        await SweepAsync(clock, world, good, "processed");

        var failed = await world.UntilAsync(bad, "failed");
        Assert.Equal("The benchmark ended well, but its results cannot be read.", (string)failed["reason"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_job_that_fails_in_three_sweeps_is_set_aside_and_does_not_delay_the_others(Engine engine)
    {
        var clock = new HandClock(Noon);
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var (bad, good) = (await CompleteAsync(server, world), await CompleteAsync(server, world));
        await SetAsync(server, bad, "config", "'this is no JSON'");

        await SweepAsync(clock, world, good, "processed");
        await SweepAsync(clock, world, bad, "failed");

        var reason = (string)(await world.JobAsync(bad))["reason"]!;
        Assert.StartsWith(
            $"The server tried {SetAside.FailuresMax} times to process its results and failed",
            reason,
            StringComparison.Ordinal
        );
        Assert.Contains("error code", reason, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_waiting_job_that_cannot_be_canceled_does_not_delay_the_others(Engine engine)
    {
        var clock = new HandClock(Noon);
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var (bad, good) = (await world.SubmitAsync(), await world.SubmitAsync());
        await SetAsync(server, bad, "lease", "'no UUID'"); // Makes the row unreadable.
        await SetAsync(server, bad, "created", "0");
        await SetAsync(server, good, "created", "0");

        await SweepAsync(clock, world, good, "canceled");

        await UntilAsync(clock, async () => await StatusAsync(server, bad) == "failed");
    }

    [Fact]
    public void The_third_failure_in_a_row_sets_a_job_aside_and_a_success_resets_the_count()
    {
        var clock = new HandClock(Noon);
        var aside = new SetAside(clock);

        Assert.Equal([false, false], [aside.Failed(new(1)), aside.Failed(new(1))]);
        aside.Succeeded(new(1));
        Assert.Equal(
            [false, false, false, true],
            [aside.Failed(new(1)), aside.Failed(new(2)), aside.Failed(new(1)), aside.Failed(new(1))]
        );
        aside.Rest(new(1));
        Assert.Equal([new(1)], aside.Resting);
        clock.Advance(SetAside.RestFor);
        Assert.Empty(aside.Resting);
        aside.Rest(new(1), isOutage: true);
        clock.Advance(SetAside.OutageRestFor);
        Assert.Empty(aside.Resting);
    }

    // Creates a job whose results are stored but not processed, as when the server was killed in between.
    private static async Task<string> CompleteAsync(TestServer server, JobWorld world)
    {
        var job = await world.SubmitAsync();
        var row = await server.Database.ReadAsync(
            sql => JobTable.FindAsync(sql, Guid.Parse(job)),
            CancellationToken.None
        );
        var output = await server
            .Part<JobOutputs>()
            .SaveAsync(row!, new([new(0, Run.Latencies(("a", 1)), null, null)]));
        await server.Database.WriteAsync(sql =>
            sql.ExecuteAsync(
                $"UPDATE jobs SET status = 'completed', output_id = {output}, claimed = {Noon}, started = {Noon}, "
                    + $"completed = {Noon}, modified = {Noon} WHERE uuid = {job}"
            )
        );
        return job;
    }

    private static Task<int> SetAsync(TestServer server, string job, string column, string value) =>
        server.Database.WriteAsync(sql =>
            sql.ExecuteAsync($"UPDATE jobs SET {new Raw(column)} = {new Raw(value)} WHERE uuid = {job}")
        );

    private static Task<string?> StatusAsync(TestServer server, string job) =>
        server.Database.ReadAsync(
            sql => sql.FirstAsync($"SELECT status FROM jobs WHERE uuid = {job}", row => row.Text()),
            CancellationToken.None
        );

    private static Task SweepAsync(HandClock clock, JobWorld world, string job, string status) =>
        UntilAsync(clock, async () => await world.StatusAsync(job) == status);

    private static async Task UntilAsync(HandClock clock, Func<Task<bool>> happened)
    {
        for (var sweeps = 0; !await happened(); sweeps++)
        {
            Assert.InRange(sweeps, 0, 400);
            clock.Advance(TimeSpan.FromSeconds(15));
            await Task.Delay(20); // Not a test's wait: lets the sweep that the clock triggered run.
        }
    }
}
