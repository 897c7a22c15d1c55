using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Thresholds;
using Paddock.Server.Results.Verdicts;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>A run as it comes in, whichever way: by the API or from a job.</summary>
internal sealed record Run(
    NameId<BranchName> Branch,
    string? Hash,
    NewStartPoint? StartPoint,
    NameId<ResourceName> Testbed,
    bool SpecReset,
    ReportThresholds? Thresholds,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    ReportSettings? Settings,
    IReadOnlyList<HarnessResults> Results,
    IReadOnlyList<Remark> Remarks,
    Guid? IdempotencyKey
)
{
    /// <summary>What is done otherwise than the run asked for.</summary>
    public IReadOnlyList<Notice> Notices { get; init; } = [];

    /// <summary>What the commit of <see cref="Hash"/> says; null where nobody told.</summary>
    public CommitWords? Commit { get; init; }

    /// <summary>What the machine looked like; null where nobody told.</summary>
    public RunEnvironment? Environment { get; init; }

    /// <summary>Whether it is part of an imported history: no threshold judges it, so it raises no alert.</summary>
    public bool IsPast { get; init; }
}

/// <summary>Where a run stands: which history counts for it, and its own place in that.</summary>
/// <param name="Inherits">Whether the head's history includes that of its start point.</param>
internal readonly record struct RunPlace(
    Id<Head> HeadId,
    bool Inherits,
    Id<VersionRow> VersionId,
    Id<Testbed> TestbedId,
    Id<Spec>? SpecId,
    DateTimeOffset StartTime
)
{
    /// <summary>The kind of machine, and the harness that measured on it.</summary>
    public EnvironmentKind Environment { get; init; }
}

/// <summary>
/// How a run becomes a report. Its outputs have been read before; here its names are resolved, its metrics judged and
/// recorded and its alerts raised, in the transaction of the caller: all of it is there afterwards, or nothing.
/// </summary>
internal static class ReceiveRun
{
    /// <param name="judges">Whether its series get verdicts.</param>
    public static async Task<StoredReport> RecordAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        RunNames names,
        DateTimeOffset now,
        bool judges = true
    ) => await (await PrepareAsync(sql, project, user, run, names, now, judges))();

    /// <summary>Resolves what runs of a branch can look up beside each other.</summary>
    /// <param name="inSlices">Whether only the first slice of a long run is recorded here; the caller records the
    /// others by <see cref="LongRuns"/>.</param>
    /// <returns>The rest, which locks the branch: from there on it is one after the other.</returns>
    public static async Task<Func<Task<StoredReport>>> PrepareAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        RunNames names,
        DateTimeOffset now,
        bool judges,
        bool inSlices = false
    )
    {
        var testbed = await TestbedTable.GetOrCreateAsync(sql, project, run.Testbed, now);
        var metrics = await ResolveMetricsAsync(sql, project, run.Results, names, now);
        VersionTable.WillAsk(sql, run.Hash);
        return () => RecordAsync(sql, project, user, run, testbed, metrics, now, judges, inSlices);
    }

    private static async Task<StoredReport> RecordAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        TestbedRow testbed,
        List<ReportMetric> metrics,
        DateTimeOffset now,
        bool judges,
        bool inSlices
    )
    {
        var (branch, head, notice) = await BranchTable.GetOrCreateAsync(
            sql,
            project,
            run.Branch,
            run.StartPoint,
            CloneThresholds.Instance,
            now
        );
        if (notice is not null)
            run = run with { Notices = [notice, .. run.Notices] };
        run = run with { Environment = WithHarness(run.Environment, run.Results) };
        if (run.SpecReset && testbed.SpecId is not null)
            await sql.ExecuteAsync($"UPDATE testbeds SET spec_id = NULL, modified = {now} WHERE id = {testbed.Id}");
        await ThresholdTable.SetFromRunAsync(sql, project, branch.Id, testbed.Id, run.Thresholds, now);
        var version = await VersionTable.ForReportAsync(sql, head.Id, run.Hash, run.Commit);
        var place = new RunPlace(
            head.Id,
            Inherits: head.StartVersionId is not null,
            version.Id,
            testbed.Id,
            SpecId: null,
            run.StartTime
        )
        {
            Environment = await EnvironmentTable.KindAsync(sql, project, run.Environment),
        };

        var thresholds = run.IsPast ? [] : await ThresholdTable.InForceAsync(sql, branch.Id, testbed.Id);
        var slices = inSlices ? RunSlices.OfLong(metrics) : null;

        // judge, against what was there before this run
        var change = await JudgeMetrics.RunAsync(sql, place, slices?.First ?? metrics, thresholds, now);

        // A long run's are complete with its last slice.
        if (slices is null)
            run = run with { Notices = [.. run.Notices, .. ThinHistory.NoticesOf(metrics)] };

        // record, and raise alerts
        var report = await ReportTable.InsertAsync(
            sql,
            project,
            user,
            run,
            place,
            Counts(run.Results.Count, metrics),
            metrics.Count,
            now,
            change,
            isComplete: slices is null
        );
        RestOfRun? rest = null;
        if (slices is null)
            await KeepAsync(sql, project, report.Id, place, metrics, judges, now);
        else
        {
            rest = new(slices, new(project, report.Id, branch.Id, place, thresholds, run.Notices, judges, now));
            await slices.KeepAsync(sql, slice: 0, rest.Open);
        }
        return new(
            report,
            user?.ToPublic(),
            branch,
            head,
            version.ToWire(),
            testbed,
            Spec: null,
            metrics,
            Job: null,
            place.Environment.IsTold ? EnvironmentTable.TextOf(run.Environment!) : null
        )
        {
            Rest = rest,
        };
    }

    /// <summary>
    /// The report of a run that a runner will carry out: it has its place in the history, and no results yet.
    /// </summary>
    public static async Task<StoredReport> OpenAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        TestbedRow testbed,
        SpecRow spec,
        DateTimeOffset now
    )
    {
        var (branch, head, notice) = await BranchTable.GetOrCreateAsync(
            sql,
            project,
            run.Branch,
            run.StartPoint,
            CloneThresholds.Instance,
            now
        );
        if (notice is not null)
            run = run with { Notices = [notice, .. run.Notices] };
        await ThresholdTable.SetFromRunAsync(sql, project, branch.Id, testbed.Id, run.Thresholds, now);
        var version = await VersionTable.ForReportAsync(sql, head.Id, run.Hash, run.Commit);
        var place = new RunPlace(
            head.Id,
            Inherits: head.StartVersionId is not null,
            version.Id,
            testbed.Id,
            spec.Id,
            run.StartTime
        );
        var report = await ReportTable.InsertAsync(sql, project, user, run, place, counts: [], metrics: 0, now);
        return new(report, user?.ToPublic(), branch, head, version.ToWire(), testbed, spec, Metrics: []);
    }

    /// <summary>The results of such a run, judged against what is there now.</summary>
    /// <param name="pairsFrom">The oldest version that a confirming job can run as the base; null where none
    /// can.</param>
    /// <returns>What is suspected; null where nothing was judged.</returns>
    public static async Task<IReadOnlyList<Suspicion>?> FillAsync(
        Sql sql,
        ProjectRow project,
        StoredReport report,
        ReadRun read,
        RunNames names,
        DateTimeOffset start,
        DateTimeOffset end,
        DateTimeOffset now,
        bool judges = true,
        RunEnvironment? environment = null,
        Id<VersionRow>? pairsFrom = null
    )
    {
        var (head, row) = (report.Head, report.Report);
        var metrics = await ResolveMetricsAsync(sql, project, read.Results, names, now);
        await BranchTable.LockAsync(sql, report.Branch.Id); // One after the other, as reports come with their results.
        var place = new RunPlace(
            head.Id,
            Inherits: head.StartVersionId is not null,
            row.VersionId,
            report.Testbed.Id,
            report.Spec?.Id,
            start
        )
        {
            Environment = await EnvironmentTable.KindAsync(sql, project, WithHarness(environment, read.Results)),
        };
        var change = await JudgeMetrics.RunAsync(
            sql,
            place,
            metrics,
            await ThresholdTable.InForceAsync(sql, report.Branch.Id, report.Testbed.Id),
            now
        );
        await ReportTable.FillAsync(
            sql,
            row.Id,
            place.Environment.Id,
            start,
            end,
            Counts(read.Results.Count, metrics),
            metrics.Count,
            read.Remarks,
            [.. row.Notices, .. read.Notices, .. ThinHistory.NoticesOf(metrics)],
            change
        );
        return await KeepAsync(sql, project, row.Id, place, metrics, judges, now, pairsFrom);
    }

    // Where nobody told what the machine is, its harness alone makes no kind.
    private static RunEnvironment? WithHarness(RunEnvironment? environment, IReadOnlyList<HarnessResults> results) =>
        environment is null
            ? null
            : environment with
            {
                Harness = environment.Harness
                    ?? results.Select(one => one.Harness).FirstOrDefault(one => one is not null),
            };

    private static async Task<IReadOnlyList<Suspicion>?> KeepAsync(
        Sql sql,
        ProjectRow project,
        Id<Report> reportId,
        RunPlace place,
        List<ReportMetric> metrics,
        bool judges,
        DateTimeOffset now,
        Id<VersionRow>? pairsFrom = null
    )
    {
        await MetricTable.AssignSeriesAsync(sql, place, metrics);
        var suspected = judges
            ? await JudgeSeries.RunAsync(sql, project, place, reportId, metrics, now, pairsFrom)
            : null;
        await MetricTable.InsertAsync(sql, reportId, place.VersionId, place.StartTime, metrics);
        await RaiseAlerts.InsertAsync(sql, project, reportId, metrics, now);
        return suspected;
    }

    private static async Task<List<ReportMetric>> ResolveMetricsAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyList<HarnessResults> results,
        RunNames names,
        DateTimeOffset now
    )
    {
        await names.ResolveAsync(sql, project, now);

        var metrics = new List<ReportMetric>();
        var seen = new HashSet<(int Iteration, long Benchmark, long Measure)>();
        for (var iteration = 0; iteration < results.Count; iteration++)
            foreach (var benchmark in results[iteration].Benchmarks)
            {
                var (row, silent) = names.RowOf(benchmark);
                foreach (var (measureKey, metric) in benchmark.Metrics)
                {
                    var measure = names.RowOf(measureKey);
                    if (!seen.Add((iteration, row.Id, measure.Id)))
                        throw Refusal.BadInput(
                            $"results[{iteration}]: the benchmark {Text.Quote(row.Name)} has the measure "
                                + $"{Text.Quote(measure.Name)} twice, under different names"
                        );
                    metrics.Add(
                        new((uint)iteration, row, measure, metric)
                        {
                            Silent = silent,
                            MeanOfThose = results[iteration].MeanOfThose(benchmark, measureKey),
                        }
                    );
                }
            }
        return metrics;
    }

    internal static List<IterationCounts> Counts(int iterations, List<ReportMetric> metrics)
    {
        var counts = new List<IterationCounts>(iterations);
        var byIteration = metrics.ToLookup(m => m.Iteration);
        for (uint i = 0; i < iterations; i++)
        {
            var (benchmarks, measures) = (new HashSet<long>(), new HashSet<long>());
            foreach (var metric in byIteration[i])
            {
                benchmarks.Add(metric.Benchmark.Id);
                measures.Add(metric.Measure.Id);
            }
            if (benchmarks.Count > 0)
                counts.Add(new((uint)benchmarks.Count, (uint)measures.Count));
        }
        return counts;
    }
}
