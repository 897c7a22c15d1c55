using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Projects;

namespace Paddock.Server.Results.Reports;

/// <summary>Converts reports to their JSON form.</summary>
internal static class ReportWire
{
    /// <summary>The report with all results and alerts.</summary>
    public static Report Full(ProjectRow project, StoredReport stored)
    {
        var metrics = stored.Metrics!;
        var (benchmarks, measures, thresholds) = (
            new Dictionary<long, Benchmark>(),
            new Dictionary<long, Measure>(),
            new Dictionary<long, MetricThreshold>()
        );
        var branch = stored.Branch.ToWire(project, stored.Head, stored.Version);
        var testbed = stored.Testbed.ToWire(project, stored.Spec);
        // By iteration, benchmark name and measure name, in byte order; sorted once for results and alerts.
        var sorted = metrics
            .OrderBy(m => m.Iteration)
            .ThenBy(m => m.Benchmark.Name, StringComparer.Ordinal)
            .ThenBy(m => m.Measure.Name, StringComparer.Ordinal)
            .ToList();

        var iterations = new List<IReadOnlyList<ReportResult>>();
        var alerts = new List<Alert>();
        for (var i = 0; i < sorted.Count; )
        {
            var results = new List<ReportResult>();
            var iteration = sorted[i].Iteration;
            while (i < sorted.Count && sorted[i].Iteration == iteration)
            {
                var (benchmark, ofBenchmark) = (sorted[i].Benchmark, new List<ReportMeasure>(1));
                for (
                    ;
                    i < sorted.Count && sorted[i].Iteration == iteration && sorted[i].Benchmark.Id == benchmark.Id;
                    i++
                )
                {
                    var metric = sorted[i];
                    ofBenchmark.Add(
                        new(
                            MeasureOf(metric),
                            MetricOf(stored, metric),
                            ThresholdOf(metric),
                            metric.JudgedBy is null ? null : metric.Boundary,
                            metric.NoLimits,
                            metric.Verdict
                        )
                    );
                    if (metric.Alert is not null)
                        alerts.Add(
                            AlertOf(
                                project,
                                stored,
                                metric,
                                branch,
                                testbed,
                                MeasureOf(metric),
                                BenchmarkOf(metric.Benchmark)
                            )
                        );
                }
                results.Add(new(iteration, BenchmarkOf(benchmark), ofBenchmark));
            }
            iterations.Add(results);
        }
        var counts = new AlertCounts((uint)alerts.Count, (uint)alerts.Count(a => a.Status == AlertStatus.Active));
        return Of(project, stored, branch, testbed, iterations, alerts, counts) with
        {
            Changes = VerdictWords.Sum(ToldOf(metrics), stored.Confirmation),
        };

        // Creates one object for each row, however many metrics refer to it.
        Benchmark BenchmarkOf(BenchmarkRow row) =>
            benchmarks.TryGetValue(row.Id, out var wire) ? wire : benchmarks[row.Id] = row.ToWire(project);
        Measure MeasureOf(ReportMetric metric) =>
            measures.TryGetValue(metric.Measure.Id, out var wire)
                ? wire
                : measures[metric.Measure.Id] = metric.Measure.ToWire(project);
        MetricThreshold? ThresholdOf(ReportMetric metric) =>
            metric.JudgedBy is not { } judge ? null
            : thresholds.TryGetValue(judge.Model.Id, out var wire) ? wire
            : thresholds[judge.Model.Id] = judge.Threshold.ToWire(project, judge.Model);
    }

    /// <summary>The verdicts of a report, one for each series.</summary>
    public static List<ToldVerdict> ToldOf(IReadOnlyList<ReportMetric> metrics) =>
        [
            .. metrics
                .Where(metric => metric.Verdict is not null)
                .DistinctBy(metric => metric.SeriesId.Value)
                .Select(metric => new ToldVerdict(
                    metric.Benchmark.Name,
                    metric.Measure.Name,
                    metric.Measure.Units,
                    metric.Verdict!
                )),
        ];

    /// <summary>For lists: only the numbers of results and alerts.</summary>
    public static Report Collapsed(ProjectRow project, StoredReport stored, AlertCounts? alerts) =>
        Of(
            project,
            stored,
            stored.Branch.ToWire(project, stored.Head, stored.Version),
            stored.Testbed.ToWire(project, stored.Spec),
            results: null,
            alerts: null,
            alerts ?? new(0, 0)
        );

    /// <summary>A single metric with its report, branch, testbed and threshold.</summary>
    public static OneMetric One(ProjectRow project, StoredReport stored, ReportMetric metric) =>
        new(
            metric.Key(stored.Report.Id).ToUuid(),
            stored.Report.Uuid,
            metric.Iteration,
            stored.Report.StartTime,
            stored.Report.EndTime,
            stored.Branch.ToWire(project, stored.Head, stored.Version),
            stored.Testbed.ToWire(project, stored.Spec),
            metric.Benchmark.ToWire(project),
            metric.Measure.ToWire(project),
            MetricOf(stored, metric),
            metric.JudgedBy is { } judge ? judge.Threshold.ToWire(project, judge.Model) : null,
            metric.JudgedBy is null ? null : metric.Boundary,
            metric.Alert is { } alert ? new(alert.Uuid, alert.Limit, alert.Status, alert.Modified) : null
        );

    private static Report Of(
        ProjectRow project,
        StoredReport stored,
        Branch branch,
        Testbed testbed,
        IReadOnlyList<IReadOnlyList<ReportResult>>? results,
        IReadOnlyList<Alert>? alerts,
        AlertCounts counts
    ) =>
        new(
            stored.Report.Uuid,
            stored.User,
            project.ToWire(),
            branch,
            testbed,
            stored.Report.StartTime,
            stored.Report.EndTime,
            stored.Report.Adapter,
            results,
            alerts,
            new(stored.Report.Counts, counts),
            stored.Job,
            stored.Report.Created,
            stored.ParsedEnvironment,
            results is null || stored.Report.Remarks.Count == 0 ? null : stored.Report.Remarks,
            stored.Report.Notices.Count == 0 ? null : stored.Report.Notices
        );

    private static Metric MetricOf(StoredReport stored, ReportMetric metric) =>
        new(
            metric.Key(stored.Report.Id).ToUuid(),
            metric.Metric.Value,
            metric.Metric.LowerValue,
            metric.Metric.UpperValue
        );

    private static Alert AlertOf(
        ProjectRow project,
        StoredReport stored,
        ReportMetric metric,
        Branch branch,
        Testbed testbed,
        Measure measure,
        Benchmark benchmark
    )
    {
        var (alert, (threshold, model)) = (metric.Alert!, metric.JudgedBy!.Value);
        var wire = new Threshold(
            threshold.Uuid,
            project.Uuid,
            branch,
            testbed,
            measure,
            model.ToWire(),
            threshold.Created,
            threshold.Modified
        );
        return new(
            alert.Uuid,
            stored.Report.Uuid,
            metric.Iteration,
            wire,
            benchmark,
            MetricOf(stored, metric),
            alert.Limit,
            metric.Boundary,
            alert.Status,
            stored.Report.Created,
            alert.Modified
        );
    }
}
