using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Creates confirmation jobs. When a job's report suspects a change, a runner alternates the image of an earlier report
/// with the image of this report. A branch has at most one confirmation job at a time per testbed; a job that a newer
/// report has made pointless is canceled.
/// </summary>
internal sealed class ConfirmJob(JobSecrets secrets, JobOptions options)
{
    private const string NotSuspectedAnyMore =
        "A newer report of the branch no longer suspects the change that this job was to confirm.";

    /// <summary>
    /// Finds the oldest version that pairs could run as the base of a job's report. Null when the runner cannot run
    /// pairs, or confirmation jobs are switched off. Called in the transaction that fills the report, before its
    /// results are judged.
    /// </summary>
    public async Task<Id<VersionRow>?> PairsFromAsync(Sql sql, JobRow job, StoredReport report)
    {
        if (options.Confirming == ConfirmingJobs.Off || !await IsWantedAsync(sql, job.ProjectId))
            return null;
        var knowsPairs = await sql.AnyAsync($"SELECT 1 FROM runners WHERE id = {job.RunnerId} AND pairs = 1");
        return knowsPairs
            ? await ConfirmationTable.OldestBaseAsync(
                sql,
                job.ProjectId,
                report.Report.HeadId,
                report.Testbed.Id,
                job.Spec.Id,
                report.Report.VersionId
            )
            : null;
    }

    /// <summary>
    /// Called after a job's report was judged, in the same transaction: cancels a pointless confirmation and creates a
    /// new one if wanted.
    /// </summary>
    /// <param name="job">The job that filled the report. It must still have its environment's secrets.</param>
    /// <param name="suspected">The suspicions in the report's series.</param>
    public async Task AfterReportAsync(
        Sql sql,
        ProjectRow project,
        JobRow job,
        StoredReport report,
        IReadOnlyList<Suspicion> suspected,
        DateTimeOffset now
    )
    {
        var (headId, testbedId) = (report.Report.HeadId, report.Testbed.Id);
        suspected = Confirming.Shown(suspected, report.Report.VersionId);
        if (await ConfirmationTable.OpenAsync(sql, headId, testbedId, job.Spec.Id) is { } open)
        {
            if (!Confirming.IsPointless(open.BaseVersionId, open.HeadVersionId, suspected))
                return;
            // Its results have already arrived, so they are still judged.
            if (!await CancelAsync(sql, open.Id, NotSuspectedAnyMore, now))
                return;
        }
        if (options.Confirming == ConfirmingJobs.Off || !await IsWantedAsync(sql, project.Id))
            return;
        await AskAsync(sql, project, job, report, suspected, now);
    }

    /// <summary>
    /// Creates a confirmation job for the suspicions at this report, if there are an image of this report and of an
    /// earlier one, and time for enough pairs.
    /// </summary>
    public async Task AskAsync(
        Sql sql,
        ProjectRow project,
        JobRow job,
        StoredReport report,
        IReadOnlyList<Suspicion> suspected,
        DateTimeOffset now
    )
    {
        if (Confirming.Plan([.. suspected.Where(one => !one.IsReproduced)]) is not { } plan)
            return;
        var config = job.ParsedConfig;
        // A backdated job builds up a history and is not confirmed. A job whose environment variables are gone would
        // run a different benchmark.
        if (config.Backdate is not null || config.Env is { Count: > 0 } && job.Secrets is null)
            return;
        var (headId, testbedId) = (report.Report.HeadId, report.Testbed.Id);
        var before = await ConfirmationTable.BaseAsync(sql, project.Id, headId, testbedId, job.Spec.Id, plan.Base);
        if (before is null)
            return;
        var timeoutMax = Math.Min(options.TimeoutMax, job.Spec.TimeoutMax ?? int.MaxValue);
        var took = (job.Completed ?? now) - (job.Started ?? job.Created);
        if (Confirming.Fit(plan.Pairs, took / Math.Max(1, config.Iter ?? 1), timeoutMax) is not var (pairs, timeout))
            return;
        await InsertAsync(sql, project, job, report, before, PairOrder.Draw(pairs, Random.Shared), timeout, now);
    }

    private async Task InsertAsync(
        Sql sql,
        ProjectRow project,
        JobRow job,
        StoredReport report,
        BaseReport before,
        PairOrder order,
        int timeout,
        DateTimeOffset now
    )
    {
        var (uuid, other) = (Guid.CreateVersion7(now), Guid.CreateVersion7(now));
        var whole = secrets.Join(job.Uuid, job.ParsedConfig, job.Secrets) with
        {
            Timeout = timeout,
            Iter = null,
            Fold = null,
            AllowFailure = null,
            Pairs = new(before.Digest, ImageOf(before), order.ToString()),
        };
        var (config, sealedEnvironment) = secrets.Split(uuid, whole);
        var (_, sealedForOther) = secrets.Split(other, whole);
        var confirmation = await sql.InsertAsync<ConfirmationRow>(
            $"""
            INSERT INTO confirmations (project_id, head_id, testbed_id, spec_id, base_report_id, base_version_id, base_digest,
                head_report_id, run_order, apart, apart_uuid, apart_secrets, state, created)
            VALUES ({project.Id}, {report.Report.HeadId}, {report.Testbed.Id}, {job.Spec.Id}, {before.ReportId}, {before.VersionId},
                {before.Digest}, {report.Report.Id}, {order.ToString()}, 0, {other}, {sealedForOther}, {ConfirmationState.Open}, {now})
            """
        );
        var priority = options.Confirming == ConfirmingJobs.Among ? SubmitJob.Priority : SubmitJob.PriorityAfter;
        var id = await SubmitJob.InsertAsync(
            sql,
            new(project, job.Spec.Id, uuid, config, sealedEnvironment, priority, Address: null)
            {
                ConfirmationId = confirmation,
            },
            now
        );
        await new Signal.Job(id, uuid, JobStatus.Pending, project.Id, job.Spec.Id, RunnerId: null).SendAsync(sql);
    }

    /// <summary>Cancels a confirmation that is no longer needed, and its jobs.</summary>
    /// <returns>False when its results have already arrived.</returns>
    public static async Task<bool> CancelAsync(
        Sql sql,
        Id<ConfirmationRow> confirmationId,
        string reason,
        DateTimeOffset now
    )
    {
        var jobs = await sql.ListAsync(
            $"SELECT id, status FROM jobs WHERE confirmation_id = {confirmationId} ORDER BY id",
            row => (Id: row.Id<Job>(), Status: row.Word<JobStatus>())
        );
        if (jobs.Exists(job => job.Status == JobStatus.Completed))
            return false;
        foreach (var (id, _) in jobs)
            if (await JobTable.LockAsync(sql, id) is { } job)
                await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, reason, now);
        await ConfirmationTable.EndAsync(sql, confirmationId, ConfirmationState.Canceled, now);
        return true;
    }

    /// <summary>
    /// Splits a confirmation job that a runner without support for pairs takes: each side becomes a separate job, for
    /// this runner only. The run order, which was drawn at random, decides which side this job becomes.
    /// </summary>
    public static async Task SetApartAsync(Sql sql, Id<Job> jobId, Id<Runner> runnerId, DateTimeOffset now)
    {
        var job = await sql.FirstAsync(
            $"""
            SELECT jobs.confirmation_id, jobs.config, confirmations.apart_uuid, confirmations.apart_secrets
            FROM jobs JOIN confirmations ON confirmations.id = jobs.confirmation_id WHERE jobs.id = {jobId} AND jobs.side IS NULL
            """,
            row => new
            {
                Confirmation = row.Id<ConfirmationRow>(),
                Config = row.Text(),
                Uuid = row.Uuid(),
                Secrets = row.TextOrNull(),
            }
        );
        if (job is null)
            return;
        var whole = JsonSerializer.Deserialize(job.Config, Wire.Default.JobConfig)!;
        if (whole.Pairs is not { } pairs || !PairOrder.TryParse(pairs.Order, out var order))
            return;
        var ofHead = whole with { Pairs = null, Iter = (uint)order.Pairs };
        var ofBase = ofHead with { Digest = pairs.Digest, Image = pairs.Image };
        var first = order.Runs[0];
        var (mine, others) = first == PairSide.Base ? (ofBase, ofHead) : (ofHead, ofBase);
        var second = first == PairSide.Base ? PairSide.Head : PairSide.Base;
        await sql.ExecuteAsync(
            $"""
            UPDATE jobs SET config = {Json(mine)}, digest = {mine.Digest}, side = {first}, only_runner_id = {runnerId}
            WHERE id = {jobId}
            """
        );
        await sql.ExecuteAsync(
            $"""
            INSERT INTO jobs (uuid, key, kind, organization_id, project_id, spec_id, digest, config, secrets, sealed, timeout, priority,
                address, status, attempts, created, modified, confirmation_id, side, only_runner_id)
            SELECT {job.Uuid}, {SubmitJob.NewKey()}, kind, organization_id, project_id, spec_id, {others.Digest}, {Json(
                others
            )},
                {job.Secrets}, 1, timeout, priority, address, {JobStatus.Pending}, 0, {now}, {now}, confirmation_id, {second}, {runnerId}
            FROM jobs WHERE id = {jobId}
            """
        );
        await sql.ExecuteAsync(
            $"UPDATE confirmations SET apart = 1, apart_secrets = NULL WHERE id = {job.Confirmation}"
        );
    }

    private static string Json(JobConfig config) => JsonSerializer.Serialize(config, Wire.Default.JobConfig);

    private static string? ImageOf(BaseReport report) =>
        JsonSerializer.Deserialize(report.Config, Wire.Default.JobConfig)?.Image;

    private static async Task<bool> IsWantedAsync(Sql sql, Id<Project> projectId) =>
        !await sql.AnyAsync($"SELECT 1 FROM verdict_settings WHERE project_id = {projectId} AND confirming_jobs = 0");
}
