using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Channels;

/// <summary>
/// Handles the events that runners send about their jobs. An event counts only from the runner that holds the job,
/// under the lease of its last claim; any other event changes nothing.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no handle to free.")]
internal sealed partial class HearRunner(
    Db db,
    JobOutputs outputs,
    ProcessJob process,
    JobOptions options,
    TimeProvider time,
    OutageLog outages,
    ILogger<HearRunner> log
)
{
    private const int ReasonMax = 500;
    private const int EnvironmentMax = 16 << 10;

    // A message costs a lookup even if it names no job, and lookups go before the reads of callers. So all runners
    // together make one at a time: a runner that sends messages without a pause would otherwise keep every caller
    // waiting.
    private readonly SemaphoreSlim lookups = new(1, 1);

    /// <summary>Finds the job of a lease, if this runner may continue with it.</summary>
    public async Task<(Heard Heard, JobRow? Job)> ResumeAsync(Id<Runner> runnerId, Guid lease)
    {
        var job = await LookUpAsync(sql =>
            sql.FirstAsync($"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE jobs.lease = {lease}", JobRow.Read)
        );
        if (job is null || !job.IsHeldBy(runnerId, lease) || job.Status == JobStatus.Canceled)
            return (Heard.Stop, null);
        // Taken, even for a job already recorded as lost: its results may still be delivered.
        return (Heard.Taken, job.Status.IsHeld() ? job : null);
    }

    /// <summary>True when the job is still held under this lease.</summary>
    public Task<bool> IsHeldAsync(Id<Job> jobId, Guid lease) =>
        db.ReadAsync(
            sql =>
                sql.AnyAsync(
                    $"SELECT 1 FROM jobs WHERE jobs.id = {jobId} AND jobs.lease = {lease} AND {JobTable.IsHeld}"
                ),
            CancellationToken.None
        );

    /// <summary>Stores the last part of a running job's output, for the job's page.</summary>
    public Task WroteAsync(Id<Job> jobId, Guid jobUuid, Guid lease, string output) =>
        db.WriteAsync(async sql =>
        {
            var (isHeld, before) = await sql.FirstAsync(
                $"""
                SELECT tail FROM jobs WHERE jobs.id = {jobId} AND jobs.lease = {lease} AND {JobTable.IsHeld}
                {sql.ForUpdateOf("jobs")}
                """,
                row => (true, row.TextOrNull())
            );
            if (!isHeld)
                return;
            var tail = OutputView.End(before + OutputView.Plain(output), OutputView.TextCharsMax);
            await sql.ExecuteAsync($"UPDATE jobs SET tail = {tail} WHERE id = {jobId}");
            await new Signal.Wrote(jobUuid).SendAsync(sql);
        });

    public Task<Heard> RunningAsync(Id<Runner> runnerId, Guid job, Guid? lease) =>
        db.WriteAsync(async sql =>
        {
            if (await JobTable.LockAsync(sql, job) is not { } row || !row.IsHeldBy(runnerId, lease))
                return Heard.Stop;
            if (row.Status == JobStatus.Canceled)
                return Heard.Stop;
            await JobTable.MoveAsync(sql, row, JobTrigger.Start, reason: null, time.GetUtcNow());
            return Heard.Taken;
        });

    public async Task<Heard> CompletedAsync(Id<Runner> runnerId, Completed message)
    {
        var job = await LookUpAsync(sql => JobTable.FindAsync(sql, message.Job));
        if (job is null || !job.IsHeldBy(runnerId, message.Lease))
            return Heard.Taken;
        if (job.Status.Next(JobTrigger.Complete, job.Attempts) is null)
            return job.Status.IsBreach(JobTrigger.Complete) ? Heard.Breach : Heard.Taken;
        // The output is stored before the job's status says "completed".
        var output = new JobOutput(message.Results);
        var stored = await outputs.SaveAsync(job, output);
        var moved = await db.WriteAsync(async sql =>
            await JobTable.LockAsync(sql, job.Id) is { } locked
            && locked.IsHeldBy(runnerId, message.Lease)
            && await JobTable.MoveAsync(
                sql,
                locked,
                JobTrigger.Complete,
                reason: null,
                time.GetUtcNow(),
                Ended(stored, message.Results, message.Environment)
            )
                is not null
        );
        if (moved)
            await ProcessAsync(job, output);
        return Heard.Taken;
    }

    // The results are stored, so a failure here is not the runner's fault, and the next sweep tries again.
    private async Task ProcessAsync(JobRow job, JobOutput output)
    {
        try
        {
            await process.RunAsync(job.Uuid, output);
        }
        catch (Exception e)
        {
            if (!outages.Takes(e))
                LogUnprocessed(e, job.Uuid);
        }
    }

    public async Task<Heard> FailedAsync(Id<Runner> runnerId, Failed message)
    {
        var job = await LookUpAsync(sql => JobTable.FindAsync(sql, message.Job));
        if (job is null || !job.IsHeldBy(runnerId, message.Lease))
            return Heard.Taken;
        var trigger = message.Unstarted is true ? JobTrigger.Decline : JobTrigger.Fail;
        if (job.Status.Next(trigger, job.Attempts) is not { } next || job.Status == JobStatus.Completed)
            return Heard.Taken;
        Id<JobOutput>? stored =
            next == JobStatus.Failed ? await outputs.SaveAsync(job, new(message.Results, message.Error)) : null;
        await db.WriteAsync(async sql =>
        {
            if (
                await JobTable.LockAsync(sql, job.Id) is not { } locked
                || !locked.IsHeldBy(runnerId, message.Lease)
                || locked.Status == JobStatus.Completed
            )
                return;
            var more = stored is { } id ? Ended(id, message.Results, message.Environment) : SqlText.Empty;
            await JobTable.MoveAsync(sql, locked, trigger, Reason(message.Error), time.GetUtcNow(), more);
        });
        return Heard.Taken;
    }

    public Task<Heard> CanceledAsync(Id<Runner> runnerId, Canceled message) =>
        db.WriteAsync(async sql =>
        {
            if (await JobTable.LockAsync(sql, message.Job) is not { } job || !job.IsHeldBy(runnerId, message.Lease))
                return Heard.Taken;
            if (
                await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, "The runner stopped it.", time.GetUtcNow())
                is not null
            )
                return Heard.Taken;
            return job.Status.IsBreach(JobTrigger.Cancel) ? Heard.Breach : Heard.Taken;
        });

    /// <summary>Handles the loss of a runner that was silent for too long, or that came back without its job.</summary>
    /// <returns>The job's new status, or null when the job is no longer held under this lease.</returns>
    public Task<JobStatus?> LostAsync(Id<Job> jobId, Guid lease, string reason) =>
        db.WriteAsync(async sql =>
        {
            if (await JobTable.LockAsync(sql, jobId) is not { } job || job.Lease != lease || !job.Status.IsHeld())
                return null;
            return await LoseAsync(sql, job, reason, options, time.GetUtcNow());
        });

    /// <summary>Ends a job that has lost its runner, or returns it to the queue.</summary>
    public static Task<JobStatus?> LoseAsync(
        Sql sql,
        JobRow job,
        string reason,
        JobOptions options,
        DateTimeOffset now
    ) =>
        JobLife.IsTooLong(job.Started, job.Timeout, options.TimeoutGrace, now)
            ? JobTable.MoveAsync(sql, job, JobTrigger.Cancel, TooLong(job.Timeout), now)
            : JobTable.MoveAsync(sql, job, JobTrigger.Lose, reason, now);

    /// <summary>Cancels a job that has exceeded its timeout.</summary>
    public Task TimedOutAsync(Id<Job> jobId, Guid lease) =>
        db.WriteAsync(async sql =>
        {
            if (await JobTable.LockAsync(sql, jobId) is { } job && job.Lease == lease)
                await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, TooLong(job.Timeout), time.GetUtcNow());
        });

    /// <summary>Returns a job to the queue when its claim never reached the runner.</summary>
    public Task ReturnAsync(Id<Job> jobId, Guid lease) =>
        db.WriteAsync(async sql =>
        {
            if (await JobTable.LockAsync(sql, jobId) is { } job && job.Lease == lease)
                await JobTable.MoveAsync(sql, job, JobTrigger.Return, reason: null, time.GetUtcNow());
        });

    /// <summary>Fails a job whose configuration can no longer be read.</summary>
    public Task UnreadableAsync(Id<Job> jobId, Guid lease) =>
        db.WriteAsync(async sql =>
        {
            if (await JobTable.LockAsync(sql, jobId) is { } job && job.Lease == lease)
                await JobTable.MoveAsync(
                    sql,
                    job,
                    JobTrigger.Fail,
                    "The server can no longer read the stored request of this job. Submit the job again.",
                    time.GetUtcNow()
                );
        });

    private async Task<T> LookUpAsync<T>(Func<Sql, Task<T>> read)
    {
        await lookups.WaitAsync();
        try
        {
            return await db.ReadAsync(read, CancellationToken.None);
        }
        finally
        {
            lookups.Release();
        }
    }

    private static string TooLong(int timeout) => $"It took longer than its timeout of {timeout} seconds.";

    private static SqlText Ended(
        Id<JobOutput> output,
        IReadOnlyList<IterationOutput> results,
        RunEnvironment? environment
    )
    {
        var exit = results.Count > 0 ? results[^1].ExitCode : (int?)null;
        var json = environment is null ? null : JsonSerializer.Serialize(environment, Wire.Default.RunEnvironment);
        return SqlText.Of(
            $", output_id = {output}, error = NULL, exit_code = {exit}, environment = "
                + $"{(json?.Length > EnvironmentMax ? null : json)}"
        );
    }

    private static string Reason(string error)
    {
        var plain = new string([
            .. error.Take(ReasonMax).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c),
        ]).Trim();
        return plain.Length == 0 ? "The runner gave no reason." : plain;
    }

    [LoggerMessage(LogLevel.Error, "The results of the job {Job} could not be processed; the next sweep tries again")]
    private partial void LogUnprocessed(Exception e, Guid job);
}
