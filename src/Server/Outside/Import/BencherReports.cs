using Paddock.Core.Adapters;
using Paddock.Core.Import;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Verdicts;
using Metric = Paddock.Core.Adapters.Metric;

namespace Paddock.Server.Outside.Import;

/// <summary>
/// Imports the reports of a project with their metrics, boundaries and alerts, in the order of their creation. Each
/// series gets a verdict as if the report had been sent to this server; changes found are accepted at once, because
/// they are not new.
/// </summary>
internal sealed class BencherReports(
    Db db,
    BencherFile file,
    BencherProject project,
    BencherCatalog catalog,
    BencherPeople people
)
{
    private const int ReportsAtOnce = 200;
    private const string Note = "Found in the imported history.";

    internal readonly record struct Made(uint Reports, uint Metrics, uint Alerts, uint Known)
    {
        public static Made operator +(Made a, Made b) =>
            new(a.Reports + b.Reports, a.Metrics + b.Metrics, a.Alerts + b.Alerts, a.Known + b.Known);
    }

    private sealed record TheirReport(
        long Id,
        Guid Uuid,
        string? Key,
        long? User,
        long Head,
        long Version,
        long Testbed,
        long? Spec,
        Adapter Adapter,
        long Start,
        long End,
        long Created
    );

    private sealed record TheirMetric(
        long Report,
        uint Iteration,
        long Benchmark,
        long Measure,
        Metric Metric,
        long? Model,
        double? Baseline,
        double? Lower,
        double? Upper,
        Guid? Alert,
        long Limit,
        long Status,
        long Modified
    );

    public async Task<Made> ImportAsync(DateTimeOffset now)
    {
        var (after, made) = (0L, default(Made));
        while (true)
        {
            var reports = file.List(
                """
                SELECT id, uuid, idempotency_key, user_id, head_id, version_id, testbed_id, spec_id, adapter, start_time, end_time, created FROM report
                WHERE project_id = @project AND id > @after ORDER BY id LIMIT @max
                """,
                row => new TheirReport(
                    row.Long(),
                    row.Uuid(),
                    row.TextOrNull(),
                    row.LongOrNull(),
                    row.Long(),
                    row.Long(),
                    row.Long(),
                    row.LongOrNull(),
                    BencherCodes.AdapterOf(row.Long()),
                    row.RunTime(),
                    row.RunTime(),
                    row.Long()
                ),
                ("@project", project.Theirs),
                ("@after", after),
                ("@max", ReportsAtOnce)
            );
            if (reports.Count == 0)
                return made;
            var metrics = MetricsOf(reports[0].Id, reports[^1].Id);
            made += await db.WriteAsync(sql => RecordAsync(sql, reports, metrics, now));
            after = reports[^1].Id;
        }
    }

    private ILookup<long, TheirMetric> MetricsOf(long first, long last) =>
        file.List(
                """
                SELECT report.id, report_benchmark.iteration, report_benchmark.benchmark_id, metric.measure_id, metric.value, metric.lower_value, metric.upper_value,
                    boundary.model_id, boundary.baseline, boundary.lower_limit, boundary.upper_limit, alert.uuid, alert.boundary_limit, alert.status, alert.modified
                FROM report JOIN report_benchmark ON report_benchmark.report_id = report.id JOIN metric ON metric.report_benchmark_id = report_benchmark.id
                LEFT JOIN boundary ON boundary.metric_id = metric.id LEFT JOIN alert ON alert.boundary_id = boundary.id
                WHERE report.project_id = @project AND report.id BETWEEN @first AND @last ORDER BY report.id, metric.id
                """,
                row => new TheirMetric(
                    row.Long(),
                    row.Iteration(),
                    row.Long(),
                    row.Long(),
                    new Metric(row.Double(), row.DoubleOrNull(), row.DoubleOrNull()),
                    row.LongOrNull(),
                    row.DoubleOrNull(),
                    row.DoubleOrNull(),
                    row.DoubleOrNull(),
                    row.UuidOrNull(),
                    row.LongOrNull() ?? 0,
                    row.LongOrNull() ?? 0,
                    row.LongOrNull() ?? 0
                ),
                ("@project", project.Theirs),
                ("@first", first),
                ("@last", last)
            )
            .ToLookup(metric => metric.Report);

    private async Task<Made> RecordAsync(
        Sql sql,
        List<TheirReport> reports,
        ILookup<long, TheirMetric> metrics,
        DateTimeOffset now
    )
    {
        var known = await ImportedRows.KnownAsync(sql, "reports", [.. reports.Select(report => report.Uuid)]);
        var (made, ids) = (new Made(0, 0, 0, (uint)known.Count), new List<long>());
        foreach (var report in reports.Where(report => !known.ContainsKey(report.Uuid)))
        {
            var (id, alerts, values) = await RecordAsync(sql, report, [.. metrics[report.Id]], now);
            ids.Add(id);
            made += new Made(1, values, alerts, 0);
        }
        var found = await sql.ListAsync(
            $"SELECT uuid FROM changes WHERE project_id = {project.Ours.Id} AND state = {ChangeState.Open} AND "
                + $"report_id IN {ids}",
            row => row.Uuid()
        );
        foreach (var change in found)
            await DecideChange.RunAsync(
                sql,
                project.Ours,
                change,
                new(ChangePatchState.Accepted, Note),
                userId: null,
                now
            );
        return made;
    }

    private async Task<(Id<Report> Id, uint Alerts, uint Metrics)> RecordAsync(
        Sql sql,
        TheirReport report,
        List<TheirMetric> theirs,
        DateTimeOffset now
    )
    {
        var metrics = theirs.ConvertAll(OfTheirs);
        var place = new RunPlace(
            new(catalog.Heads[report.Head]),
            Inherits: true,
            new(catalog.Versions[report.Version]),
            new(catalog.Testbeds[report.Testbed]),
            report.Spec is { } spec ? new(people.Specs[spec]) : null,
            DateTimeOffset.FromUnixTimeSeconds(report.Start)
        );
        var id = await sql.InsertAsync<Report>(
            $"""
            INSERT INTO reports (uuid, project_id, user_id, head_id, version_id, testbed_id, spec_id, adapter, start_time, end_time, counts, metrics,
                idempotency_key, created)
            VALUES ({report.Uuid}, {project.Ours.Id}, {(
                report.User is { } user ? people.Users[user] : null
            )}, {place.HeadId}, {place.VersionId}, {place.TestbedId},
                {place.SpecId}, {report.Adapter}, {report.Start}, {report.End}, {ReportRow.PackCounts(
                ReceiveRun.Counts(Iterations(metrics), metrics)
            )}, {metrics.Count},
                {(UuidText.TryParse(report.Key, out var key) ? key : (Guid?)null)}, {report.Created})
            """
        );
        if (metrics.Count == 0)
            return (id, 0, 0);
        // Records that the head's history has changed; the boundaries are imported, so no threshold is applied.
        await JudgeMetrics.RunAsync(sql, place, metrics, thresholds: [], now);
        var keys = metrics.Select(metric => new SeriesKey(metric.Benchmark.Id, metric.Measure.Id)).Distinct().ToList();
        var series = await SeriesTable.GetOrCreateAsync(sql, place.HeadId, place.TestbedId, place.SpecId, keys);
        foreach (var metric in metrics)
            metric.SeriesId = series[new(metric.Benchmark.Id, metric.Measure.Id)];
        await JudgeSeries.RunAsync(sql, project.Ours, place, id, metrics, now);
        await MetricTable.InsertAsync(sql, id, place.VersionId, place.StartTime, metrics);
        var alerts = theirs
            .Index()
            .Where(one => one.Item.Alert is not null && one.Item.Model is not null)
            .Select(one =>
                SqlText.Of(
                    $"""
                    INSERT INTO alerts (uuid, project_id, report_id, series_id, iteration, model_id, boundary_limit, status, modified)
                    VALUES ({one.Item.Alert}, {project.Ours.Id}, {id}, {metrics[
                        one.Index
                    ].SeriesId}, {one.Item.Iteration}, {catalog.Models[one.Item.Model!.Value].Model.Id},
                        {BencherCodes.LimitOf(one.Item.Limit)}, {BencherCodes.AlertStatusOf(
                        one.Item.Status
                    )}, {one.Item.Modified})
                    """
                )
            )
            .ToList();
        if (alerts.Count > 0)
            await sql.ExecuteEachAsync(alerts);
        return (id, (uint)alerts.Count, (uint)metrics.Count);
    }

    private static int Iterations(List<ReportMetric> metrics) =>
        metrics.Count == 0 ? 0 : (int)metrics.Max(metric => metric.Iteration) + 1;

    private ReportMetric OfTheirs(TheirMetric metric) =>
        new(metric.Iteration, catalog.Benchmarks[metric.Benchmark], catalog.Measures[metric.Measure], metric.Metric)
        {
            JudgedBy = metric.Model is { } model ? catalog.Models[model] : null,
            Boundary = new(metric.Baseline, metric.Lower, metric.Upper),
        };
}
