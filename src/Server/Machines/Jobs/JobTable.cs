using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Jobs;

/// <summary>Selects the jobs of a list.</summary>
internal sealed record JobFilter(Id<Project>? ProjectId, JobStatus? Status);

internal static class JobTable
{
    public const string Noun = "job";

    // Literals, since partial indexes are only used for exactly the condition they were created with.
    public static readonly Raw IsWaiting = new("jobs.status = 'pending'");
    public static readonly Raw IsHeld = new("jobs.status IN ('claimed', 'running')");

    public static Task<JobRow?> FindAsync(Sql sql, Id<Project> projectId, Guid uuid, CancellationToken ct = default) =>
        sql.FirstAsync(
            $"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE jobs.uuid = {uuid} AND jobs.project_id = {projectId}",
            JobRow.Read,
            ct
        );

    public static Task<JobRow?> FindAsync(Sql sql, Guid uuid, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE jobs.uuid = {uuid}", JobRow.Read, ct);

    /// <summary>Locks a job's row until the transaction ends, and reads the job.</summary>
    public static async Task<JobRow?> LockAsync(Sql sql, Id<Job> id)
    {
        // The row is locked first, on its own: an outer join cannot be locked.
        if (!await sql.AnyAsync($"SELECT 1 FROM jobs WHERE id = {id}{sql.ForUpdateOf("jobs")}"))
            return null;
        return await sql.FirstAsync($"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE jobs.id = {id}", JobRow.Read);
    }

    public static async Task<JobRow?> LockAsync(Sql sql, Guid uuid) =>
        await sql.IdAsync<Job>($"SELECT id FROM jobs WHERE uuid = {uuid}") is { Value: > 0 } id
            ? await LockAsync(sql, id)
            : null;

    public static async Task<(List<JobRow> Rows, long Total)> ListAsync(
        Sql sql,
        JobFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var where = filter.ProjectId is { } project
            ? SqlText.Of($"jobs.project_id = {project}")
            : SqlText.Of($"projects.deleted IS NULL");
        if (filter.Status is { } status)
            // A literal, not a parameter, so that partial indexes by status can be used in every plan.
            where = SqlText.Of($"{where} AND jobs.status = {new Raw($"'{Words<JobStatus>.Of(status)}'")}");
        var direction = page.Direction(descendingStandard: true);
        var rows = await sql.ListAsync(
            $"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE {where} ORDER BY jobs.created {direction}, jobs.id "
                + $"{direction} {page.Limit}",
            JobRow.Read,
            ct
        );
        return (
            rows,
            await sql.NumberAsync(
                $"SELECT count(*) FROM jobs JOIN projects ON projects.id = jobs.project_id WHERE {where}",
                ct
            )
        );
    }

    /// <summary>Moves a job that this transaction has locked to its next status, along <see cref="JobLife"/>.</summary>
    /// <param name="reason">The reason, as a sentence; null clears it.</param>
    /// <param name="more">Further columns to set, each with a comma before it.</param>
    /// <returns>The new status; null when the trigger is not valid in the current status, and nothing was
    /// changed.</returns>
    public static async Task<JobStatus?> MoveAsync(
        Sql sql,
        JobRow job,
        JobTrigger trigger,
        string? reason,
        DateTimeOffset now,
        SqlText? more = null
    )
    {
        if (job.Status.Next(trigger, job.Attempts) is not { } next)
            return null;
        var set = more ?? SqlText.Empty;
        if (trigger == JobTrigger.Start && job.Started is null)
            set = SqlText.Of($"{set}, started = {now}, heartbeat = {now}");
        if (
            next is JobStatus.Completed or JobStatus.Canceled
            || next == JobStatus.Failed && job.Status != JobStatus.Completed
        )
            set = SqlText.Of($"{set}, completed = {now}");
        // No runner needs the secrets any more. They last until here because a confirmation job may still copy them.
        if (next is JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled)
            set = SqlText.Of($"{set}, secrets = NULL");
        if (!next.IsHeld())
            set = SqlText.Of($"{set}, tail = NULL"); // The full output is stored by now, or the job starts again.
        if (next == JobStatus.Pending)
            set = SqlText.Of(
                $"{set}, runner_id = NULL, slot = NULL, lease = NULL, claimed = NULL, started = NULL, heartbeat = NULL"
            );
        if (next is JobStatus.Completed or JobStatus.Failed)
            set = SqlText.Of($"{set}, lost = {(trigger == JobTrigger.Lose ? now : null)}");
        if (trigger == JobTrigger.Decline && next == JobStatus.Pending)
            set = SqlText.Of($"{set}, declined_by = {job.RunnerId}, declined = {now}");
        // A claim that never reached its runner does not count as an attempt.
        if (trigger == JobTrigger.Return)
            set = SqlText.Of($"{set}, attempts = {Math.Max(0, job.Attempts - 1)}");
        await WriteAsync(sql, job.Id, next, reason, set, now);
        if (
            !next.IsHeld()
            && await sql.ExecuteAsync($"UPDATE runner_slots SET job_id = NULL WHERE job_id = {job.Id}") > 0
            && job.RunnerId is { } runner
        )
            await RunnerTable.ReviseAsync(sql, runner);
        if (job.Status.IsHeld() && !next.IsHeld() && next != JobStatus.Pending)
            await JobSpans.AddAsync(sql, job, next, now);
        if (next != job.Status)
            await new Signal.Job(job.Id, job.Uuid, next, job.ProjectId, job.Spec.Id, job.RunnerId).SendAsync(sql);
        if (next is JobStatus.Failed or JobStatus.Canceled)
            await EndConfirmationAsync(sql, job, next, now);
        return next;
    }

    // If the two sides are separate jobs, one alone proves nothing: the other is canceled.
    private static async Task EndConfirmationAsync(Sql sql, JobRow job, JobStatus end, DateTimeOffset now)
    {
        if (job.ConfirmationId is not { } confirmation)
            return;
        var state = end == JobStatus.Failed ? ConfirmationState.Failed : ConfirmationState.Canceled;
        var ended = await sql.ExecuteAsync(
            $"""
            UPDATE confirmations SET state = {state}, ended = {now}, apart_secrets = NULL
            WHERE id = {confirmation} AND state = {ConfirmationState.Open}
            """
        );
        if (ended == 0)
            return;
        var others = await sql.ListAsync(
            $"""
            SELECT id FROM jobs WHERE confirmation_id = {confirmation} AND id <> {job.Id}
              AND status IN ('pending', 'claimed', 'running')
            """,
            row => row.Id<Job>()
        );
        foreach (var id in others)
            if (await LockAsync(sql, id) is { } other)
                await MoveAsync(sql, other, JobTrigger.Cancel, "The other side of the pairs has no results.", now);
    }

    /// <summary>
    /// Ends a job that the server repeatedly failed to handle. The cause may be in the job's row or results, so no
    /// column is read that could be the cause.
    /// </summary>
    public static async Task SetAsideAsync(Sql sql, Id<Job> id, string reason, DateTimeOffset now)
    {
        var job = await sql.FirstAsync(
            $"""
            SELECT uuid, project_id, spec_id, runner_id, status FROM jobs
            WHERE id = {id} AND status IN ('pending', 'claimed', 'running', 'completed'){sql.ForUpdateOf("jobs")}
            """,
            row =>
                (
                    Uuid: row.Uuid(),
                    ProjectId: row.Id<Project>(),
                    SpecId: new Id<Spec>(row.LongOrZero()),
                    RunnerId: row.IdOrNull<Runner>(),
                    Status: row.Word<JobStatus>()
                )
        );
        if (job.Uuid == default || job.Status.Next(JobTrigger.SetAside, attempts: 0) is not { } next)
            return;
        await WriteAsync(
            sql,
            id,
            next,
            reason,
            SqlText.Of($", error = {reason}, completed = COALESCE(completed, {now}), secrets = NULL, tail = NULL"),
            now
        );
        await sql.ExecuteAsync(
            $"""
            UPDATE confirmations SET state = {ConfirmationState.Failed}, ended = {now}, apart_secrets = NULL
            WHERE id = (SELECT confirmation_id FROM jobs WHERE id = {id}) AND state = {ConfirmationState.Open}
            """
        );
        var freed = await sql.ExecuteAsync($"UPDATE runner_slots SET job_id = NULL WHERE job_id = {id}");
        if (freed > 0 && job.RunnerId is { } runner)
            await RunnerTable.ReviseAsync(sql, runner);
        var signal = new Signal.Job(id, job.Uuid, next, job.ProjectId, job.SpecId, job.RunnerId);
        await signal.SendAsync(sql);
    }

    /// <summary>Claims a waiting job, which this transaction has locked, for a slot of a runner.</summary>
    public static async Task<JobRow> ClaimAsync(Sql sql, Id<Job> id, Id<Runner> runnerId, int slot, DateTimeOffset now)
    {
        var next = JobStatus.Pending.Next(JobTrigger.Claim, attempts: 0)
            ?? throw new InvalidOperationException("A job that waits cannot be claimed.");
        var lease = Guid.NewGuid(); // Random, so only the runner that was given the lease can name it.
        await WriteAsync(
            sql,
            id,
            next,
            reason: null,
            SqlText.Of(
                $", attempts = attempts + 1, runner_id = {runnerId}, slot = {slot}, lease = {lease}, claimed = "
                    + $"{now}, heartbeat = {now}"
            ),
            now
        );
        await sql.ExecuteAsync($"UPDATE runner_slots SET job_id = {id} WHERE runner_id = {runnerId} AND slot = {slot}");
        await RunnerTable.ReviseAsync(sql, runnerId);
        var job = (
            await sql.FirstAsync($"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE jobs.id = {id}", JobRow.Read)
        )!;
        await new Signal.Job(job.Id, job.Uuid, job.Status, job.ProjectId, job.Spec.Id, job.RunnerId).SendAsync(sql);
        return job;
    }

    /// <summary>
    /// Writes a status that <see cref="JobLife"/> returned. No other statement of the server writes the status.
    /// </summary>
    /// <param name="more">Further columns to set, each with a comma before it.</param>
    private static Task<int> WriteAsync(
        Sql sql,
        Id<Job> id,
        JobStatus next,
        string? reason,
        SqlText more,
        DateTimeOffset now
    ) =>
        sql.ExecuteAsync($"UPDATE jobs SET status = {next}, reason = {reason}, modified = {now}{more} WHERE id = {id}");

    /// <summary>
    /// Cancels every job of these projects that has not ended, because the projects are being deleted.
    /// </summary>
    /// <param name="projects">A condition on the table projects.</param>
    public static async Task CancelOfAsync(Sql sql, SqlText projects, DateTimeOffset now)
    {
        var open = await sql.ListAsync(
            $"SELECT id FROM jobs WHERE (status = 'pending' OR status IN ('claimed', 'running')) AND project_id IN "
                + $"(SELECT projects.id FROM projects WHERE {projects})",
            row => row.Id<Job>()
        );
        foreach (var id in open)
            if (await LockAsync(sql, id) is { } job)
                await MoveAsync(sql, job, JobTrigger.Cancel, "The project was deleted.", now);
    }

    /// <summary>
    /// Tells runners to stop the jobs of a report that is about to be deleted: the job that fills the report and those
    /// that confirm it. The jobs are deleted with the report.
    /// </summary>
    public static async Task CancelOfReportAsync(Sql sql, Id<Report> reportId)
    {
        // The ids are read first: in one query with the joined columns, the planner would scan all jobs.
        var ids = await sql.ListAsync(
            $"""
            SELECT jobs.id FROM jobs WHERE jobs.report_id = {reportId}
            UNION SELECT jobs.id FROM confirmations
            JOIN jobs ON jobs.confirmation_id = confirmations.id WHERE confirmations.head_report_id = {reportId}
            """,
            row => row.Id<Job>()
        );
        var jobs =
            ids.Count == 0
                ? []
                : await sql.ListAsync(
                    $"SELECT {JobRow.Columns} FROM {JobRow.From} WHERE jobs.id IN {ids}",
                    JobRow.Read
                );
        foreach (var job in jobs.Where(job => !job.Status.HasEnded()))
            await new Signal.Job(
                job.Id,
                job.Uuid,
                JobStatus.Canceled,
                job.ProjectId,
                job.Spec.Id,
                job.RunnerId
            ).SendAsync(sql);
    }

    /// <summary>
    /// Sums the seconds that runners have worked for an organization, on jobs that ended well within a span of time.
    /// </summary>
    public static Task<long> SecondsAsync(
        Sql sql,
        Id<Organization> organizationId,
        DateTimeOffset start,
        DateTimeOffset end,
        CancellationToken ct
    ) =>
        sql.NumberAsync(
            $"""
            SELECT CAST(sum(completed - started) AS BIGINT) FROM jobs
            WHERE organization_id = {organizationId} AND status = 'processed' AND completed BETWEEN {start} AND {end}
            """,
            ct
        );
}
