using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Judges the results of a completed confirmation job, which prove or refute a suspicion. If its sides are separate
/// jobs, this happens when the last one completes. It may be started repeatedly, also by several servers at once.
/// </summary>
internal sealed class ProcessConfirmation(
    Db db,
    JobOutputs outputs,
    ConfirmJob confirm,
    Shares shares,
    TimeProvider time
)
{
    private const string Unreadable = "The runs ended well, but their results cannot be read.";

    /// <param name="output">The job's output; null to load it from the store.</param>
    public async Task RunAsync(JobRow job, Id<ConfirmationRow> confirmationId, JobOutput? output)
    {
        var confirmation = await db.ReadAsync(
            sql => ConfirmationTable.FindAsync(sql, confirmationId),
            CancellationToken.None
        );
        if (confirmation is null || !PairOrder.TryParse(confirmation.RunOrder, out var order))
            return;
        try
        {
            output ??= await outputs.LoadAsync(job.OutputId) ?? throw Refusal.BadInput(ProcessJob.Gone);
            var runs = await RunsAsync(job, confirmation, order, output);
            if (runs is not var (ofBase, ofHead))
            {
                await FinishAsync(job, sql => Task.CompletedTask);
                return;
            }
            var project = await db.ReadAsync(sql => ProjectTable.FindAsync(sql, job.ProjectId), CancellationToken.None);
            var head = project is null
                ? null
                : await db.ReadAsync(
                    sql => ReportTable.FindAsync(sql, project, confirmation.HeadReport),
                    CancellationToken.None
                );
            if (project is null || head is null)
                return;
            var (pairs, names) = await ReadAsync(job, head, project, ofBase, ofHead);
            await FinishAsync(job, sql => JudgeAsync(sql, project, confirmation, pairs, names));
        }
        catch (Refusal e)
        {
            await db.WriteAsync(async sql =>
            {
                if (await JobTable.LockAsync(sql, job.Id) is not { Status: JobStatus.Completed } locked)
                    return;
                var error = SqlText.Of($", error = {ProcessJob.Plain(e.Message)}");
                await JobTable.MoveAsync(sql, locked, JobTrigger.Fail, Unreadable, time.GetUtcNow(), error);
            });
        }
    }

    // The branch is locked first, the same order as when judging a report cancels a confirmation job, to avoid
    // deadlocks.
    private Task FinishAsync(JobRow job, Func<Sql, Task> judge) =>
        db.WriteAsync(async sql =>
        {
            var branch = await sql.IdAsync<Branch>(
                $"""
                SELECT heads.branch_id FROM confirmations JOIN heads ON heads.id = confirmations.head_id
                WHERE confirmations.id = {job.ConfirmationId}
                """
            );
            await BranchTable.LockAsync(sql, branch);
            if (await JobTable.LockAsync(sql, job.Id) is not { Status: JobStatus.Completed } locked)
                return;
            await JobTable.MoveAsync(sql, locked, JobTrigger.Process, reason: null, time.GetUtcNow());
            await judge(sql);
        });

    private async Task JudgeAsync(
        Sql sql,
        ProjectRow project,
        ConfirmationRow confirmation,
        IReadOnlyList<ReadPair> pairs,
        RunNames names
    )
    {
        var now = time.GetUtcNow();
        // The results of a job already recorded as lost may still be delivered.
        var isOpen =
            await ConfirmationTable.FindAsync(sql, confirmation.Id) is
            { State: ConfirmationState.Open or ConfirmationState.Failed };
        if (!isOpen)
            return;
        var judged = await JudgePairs.RunAsync(sql, project, confirmation, pairs, names, now);
        await ConfirmationTable.EndAsync(sql, confirmation.Id, judged?.State ?? ConfirmationState.Undecided, now);
        if (judged is not { Left.Count: > 0, Newest.Job: { } newest })
            return;
        // Suspicions raised meanwhile had to wait for this confirmation. By now the environment variables of their job
        // are erased.
        if (await JobTable.FindAsync(sql, newest) is { } job)
            await confirm.AskAsync(sql, project, job, judged.Newest, judged.Left, now);
    }

    /// <returns>The output of each run of either side, pair by pair; null when the other side has not
    /// finished.</returns>
    private async Task<(IterationOutput[] Base, IterationOutput[] Head)?> RunsAsync(
        JobRow job,
        ConfirmationRow confirmation,
        PairOrder order,
        JobOutput output
    )
    {
        if (job.Side is not { } side)
        {
            RefuseOtherCount(output, order.Runs.Count);
            return order.Split(output.Results);
        }
        var other = await db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"""
                    SELECT output_id FROM jobs WHERE confirmation_id = {confirmation.Id} AND id <> {job.Id}
                      AND status IN ('completed', 'processed')
                    """,
                    row => row.IdOrNull<JobOutput>()
                ),
            CancellationToken.None
        );
        if (other is null)
            return null;
        var others = await outputs.LoadAsync(other) ?? throw Refusal.BadInput(ProcessJob.Gone);
        RefuseOtherCount(output, order.Pairs);
        RefuseOtherCount(others, order.Pairs);
        IterationOutput[] mine = [.. output.Results],
            theirs = [.. others.Results];
        return side == PairSide.Base ? (mine, theirs) : (theirs, mine);
    }

    private static void RefuseOtherCount(JobOutput output, int runs)
    {
        if (output.Results.Count != runs)
            throw Refusal.BadInput($"results: the runner sent {output.Results.Count}; it was to run {runs} times");
    }

    private async Task<(List<ReadPair> Pairs, RunNames Names)> ReadAsync(
        JobRow job,
        StoredReport head,
        ProjectRow project,
        IterationOutput[] ofBase,
        IterationOutput[] ofHead
    )
    {
        var config = job.ParsedConfig;
        var settings = new ReportSettings(
            head.Report.Adapter,
            config.Average,
            Fold: null,
            config.Measures,
            config.Pattern
        );
        var spends = new CallerKey(CallerKind.ProjectKey, (ulong)job.ProjectId.Value);
        using var place = await shares.PatternAsync(settings, spends, CancellationToken.None);
        List<ReadPair> pairs = [.. ofBase.Zip(ofHead, (before, after) => new ReadPair(Read(before), Read(after)))];
        var all = pairs.SelectMany(pair => new[] { pair.Base, pair.Head }).OfType<ReadRun>();
        return (pairs, new RunNames([.. all.SelectMany(run => run.Results)], thresholds: null));

        ReadRun? Read(IterationOutput run)
        {
            var texts = ProcessJob.Strings(new([run]));
            return texts.Count == 0 ? null : ReadResults.Of(texts, settings, project, setSizes: [texts.Count]);
        }
    }
}
