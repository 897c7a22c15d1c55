using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Branches;
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

/// <summary>
/// Turns a run into a report, in the transaction of the caller: resolves names, judges and records metrics, and raises
/// alerts. The outputs are parsed before. Either everything is recorded or nothing.
/// </summary>
internal static class ReceiveRun
{
    /// <param name="judges">True when the series get verdicts.</param>
    public static async Task<StoredReport> RecordAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        RunNames names,
        DateTimeOffset now,
        bool judges = true
    ) => await (await PrepareAsync(sql, project, user, run, names, now, judges))();

    /// <summary>Resolves everything that runs of one branch can look up in parallel.</summary>
    /// <param name="inSlices">True when this records only the first slice of a long run; the caller records the
    /// others with <see cref="LongRuns"/>.</param>
    /// <returns>The remaining work. It locks the branch, so runs of one branch do it one after the other.</returns>
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
        await SetThresholds.FromRunAsync(sql, project, branch.Id, testbed.Id, run.Thresholds, now);
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

        // judge against the history before this run
        var change = await JudgeMetrics.RunAsync(sql, place, slices?.First ?? metrics, thresholds, now);

        // The alerts of a long run are complete after its last slice.
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
    /// Creates the report of a run that a runner will execute. The report has a place in history but no results yet.
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
        await SetThresholds.FromRunAsync(sql, project, branch.Id, testbed.Id, run.Thresholds, now);
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

    /// <summary>Records the results of such a run, judged against the history as it is now.</summary>
    /// <param name="pairsFrom">The oldest version that a confirming job can run as the base; null when none
    /// can.</param>
    /// <returns>The suspicions; null when nothing was judged.</returns>
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
        await BranchTable.LockAsync(sql, report.Branch.Id); // Serializes judging, as for any report.
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

    // Without an environment the harness alone does not define a kind of machine.
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
        await SeriesTable.AssignAsync(sql, place, metrics);
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
