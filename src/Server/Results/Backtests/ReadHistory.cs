using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Backtests;

/// <summary>One series of a branch with its names.</summary>
internal sealed record NamedSeries(string Benchmark, string Slug, string Testbed, MeasureRow Measure, PastSeries Past);

/// <summary>Reads the newest part of a branch's own history for a backtest, in two queries.</summary>
internal static class ReadHistory
{
    public const int ReportsMax = 300,
        SeriesMax = 100;

    private sealed record Found(
        Id<Series> Id,
        string Benchmark,
        string Slug,
        Guid TestbedUuid,
        string Testbed,
        MeasureRow Measure
    );

    /// <returns>The series, and the total number of series.</returns>
    public static async Task<(IReadOnlyList<NamedSeries> Series, long Total)> OfAsync(
        Sql sql,
        Id<Head> headId,
        CancellationToken ct
    )
    {
        var series = await sql.ListAsync(
            $"""
            SELECT series.id, benchmarks.name, benchmarks.slug, testbeds.uuid, testbeds.name, {MeasureRow.Columns} FROM series
            JOIN benchmarks ON benchmarks.id = series.benchmark_id JOIN testbeds ON testbeds.id = series.testbed_id
            JOIN measures ON measures.id = series.measure_id
            WHERE series.head_id = {headId} ORDER BY series.id LIMIT {SeriesMax}
            """,
            row => new Found(row.Id<Series>(), row.Text(), row.Text(), row.Uuid(), row.Text(), MeasureRow.Read(row)),
            ct
        );
        var total = await sql.NumberAsync($"SELECT count(*) FROM series WHERE head_id = {headId}", ct);
        var reports = await ReportsAsync(sql, headId, [.. series.Select(one => one.Id)], ct);
        return (
            [
                .. series
                    .Where(one => reports.ContainsKey(one.Id))
                    .Select(one => new NamedSeries(
                        one.Benchmark,
                        one.Slug,
                        one.Testbed,
                        one.Measure,
                        new(one.TestbedUuid, one.Measure.Units, reports[one.Id])
                    )),
            ],
            total
        );
    }

    private static async Task<Dictionary<Id<Series>, List<PastReport>>> ReportsAsync(
        Sql sql,
        Id<Head> headId,
        Id<Series>[] series,
        CancellationToken ct
    )
    {
        var histories = new Dictionary<Id<Series>, List<PastReport>>();
        if (series.Length == 0)
            return histories;
        var (values, last) = (new List<double>(), (Series: default(Id<Series>), Report: default(Id<Report>)));
        await sql.ReadAsync(
            $"""
            SELECT series_id, report_id, start_time, value FROM metrics
            WHERE series_id IN {series} AND version_id >= COALESCE((SELECT min(newest.version_id) FROM (
                SELECT version_id FROM reports WHERE head_id = {headId} ORDER BY version_id DESC LIMIT {ReportsMax}) newest), 0)
            ORDER BY series_id, version_id, start_time, report_id, iteration
            """,
            row =>
            {
                var (id, report, start) = (row.Id<Series>(), row.Id<Report>(), row.Time());
                if (!histories.TryGetValue(id, out var history))
                    histories.Add(id, history = []);
                if (last != (id, report))
                {
                    (last, values) = ((id, report), []);
                    history.Add(new(start, history.Count, values));
                }
                values.Add(row.Double());
                return true;
            },
            ct
        );
        return histories;
    }
}
