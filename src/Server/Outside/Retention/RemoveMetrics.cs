using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Outside.Retention;

/// <summary>
/// Removes old metrics in units of work of a few milliseconds, so that other writers get their turn in between. The
/// states of verdicts are kept: they contain all they need from the removed values.
/// </summary>
internal sealed class RemoveMetrics(Db db, IEnumerable<IEndsWithReport> followers)
{
    private const int SeriesMax = 32; // Limit of one unit of work, as are the next two.
    private const int MetricsMax = 1000;
    private const int ReportsMax = 64;

    /// <summary>For tests: awaited after each unit of work.</summary>
    internal Func<Task>? AfterUnit { get; set; }

    /// <returns>The number of removed metrics, without those that somebody else has removed meanwhile.</returns>
    public async Task<long> RunAsync(OldPart part, CancellationToken ct)
    {
        var removed = 0L;
        for (var i = 0; i < part.Goes.Count; )
        {
            ct.ThrowIfCancellationRequested();
            var (unit, metrics) = (new List<OldSeries>(), 0);
            while (
                i < part.Goes.Count
                && unit.Count < SeriesMax
                && (unit.Count == 0 || metrics + part.Goes[i].Metrics <= MetricsMax)
            )
            {
                metrics += part.Goes[i].Metrics;
                unit.Add(part.Goes[i++]);
            }
            removed += await db.WriteAsync(sql => UnitAsync(sql, part.Of, unit));
            if (AfterUnit is { } told)
                await told();
        }
        return removed;
    }

    /// <summary>
    /// Removes reports without metrics, and series that have neither metrics nor a change. Versions stay, so that later
    /// ones keep their numbers and start points stay valid.
    /// </summary>
    public async Task ReportsAsync(OldReports reports, CancellationToken ct)
    {
        foreach (var some in reports.Ids.Order().Chunk(ReportsMax))
        {
            ct.ThrowIfCancellationRequested();
            await db.WriteAsync(async sql =>
            {
                foreach (var report in some)
                foreach (var follower in followers)
                    await follower.EndAsync(sql, report);
                await sql.ExecuteAsync($"DELETE FROM reports WHERE id IN {some}");
            });
        }
    }

    /// <summary>
    /// Removes the series of a batch that have lost their last value and were never part of a change.
    /// </summary>
    public async Task SeriesAsync(OldPart part, CancellationToken ct)
    {
        foreach (var some in part.Goes.Select(series => series.Id).Chunk(SeriesMax))
        {
            ct.ThrowIfCancellationRequested();
            await db.WriteAsync(async sql =>
            {
                await LockAsync(sql, part.Of.HeadId); // The lock keeps reports from adding new values meanwhile.
                await sql.ExecuteAsync(
                    $"""
                    DELETE FROM series WHERE id IN {some}
                      AND NOT EXISTS (SELECT 1 FROM metrics WHERE metrics.series_id = series.id)
                      AND NOT EXISTS (SELECT 1 FROM change_series WHERE change_series.series_id = series.id)
                    """
                );
            });
        }
    }

    private static async Task<long> UnitAsync(Sql sql, OldReports of, List<OldSeries> series)
    {
        await LockAsync(sql, of.HeadId); // The lock keeps reports from being judged by the values to remove.
        var removed = await sql.EachAsync(
            [.. series.Select(one => SqlText.Of($"SELECT report_id FROM metrics WHERE {Condition(of, one)}"))],
            row => row.Long()
        );
        if (removed.Count == 0)
            return 0;
        await UnpackAsync(sql, of, series);
        await sql.ExecuteEachAsync([
            .. series.Select(one => SqlText.Of($"DELETE FROM metrics WHERE {Condition(of, one)}")),
        ]);
        // Data that was kept to rebuild a state from the removed values is removed with them.
        foreach (var table in (Raw[])[new("mean_parts"), new("reruns"), new("pair_values")])
            await sql.ExecuteEachAsync([
                .. series.Select(one =>
                    SqlText.Of($"DELETE FROM {table} WHERE series_id = {one.Id} AND report_id IN {one.Reports}")
                ),
            ]);
        await sql.ExecuteEachAsync([
            .. removed
                .CountBy(report => report)
                .OrderBy(report => report.Key)
                .Select(report =>
                    SqlText.Of($"UPDATE reports SET removed = removed + {report.Value} WHERE id = {report.Key}")
                ),
        ]);
        await HeadTable.LostReportAsync(sql, of.HeadId);
        sql.Shared<RecentHistories>().Forget(of.HeadId, of.TestbedId);
        return removed.Count;
    }

    private static async Task LockAsync(Sql sql, Id<Head> headId) =>
        await BranchTable.LockAsync(sql, await sql.IdAsync<Branch>($"SELECT branch_id FROM heads WHERE id = {headId}"));

    private static SqlText Condition(OldReports of, OldSeries one) =>
        SqlText.Of(
            $"""
            series_id = {one.Id} AND version_id >= {of.VersionMin} AND version_id <= {of.VersionMax} AND report_id IN {one.Reports}
            """
        );

    // Removes the points from the packed columns that plots read. The loop ends at the first piece that reaches beyond
    // them.
    private static async Task UnpackAsync(Sql sql, OldReports of, List<OldSeries> series)
    {
        Id<Series>[] ids = [.. series.Select(one => one.Id)];
        var pieces = await sql.ListAsync(
            $"""
            SELECT series_id, version_max, points, columns FROM packed_points
            WHERE series_id IN {ids} AND version_max >= {of.VersionMin} AND version_max <= COALESCE(
                (SELECT min(later.version_max) FROM packed_points later
                    WHERE later.series_id = packed_points.series_id AND later.version_max >= {of.VersionMax}), {of.VersionMax})
            """,
            row => (SeriesId: row.Id<Series>(), VersionMax: row.Long(), Count: row.Int(), Columns: row.Bytes())
        );
        var reports = series.ToDictionary(one => one.Id, one => one.Reports.ToHashSet());
        var changes = new List<SqlText>();
        foreach (var piece in pieces)
        {
            var points = new Point[piece.Count];
            PackedPoints.Read(piece.Columns, piece.SeriesId, points);
            var left = Array.FindAll(points, point => !reports[piece.SeriesId].Contains(point.ReportId));
            if (left.Length == points.Length)
                continue;
            changes.Add(
                left.Length == 0
                    ? SqlText.Of(
                        $"""
                        DELETE FROM packed_points WHERE series_id = {piece.SeriesId} AND version_max = {piece.VersionMax}
                        """
                    )
                    : SqlText.Of(
                        $"""
                        UPDATE packed_points SET points = {left.Length}, columns = {PackedPoints.Write(left)},
                            start_max = {left.Max(point => point.StartTime)}
                        WHERE series_id = {piece.SeriesId} AND version_max = {piece.VersionMax}
                        """
                    )
            );
        }
        await sql.ExecuteEachAsync(changes);
    }
}
