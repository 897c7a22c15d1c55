using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Turns the results of a completed job into the metrics of its report, by the same path as every run. This is one
/// transaction, and only for a job in status completed, so it may be started repeatedly, also by several servers at
/// once.
/// </summary>
internal sealed class ProcessJob(
    Db db,
    JobOutputs outputs,
    NamesAhead ahead,
    CreationLimits creations,
    Shares shares,
    ConfirmJob confirm,
    ProcessConfirmation confirming,
    BaseOptions server,
    TimeProvider time
)
{
    public const string Gone = "The stored output of the job is missing or cannot be read.";

    /// <param name="output">The job's output; null to load it from the store.</param>
    public async Task RunAsync(Guid uuid, JobOutput? output)
    {
        var job = await db.ReadAsync(sql => JobTable.FindAsync(sql, uuid), CancellationToken.None);
        if (job is { Status: JobStatus.Completed, ConfirmationId: { } confirmation })
        {
            await confirming.RunAsync(job, confirmation, output);
            return;
        }
        if (job is not { Status: JobStatus.Completed, Report: { } report })
            return;
        using var span = Spans.Begin(
            "results are recorded",
            await db.ReadAsync(sql => JobSpans.ParentAsync(sql, job.Id), CancellationToken.None)
        );
        output ??= await outputs.LoadAsync(job.OutputId);
        try
        {
            if (output is null)
                throw Refusal.BadInput(Gone);
            var stored = await db.ReadAsync(sql => ReportOfAsync(sql, job), CancellationToken.None);
            if (stored is null)
                return;
            var config = job.ParsedConfig;
            var owner = await db.ReadAsync(sql => ProjectTable.FindAsync(sql, job.ProjectId), CancellationToken.None);
            var settings = new ReportSettings(
                stored.Report.Adapter,
                config.Average,
                config.Fold,
                config.Measures,
                config.Pattern
            );
            var read = await ReadAsync(job, settings, () =>
                ReadResults.Of(Strings(output), settings, owner, setSizes: SetSizes(output))
            );
            var names = new RunNames(read.Results, thresholds: null);
            await ahead.RecordAsync(
                names,
                pace =>
                    db.WriteAsync(async sql =>
                    {
                        if (await JobTable.LockAsync(sql, job.Id) is not { Status: JobStatus.Completed } locked)
                            return false;
                        if (
                            await ProjectTable.FindAsync(sql, locked.ProjectId) is not { } found
                            || await ReportTable.FindAsync(sql, found, report) is not { } opened
                        )
                            return false;
                        var project = pace.Of(found);
                        if (await pace.IsTooLongAsync(sql, project))
                            return false;
                        var now = time.GetUtcNow();
                        var (start, end) = Times(locked, config.Backdate);
                        var suspected = await ReceiveRun.FillAsync(
                            sql,
                            project,
                            opened,
                            read,
                            names,
                            start,
                            end,
                            now,
                            server.Verdicts,
                            locked.ParsedEnvironment,
                            server.Verdicts ? await confirm.PairsFromAsync(sql, locked, opened) : null
                        );
                        await creations.CheckAsync(sql, found, now);
                        if (suspected is not null)
                            await confirm.AfterReportAsync(sql, found, locked, opened, suspected, time.GetUtcNow());
                        await JobTable.MoveAsync(sql, locked, JobTrigger.Process, reason: null, time.GetUtcNow());
                        await pace.SettleAsync(sql);
                        return true;
                    }),
                CancellationToken.None
            );
        }
        catch (Refusal e)
        {
            await db.WriteAsync(async sql =>
            {
                if (await JobTable.LockAsync(sql, job.Id) is not { Status: JobStatus.Completed } locked)
                    return;
                await JobTable.MoveAsync(
                    sql,
                    locked,
                    JobTrigger.Fail,
                    "The benchmark ended well, but its results cannot be read.",
                    time.GetUtcNow(),
                    SqlText.Of($", error = {Plain(e.Message)}")
                );
            });
        }
    }

    private async Task<ReadRun> ReadAsync(JobRow job, ReportSettings settings, Func<ReadRun> read)
    {
        var project = new CallerKey(CallerKind.ProjectKey, (ulong)job.ProjectId.Value);
        using var place = await shares.PatternAsync(settings, project, CancellationToken.None);
        var run = read();
        RunIntake.RefuseTooManyMetrics(run, server.Limits.MetricsPerRun, "PADDOCK_METRICS_PER_RUN_MAX");
        return run;
    }

    /// <summary>
    /// The adapter's input: the files of each iteration, in the order of their paths, or its standard output if it has
    /// no files.
    /// </summary>
    internal static List<Utf8Text> Strings(JobOutput output)
    {
        var strings = new List<Utf8Text>();
        foreach (var iteration in output.Results)
        {
            if (iteration.Output is { } files)
                strings.AddRange(
                    files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => Utf8Text.Of(file.Value))
                );
            else if (iteration.Stdout is { } text)
                strings.Add(Utf8Text.Of(text));
        }
        return strings;
    }

    /// <summary>The number of <see cref="Strings"/> per iteration; iterations without any are left out.</summary>
    private static int[] SetSizes(JobOutput output) =>
        [
            .. output
                .Results.Select(iteration => iteration.Output?.Count ?? (iteration.Stdout is null ? 0 : 1))
                .Where(count => count > 0),
        ];

    /// <summary>Replaces null characters, which PostgreSQL cannot store in a text.</summary>
    internal static string Plain(string text) => text.Replace('\0', '\ufffd');

    private static async Task<StoredReport?> ReportOfAsync(Sql sql, JobRow job) =>
        await ProjectTable.FindAsync(sql, job.ProjectId) is { } project
            ? await ReportTable.FindAsync(sql, project, job.Report!.Value)
            : null;

    private static (DateTimeOffset Start, DateTimeOffset End) Times(JobRow job, DateTimeOffset? backdate)
    {
        var (start, end) = (job.Started ?? job.Claimed ?? job.Created, job.Completed!.Value);
        if (backdate is not { } given)
            return (start, end);
        // Jobs created by older versions may have any date.
        return EnteredTime.IsAllowed(given)
            ? (given, given + (end - start))
            : throw Refusal.BadInput(
                $"backdate: must be a time in the years {EnteredTime.YearMin} to {EnteredTime.YearMax}"
            );
    }
}
