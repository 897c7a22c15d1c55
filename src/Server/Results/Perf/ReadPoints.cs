using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Reads points for plots: the older points of a series from packed columns, the newer ones from rows.
/// </summary>
internal static class ReadPoints
{
    public const string Columns =
        "series_id, version_id, start_time, report_id, iteration, value, lower_value, upper_value, model_id, baseline, "
        + "lower_limit, upper_limit";

    private readonly record struct Piece(Id<Series> SeriesId, int Count, byte[] Columns);

    public static Point PointOf(Row row) =>
        new(
            row.Id<Series>(),
            row.Id<VersionRow>(),
            row.Long(),
            row.Id<Report>(),
            row.UInt(),
            row.Double(),
            row.DoubleOrNaN(),
            row.DoubleOrNaN(),
            new(row.LongOrZero()),
            row.DoubleOrNaN(),
            row.DoubleOrNaN(),
            row.DoubleOrNaN()
        );

    /// <summary>Orders points of one series by version, start time, report and iteration.</summary>
    public static int InOrder(Point a, Point b) =>
        (a.VersionId.Value, a.StartTime, a.ReportId.Value, a.Iteration).CompareTo(
            (b.VersionId.Value, b.StartTime, b.ReportId.Value, b.Iteration)
        );

    /// <summary>
    /// Loads the points of these series, one series after the other, each sorted by version, start time, report and
    /// iteration.
    /// </summary>
    /// <param name="packed">For each series, the version up to which all its points are packed; 0 if none are.</param>
    /// <param name="since">If given, only points of reports that started then or later.</param>
    /// <exception cref="Refusal">There are more than <paramref name="pointsMax"/> points.</exception>
    public static async Task<List<Point>> RunAsync(
        Sql sql,
        IReadOnlyDictionary<long, long> packed,
        DateTimeOffset? since,
        int pointsMax,
        CancellationToken ct
    )
    {
        long[] plain = [.. packed.Where(series => series.Value == 0).Select(series => series.Key)];
        var points = PointMemory.Take();
        if (plain.Length > 0)
            await RowsAsync(sql, points, plain, after: 0, since, pointsMax, ct);
        if (plain.Length == packed.Count)
            return points;
        long[] rest = [.. packed.Where(series => series.Value > 0).Select(series => series.Key)];
        var pieces = await PiecesAsync(sql, rest, since, ct);
        // Rows are read from the series that is packed least far. Rows that another series already has packed are
        // dropped.
        var after = rest.Min(series => packed[series]);
        var rows = new List<Point>(1024);
        await RowsAsync(sql, rows, rest, after, since, pointsMax, ct);
        rows.RemoveAll(point => point.VersionId <= packed[point.SeriesId.Value]);
        points.EnsureCapacity(points.Count + pieces.Sum(piece => piece.Count) + rows.Count);
        var (bySeries, tails) = (pieces.ToLookup(piece => piece.SeriesId.Value), Slices(rows));
        foreach (var series in rest)
        {
            foreach (var piece in bySeries[series])
                Append(points, piece, since, pointsMax);
            if (tails.TryGetValue(series, out var tail))
                points.AddRange(CollectionsMarshal.AsSpan(rows).Slice(tail.Start, tail.Count));
        }
        return points.Count <= pointsMax ? points : throw TooMany(pointsMax);
    }

    /// <summary>Returns the start and count of each series' points in a list sorted by series.</summary>
    public static Dictionary<long, (int Start, int Count)> Slices(List<Point> points)
    {
        var slices = new Dictionary<long, (int Start, int Count)>();
        var all = CollectionsMarshal.AsSpan(points);
        for (var i = 0; i < all.Length; )
        {
            var start = i;
            while (i < all.Length && all[i].SeriesId == all[start].SeriesId)
                i++;
            slices.Add(all[start].SeriesId, (start, i - start));
        }
        return slices;
    }

    /// <summary>
    /// Discards the packed points of one testbed of a head from this version on, so that plots read the rows again.
    /// </summary>
    /// <remarks>Metrics there are added or removed in the same unit of work, and the branch is locked.</remarks>
    public static async Task UnpackFromAsync(Sql sql, Id<Head> headId, Id<Testbed> testbedId, Id<VersionRow> versionId)
    {
        await sql.ExecuteAsync(
            $"""
            DELETE FROM packed_points WHERE version_max >= {versionId} AND series_id IN (
                SELECT id FROM series WHERE head_id = {headId} AND testbed_id = {testbedId} AND packed >= {versionId})
            """
        );
        await sql.ExecuteAsync(
            $"""
            UPDATE series SET packed = COALESCE((SELECT max(version_max) FROM packed_points WHERE series_id = series.id), 0)
            WHERE head_id = {headId} AND testbed_id = {testbedId} AND packed >= {versionId}
            """
        );
    }

    private static Task RowsAsync(
        Sql sql,
        List<Point> points,
        long[] series,
        long after,
        DateTimeOffset? since,
        int pointsMax,
        CancellationToken ct
    )
    {
        var filter = since is null ? SqlText.Empty : SqlText.Of($" AND start_time >= {since}");
        return sql.ReadAsync(
            $"""
            SELECT {new Raw(Columns)} FROM metrics WHERE series_id IN {series} AND version_id > {after}{filter}
            ORDER BY series_id, version_id, start_time, report_id, iteration
            """,
            row =>
            {
                if (points.Count == pointsMax)
                    throw TooMany(pointsMax);
                points.Add(PointOf(row));
                return true;
            },
            ct
        );
    }

    private static Task<List<Piece>> PiecesAsync(Sql sql, long[] series, DateTimeOffset? since, CancellationToken ct)
    {
        var filter = since is null ? SqlText.Empty : SqlText.Of($" AND start_max >= {since}");
        return sql.ListAsync(
            $"""
            SELECT series_id, points, columns FROM packed_points WHERE series_id IN {series}{filter}
            ORDER BY series_id, version_max
            """,
            row => new Piece(row.Id<Series>(), row.Int(), row.Bytes()),
            ct
        );
    }

    private static void Append(List<Point> points, Piece piece, DateTimeOffset? since, int pointsMax)
    {
        var start = points.Count;
        if (since is null && start + piece.Count > pointsMax)
            throw TooMany(pointsMax);
        CollectionsMarshal.SetCount(points, start + piece.Count);
        var added = CollectionsMarshal.AsSpan(points)[start..];
        PackedPoints.Read(piece.Columns, piece.SeriesId, added);
        if (since is not { } first)
            return;
        var (kept, seconds) = (0, first.ToUnixTimeSeconds());
        foreach (ref readonly var point in added)
            if (point.StartTime >= seconds)
                added[kept++] = point;
        CollectionsMarshal.SetCount(points, start + kept);
    }

    private static Refusal TooMany(int pointsMax) =>
        Refusal.BadInput(
            $"This plot has more than {pointsMax} points; ask for a shorter time or fewer benchmarks, "
                + "or for format=compact, which may have more."
        );
}
