using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Alerts;
using Paddock.Server.Results.Thresholds;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Reports;

/// <summary>Loads the metrics of reports in at most nine queries, however many reports there are.</summary>
internal static class ReportMetrics
{
    private sealed record Found(
        Id<Report> ReportId,
        Id<Series> SeriesId,
        Id<Benchmark> BenchmarkId,
        Id<Measure> MeasureId,
        uint Iteration,
        Core.Adapters.Metric Metric,
        Id<ModelRow>? ModelId,
        Boundary Boundary,
        NoLimits? NoLimits
    );

    public static async Task<IReadOnlyList<StoredReport>> LoadAsync(
        Sql sql,
        IReadOnlyList<StoredReport> reports,
        CancellationToken ct
    )
    {
        if (reports.Count == 0)
            return reports;
        Id<Report>[] ids = [.. reports.Select(r => r.Report.Id)];
        var found = await FindAsync(sql, ids, ct);
        var benchmarks = (
            await sql.ListAsync(
                $"SELECT {BenchmarkRow.Columns} FROM benchmarks WHERE id IN {Distinct(found, f => f.BenchmarkId)}",
                BenchmarkRow.Read,
                ct
            )
        ).ToDictionary(b => b.Id.Value);
        var measures = (
            await sql.ListAsync(
                $"SELECT {MeasureRow.Columns} FROM measures WHERE id IN {Distinct(found, f => f.MeasureId)}",
                MeasureRow.Read,
                ct
            )
        ).ToDictionary(m => m.Id.Value);
        var models = await ModelsAsync(
            sql,
            Distinct(found.Where(f => f.ModelId is not null), f => f.ModelId!.Value),
            ct
        );
        var alerts = await AlertTable.RaisedAsync(sql, SqlText.Of($"report_id IN {ids}"), ct);

        var byReport = found.ToLookup(
            f => f.ReportId.Value,
            f => new ReportMetric(f.Iteration, benchmarks[f.BenchmarkId], measures[f.MeasureId], f.Metric)
            {
                SeriesId = f.SeriesId,
                JudgedBy = f.ModelId is { } model ? models[model] : null,
                Boundary = f.Boundary,
                NoLimits = f.NoLimits,
                Alert = alerts.GetValueOrDefault((f.ReportId, f.SeriesId, f.Iteration)),
            }
        );
        await ReportVerdicts.LoadAsync(sql, ids, byReport, ct);
        var confirmations = await ConfirmationTable.OfReportsAsync(
            sql,
            [.. reports.Where(r => r.Job is not null).Select(r => r.Report.Id)],
            ct
        );
        return
        [
            .. reports.Select(r =>
                r with
                {
                    Metrics = [.. byReport[r.Report.Id]],
                    Confirmation = confirmations.GetValueOrDefault(r.Report.Id),
                }
            ),
        ];
    }

    /// <summary>Loads thresholds with the given models, keyed by the model's id.</summary>
    public static async Task<Dictionary<Id<ModelRow>, (ThresholdRow Threshold, ModelRow Model)>> ModelsAsync(
        Sql sql,
        IReadOnlyCollection<Id<ModelRow>> modelIds,
        CancellationToken ct
    ) =>
        modelIds.Count == 0
            ? []
            : (
                await sql.ListAsync(
                    $"SELECT {ThresholdRow.Columns}, {ModelRow.Columns} FROM models JOIN thresholds ON thresholds.id "
                        + $"= models.threshold_id WHERE models.id IN {modelIds}",
                    row => (ThresholdRow.Read(row), ModelRow.Read(row)),
                    ct
                )
            ).ToDictionary(found => found.Item2.Id);

    private static Task<List<Found>> FindAsync(Sql sql, Id<Report>[] reportIds, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT metrics.report_id, metrics.series_id, series.benchmark_id, series.measure_id, metrics.iteration, metrics.value, metrics.lower_value, metrics.upper_value,
                metrics.model_id, metrics.baseline, metrics.lower_limit, metrics.upper_limit, metrics.no_limits
            FROM reports
            JOIN series ON series.head_id = reports.head_id AND series.testbed_id = reports.testbed_id
            JOIN metrics ON metrics.series_id = series.id AND metrics.version_id = reports.version_id AND metrics.start_time = reports.start_time
              AND metrics.report_id = reports.id
            WHERE reports.id IN {reportIds}
            """,
            row => new Found(
                row.Id<Report>(),
                row.Id<Series>(),
                row.Id<Benchmark>(),
                row.Id<Measure>(),
                row.UInt(),
                new(row.Double(), row.DoubleOrNull(), row.DoubleOrNull()),
                row.IdOrNull<ModelRow>(),
                new(row.DoubleOrNull(), row.DoubleOrNull(), row.DoubleOrNull()),
                (NoLimits?)row.LongOrNull()
            ),
            ct
        );

    private static Id<T>[] Distinct<T>(IEnumerable<Found> found, Func<Found, Id<T>> key) =>
        [.. found.Select(key).DistinctBy(id => id.Value)];
}
