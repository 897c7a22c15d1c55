using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Channels;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// Finds what no event reports: jobs whose runner disconnected, jobs that run or wait too long, results that were never
/// processed, and lost wake-ups. It also saves the heartbeats of many runners at once. Every server sweeps, and several
/// may sweep at the same time.
/// </summary>
internal sealed partial class Sweep : IAsyncDisposable
{
    private const int AtOnceMax = 1000;
    private static readonly TimeSpan TidyEvery = TimeSpan.FromHours(1);

    private readonly Db db;
    private readonly Dispatcher dispatch;
    private readonly ProcessJob process;
    private readonly NamesAhead ahead;
    private readonly LongRuns longRuns;
    private readonly JobOutputs outputs;
    private readonly JobSecrets secrets;
    private readonly JobOptions options;
    private readonly TimeProvider time;
    private readonly OutageLog outages;
    private readonly ILogger log;
    private readonly DateTimeOffset began;
    private readonly SemaphoreSlim wanted = new(1); // Starts at 1: work may be left over from before the start.
    private readonly CancellationTokenSource disposing = new();
    private readonly ITimer[] timers;
    private readonly Task working;
    private readonly SetAside aside;
    private volatile bool beatsDue;
    private DateTimeOffset beatsWritten; // Heartbeats since then are not saved yet.
    private bool isFirst = true;
    private DateTimeOffset tidied;

    public Sweep(
        Db db,
        Dispatcher dispatch,
        ProcessJob process,
        NamesAhead ahead,
        LongRuns longRuns,
        JobOutputs outputs,
        JobSecrets secrets,
        JobOptions options,
        OutageLog outages,
        TimeProvider time,
        ILogger log
    )
    {
        (this.db, this.dispatch, this.process, this.ahead, this.outputs) = (db, dispatch, process, ahead, outputs);
        this.longRuns = longRuns;
        (this.secrets, this.options, this.time) = (secrets, options, time);
        (this.outages, this.log) = (outages, log);
        tidied = began = beatsWritten = time.GetUtcNow();
        aside = new(time);
        timers =
        [
            time.CreateTimer(_ => Soon(), null, options.SweepEvery, options.SweepEvery),
            time.CreateTimer(
                _ =>
                {
                    beatsDue = true;
                    Soon();
                },
                null,
                options.HeartbeatsEvery,
                options.HeartbeatsEvery
            ),
            time.CreateTimer(_ => Soon(), null, options.HeartbeatTimeout, Timeout.InfiniteTimeSpan),
        ];
        working = Task.Run(WorkAsync);
    }

    public void Soon()
    {
        try
        {
            wanted.Release();
        }
        catch (ObjectDisposedException) { } // The server is stopping.
    }

    public void After(TimeSpan delay)
    {
        ITimer? timer = null;
        timer = time.CreateTimer(
            _ =>
            {
                Soon();
                timer?.Dispose();
            },
            null,
            delay,
            Timeout.InfiniteTimeSpan
        );
    }

    public async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        foreach (var timer in timers)
            await timer.DisposeAsync();
        await working;
        wanted.Dispose();
        disposing.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            try
            {
                await wanted.WaitAsync(disposing.Token);
                while (wanted.Wait(0)) { } // Several requests are served by one sweep.
                await OnceAsync();
            }
            catch (OperationCanceledException) when (disposing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!outages.Takes(e))
                    LogFailed(e, "the whole sweep");
            } // The next sweep tries again.
        }
    }

    // Each step is guarded on its own, and within a step each job: one failure does not stop the rest.
    private async Task OnceAsync()
    {
        var now = time.GetUtcNow();
        if (beatsDue)
        {
            beatsDue = false;
            await StepAsync("storing heartbeats", BeatsAsync);
        }
        if (isFirst)
        {
            await StepAsync("encrypting data that older versions stored", SealAsync);
            await StepAsync("removing names of interrupted runs", () => ahead.TidyAsync(began));
            await StepAsync("removing reports of interrupted runs", () => longRuns.TidyAsync(began));
        }
        await StepAsync("ending lost jobs", async () =>
        {
            var doubtful = await db.ReadAsync(sql => DoubtfulAsync(sql, now), CancellationToken.None);
            foreach (var job in doubtful)
                await JobAsync(job.Id, "end it", () => LoseAsync(job));
        });
        await StepAsync("canceling jobs that waited too long", () => CancelStaleAsync(now));
        await StepAsync("processing results", () => ProcessAsync(now));
        await StepAsync("waking runners", WakeAsync);
        if (now - tidied < TidyEvery)
            return;
        tidied = now;
        await StepAsync("removing old outputs", outputs.TidyAsync);
        await StepAsync("removing names of interrupted runs", () => ahead.TidyAsync(serverBegan: null));
        await StepAsync("removing reports of interrupted runs", () => longRuns.TidyAsync(serverBegan: null));
    }

    private async Task SealAsync()
    {
        while (await secrets.SealOldAsync(db))
            disposing.Token.ThrowIfCancellationRequested();
    }

    private async Task CancelStaleAsync(DateTimeOffset now)
    {
        var stale = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT jobs.id FROM jobs WHERE {JobTable.IsWaiting} AND jobs.created < {now - options.WaitMax}
                      AND jobs.id NOT IN {aside.Resting} LIMIT {AtOnceMax}
                    """,
                    row => row.Id<Job>()
                ),
            CancellationToken.None
        );
        var reason = $"No runner claimed it within {options.WaitMax.TotalMinutes:0} minutes.";
        foreach (var id in stale)
            await JobAsync(id, "cancel it", () => db.WriteAsync(async sql =>
                {
                    if (await JobTable.LockAsync(sql, id) is { Status: JobStatus.Pending } job)
                        await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, reason, time.GetUtcNow());
                }));
    }

    private async Task ProcessAsync(DateTimeOffset now)
    {
        // The first sweep takes all completed jobs; later sweeps only jobs that another server has left unprocessed.
        var since = isFirst ? now.AddSeconds(1) : now - options.HeartbeatTimeout;
        var unprocessed = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT id, uuid FROM jobs WHERE status = 'completed' AND modified < {since}
                      AND id NOT IN {aside.Resting} ORDER BY id LIMIT {AtOnceMax}
                    """,
                    row => (Id: row.Id<Job>(), Uuid: row.Uuid())
                ),
            CancellationToken.None
        );
        isFirst = false;
        foreach (var job in unprocessed)
            await JobAsync(job.Id, "process its results", () => process.RunAsync(job.Uuid, output: null));
    }

    private async Task WakeAsync()
    {
        var wanted = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT specs.id FROM specs
                    WHERE EXISTS (SELECT 1 FROM jobs WHERE jobs.spec_id = specs.id AND {JobTable.IsWaiting})
                    """,
                    row => row.Id<Spec>()
                ),
            CancellationToken.None
        );
        foreach (var spec in wanted)
            dispatch.Wake(spec);
    }

    private async Task StepAsync(string what, Func<Task> step)
    {
        try
        {
            await step();
        }
        // The next sweep tries again.
        catch (Exception e) when (!disposing.IsCancellationRequested)
        {
            if (!outages.Takes(e))
                LogFailed(e, what);
        }
    }

    private async Task JobAsync(Id<Job> id, string what, Func<Task> work)
    {
        try
        {
            await work();
            aside.Succeeded(id);
        }
        catch (Exception e) when (!disposing.IsCancellationRequested)
        {
            var code = Guid.NewGuid();
            if (!outages.Takes(e))
                LogJobFailed(e, id, what, code);
            if (!aside.Failed(id))
                return;
            // If recording the job's end fails too, the job is skipped for a while as well.
            aside.Rest(id, SetAside.IsOutage(e));
            if (SetAside.IsOutage(e))
                return;
            await db.WriteAsync(sql => JobTable.SetAsideAsync(sql, id, Reason(what, code), time.GetUtcNow()));
        }
    }

    private static string Reason(string what, Guid code) =>
        $"The server tried {SetAside.FailuresMax} times to {what} and failed, so it has set the job aside. "
        + $"Its log says more under the error code {code}.";

    /// <summary>
    /// A job that may be lost: its runner is away, or the server that the runner is connected to has stopped saving its
    /// heartbeats.
    /// </summary>
    private sealed record Doubtful(Id<Job> Id, Guid Lease);

    private Task<List<Doubtful>> DoubtfulAsync(Sql sql, DateTimeOffset now)
    {
        // After a start every runner gets the full heartbeat timeout to reconnect.
        if (now - began < options.HeartbeatTimeout)
            return Task.FromResult(new List<Doubtful>());
        return sql.ListAsync(
            $"""
            SELECT jobs.id, jobs.lease FROM jobs LEFT JOIN runner_slots ON runner_slots.job_id = jobs.id
            WHERE {JobTable.IsHeld} AND jobs.id NOT IN {aside.Resting} AND (
                runner_slots.channel IS NULL AND jobs.heartbeat <= {now - options.HeartbeatTimeout}
                OR jobs.heartbeat <= {now - options.HeartbeatTimeout - options.HeartbeatsEvery * 2}
                OR jobs.started + jobs.timeout < {now - options.TimeoutGrace})
            """,
            row => new Doubtful(row.Id<Job>(), row.Uuid())
        );
    }

    private Task LoseAsync(Doubtful doubtful) =>
        db.WriteAsync(async sql =>
        {
            if (
                await JobTable.LockAsync(sql, doubtful.Id) is { } job
                && job.Lease == doubtful.Lease
                && job.Status.IsHeld()
            )
                await HearRunner.LoseAsync(
                    sql,
                    job,
                    "The runner lost its connection and did not reconnect in time.",
                    options,
                    time.GetUtcNow()
                );
        });

    // Saves heartbeats in two statements, however many runners are connected.
    private async Task BeatsAsync()
    {
        var (now, since) = (time.GetUtcNow(), beatsWritten);
        var channels = dispatch.Channels;
        long[] runners = [.. channels.Select(channel => channel.RunnerId).Distinct()];
        var work = channels
            .Select(channel => (Channel: channel, channel.Work))
            .Where(found => found.Work is not null)
            .ToList();
        long[] heard =
        [
            .. work.Where(found => found.Work!.Value.Heard >= since).Select(found => found.Work!.Value.JobId),
        ];
        long[] all = [.. work.Select(found => found.Work!.Value.JobId)];
        if (runners.Length == 0)
            return;
        var held = await db.WriteAsync(async sql =>
        {
            // Locks jobs before runners, in the same order as everywhere else, to avoid deadlocks.
            if (heard.Length > 0)
                await sql.ExecuteAsync($"UPDATE jobs SET heartbeat = {now} WHERE id IN {heard} AND {JobTable.IsHeld}");
            await sql.ExecuteAsync($"UPDATE runners SET last_heartbeat = {now} WHERE id IN {runners}");
            return all.Length == 0
                ? []
                : (
                    await sql.ListAsync($"SELECT jobs.id FROM jobs WHERE jobs.id IN {all} AND {JobTable.IsHeld}", row =>
                        row.Long()
                    )
                ).ToHashSet();
        });
        beatsWritten = now; // Set only after the write succeeded; if it failed, the next sweep saves these heartbeats.
        // Jobs that were canceled or deleted while the signal was lost.
        foreach (var (channel, job) in work)
            if (!held.Contains(job!.Value.JobId))
                await StepAsync("telling a runner that it lost its job", () => channel.NotHeldAsync(job.Value.JobId));
    }

    [LoggerMessage(LogLevel.Error, "A sweep failed and the next one tries again: {What}")]
    private partial void LogFailed(Exception e, string what);

    [LoggerMessage(LogLevel.Error, "A sweep failed on the job {Id}: it could not {What}, error code {Code}")]
    private partial void LogJobFailed(Exception e, long id, string what, Guid code);
}
