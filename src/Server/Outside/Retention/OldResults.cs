using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Outside.Retention;

/// <summary>The reports of one day on one head and testbed.</summary>
/// <param name="VersionMin">The lowest version of the reports.</param>
internal sealed record OldReports(
    Id<Head> HeadId,
    Id<Testbed> TestbedId,
    HashSet<Id<Report>> Ids,
    long VersionMin,
    long VersionMax
);

/// <summary>The reports whose metrics one series loses on one day.</summary>
internal sealed record OldSeries(Id<Series> Id, List<Id<Report>> Reports, int Metrics);

/// <summary>A batch of series of a head and testbed on one day.</summary>
/// <param name="Metrics">How many metrics the series have on that day.</param>
/// <param name="Goes">Each series that loses metrics, with the reports concerned.</param>
/// <param name="Removed">The metrics to remove.</param>
internal sealed record OldPart(OldReports Of, int Metrics, List<OldSeries> Goes, List<OldMetric> Removed);

/// <summary>
/// Reads the old results of a project day by day, and decides which of them its policy removes. Each batch is a
/// separate read, so that no transaction stays open.
/// </summary>
internal sealed class OldResults(Db db, RetentionRow retention)
{
    private const int SeriesAtOnce = 256;
    private const int MetricsAtOnce = 200_000;

    /// <summary>How many reports on each side of a change stay, because its verdict compares them.</summary>
    private const int AroundChange = 60;

    /// <summary>The first day with reports, at or after a given time; null if no report is before the end.</summary>
    public Task<long?> NextDayAsync(long? from, long before, CancellationToken ct) =>
        db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"""
                    SELECT start_time FROM reports
                    WHERE project_id = {retention.ProjectId} AND start_time >= {from
                        ?? long.MinValue} AND start_time < {before}
                    ORDER BY start_time LIMIT 1
                    """,
                    row => (long?)RetentionRow.DayOf(row.Long()),
                    ct
                ),
            ct
        );

    /// <summary>The reports of a day, grouped by head and testbed.</summary>
    public async Task<List<OldReports>> ReportsAsync(long day, CancellationToken ct)
    {
        var reports = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT head_id, testbed_id, id, version_id FROM reports
                    WHERE project_id = {retention.ProjectId} AND start_time >= {day} AND start_time < {RetentionRow.NextDay(
                        day
                    )} AND incomplete = 0
                    """,
                    row =>
                        (
                            HeadId: row.Id<Head>(),
                            TestbedId: row.Id<Testbed>(),
                            Id: row.Id<Report>(),
                            VersionId: row.Id<VersionRow>()
                        ),
                    ct
                ),
            ct
        );
        return
        [
            .. reports
                .GroupBy(report => (report.HeadId, report.TestbedId))
                .OrderBy(of => of.Key)
                .Select(of => new OldReports(
                    of.Key.HeadId,
                    of.Key.TestbedId,
                    [.. of.Select(report => report.Id)],
                    of.Min(report => report.VersionId),
                    of.Max(report => report.VersionId)
                )),
        ];
    }

    /// <summary>What to remove from these reports, in batches of series.</summary>
    public async IAsyncEnumerable<OldPart> PartsAsync(
        long day,
        OldReports reports,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var series = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT id FROM series WHERE head_id = {reports.HeadId} AND testbed_id = {reports.TestbedId} ORDER BY id
                    """,
                    row => row.Id<Series>(),
                    ct
                ),
            ct
        );
        // The more reports a day has, the fewer series are read at a time.
        var atOnce = Math.Clamp(MetricsAtOnce / reports.Ids.Count, 1, SeriesAtOnce);
        foreach (var some in series.Chunk(atOnce))
            yield return await db.ReadAsync(sql => PartAsync(sql, day, reports, some, ct), ct);
    }

    private async Task<OldPart> PartAsync(
        Sql sql,
        long day,
        OldReports reports,
        Id<Series>[] series,
        CancellationToken ct
    )
    {
        var metrics = await sql.ListAsync(
            $"""
            SELECT series_id, version_id, start_time, report_id, iteration, value, lower_value, upper_value, baseline, lower_limit, upper_limit
            FROM metrics WHERE series_id IN {series} AND version_id >= {reports.VersionMin} AND version_id <= {reports.VersionMax}
              AND start_time >= {day} AND start_time < {RetentionRow.NextDay(day)}
            ORDER BY series_id, version_id, start_time, report_id, iteration
            """,
            row => new OldMetric(
                row.Id<Series>(),
                row.Id<VersionRow>(),
                row.Long(),
                row.Id<Report>(),
                row.UInt(),
                row.Double(),
                row.DoubleOrNull(),
                row.DoubleOrNull(),
                row.DoubleOrNull(),
                row.DoubleOrNull(),
                row.DoubleOrNull()
            ),
            ct
        );
        metrics.RemoveAll(metric => !reports.Ids.Contains(metric.ReportId));
        var bySeries = Slices(metrics);
        var goes = retention.Policy == RetentionPolicy.Drop ? All(metrics, bySeries) : [];
        if (retention.Policy == RetentionPolicy.Thin)
            goes = await ThinnedAsync(sql, reports, metrics, bySeries, ct);
        var removed = new List<OldMetric>();
        foreach (var one in goes)
        {
            var (start, count) = bySeries[one.Id];
            foreach (ref readonly var metric in CollectionsMarshal.AsSpan(metrics).Slice(start, count))
                if (one.Reports.Contains(metric.ReportId))
                    removed.Add(metric);
        }
        return new(reports, metrics.Count, goes, removed);
    }

    private static List<OldSeries> All(
        List<OldMetric> metrics,
        Dictionary<Id<Series>, (int Start, int Count)> bySeries
    ) =>
        [
            .. bySeries.Select(of => new OldSeries(
                of.Key,
                [.. metrics.GetRange(of.Value.Start, of.Value.Count).Select(metric => metric.ReportId).Distinct()],
                of.Value.Count
            )),
        ];

    private static async Task<List<OldSeries>> ThinnedAsync(
        Sql sql,
        OldReports reports,
        List<OldMetric> metrics,
        Dictionary<Id<Series>, (int Start, int Count)> bySeries,
        CancellationToken ct
    )
    {
        // Most series have so few values a day that no query about them is needed.
        Id<Series>[] busy = [.. bySeries.Where(of => of.Value.Count > ThinDay.ReportsLeast).Select(of => of.Key)];
        if (busy.Length == 0)
            return [];
        var kept = await KeptAsync(sql, busy, ct);
        var alerts = (
            await sql.ListAsync(
                $"SELECT series_id, report_id FROM alerts WHERE report_id IN {reports.Ids} AND series_id IN {busy}",
                row => (SeriesId: row.Id<Series>(), ReportId: row.Id<Report>()),
                ct
            )
        ).ToLookup(alert => alert.SeriesId, alert => alert.ReportId);
        var goes = new List<OldSeries>();
        foreach (var series in busy)
        {
            var (start, count) = bySeries[series];
            var of = CollectionsMarshal.AsSpan(metrics).Slice(start, count);
            var ids = ThinDay.Goes(of, alerts[series].ToHashSet(), [.. kept[series]]);
            if (ids.Count == 0)
                continue;
            var gone = ids.ToHashSet();
            var number = 0;
            foreach (ref readonly var metric in of)
                if (gone.Contains(metric.ReportId))
                    number++;
            goes.Add(new(series, ids, number));
        }
        return goes;
    }

    /// <summary>
    /// The versions that verdicts need: the newest values, from which a state can be rebuilt, and those around changes.
    /// </summary>
    private static async Task<ILookup<Id<Series>, KeptVersions>> KeptAsync(
        Sql sql,
        Id<Series>[] series,
        CancellationToken ct
    )
    {
        var kept = await sql.ListAsync(
            $"""
            SELECT series.id, COALESCE((SELECT version_id FROM metrics WHERE series_id = series.id
                ORDER BY series_id DESC, version_id DESC LIMIT 1 OFFSET {RebuildStates.ValuesMax - 1}), 0)
            FROM series WHERE series.id IN {series}
            """,
            row => (SeriesId: row.Id<Series>(), Kept: new KeptVersions(row.Long(), long.MaxValue)),
            ct
        );
        kept.AddRange(
            await sql.ListAsync(
                $"""
                SELECT moments.series_id,
                    COALESCE((SELECT version_id FROM metrics WHERE series_id = moments.series_id AND version_id < moments.version
                        ORDER BY series_id DESC, version_id DESC LIMIT 1 OFFSET {AroundChange - 1}), 0),
                    COALESCE((SELECT version_id FROM metrics WHERE series_id = moments.series_id AND version_id >= moments.version
                        ORDER BY series_id, version_id LIMIT 1 OFFSET {AroundChange - 1}), {long.MaxValue})
                FROM (SELECT series_id, COALESCE(located, since) AS version FROM change_series WHERE series_id IN {series}
                    UNION SELECT series_id, proven AS version FROM change_series WHERE series_id IN {series}) moments
                """,
                row => (row.Id<Series>(), new KeptVersions(row.Long(), row.Long())),
                ct
            )
        );
        return kept.ToLookup(of => of.SeriesId, of => of.Kept);
    }

    private static Dictionary<Id<Series>, (int Start, int Count)> Slices(List<OldMetric> metrics)
    {
        var slices = new Dictionary<Id<Series>, (int Start, int Count)>();
        for (var i = 0; i < metrics.Count; )
        {
            var start = i;
            while (i < metrics.Count && metrics[i].SeriesId == metrics[start].SeriesId)
                i++;
            slices.Add(metrics[start].SeriesId, (start, i - start));
        }
        return slices;
    }
}
