using System.Runtime.InteropServices;
using System.Threading.Channels;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Packs the older points of the series that a plot has just read row by row, so that the next plot of them is quick.
/// It costs nothing where nobody looks. The newest versions stay rows, as reports still come to them.
/// </summary>
internal sealed partial class PackPoints(Db db, OutageLog outages, ILogger<PackPoints> log) : BackgroundService
{
    /// <summary>So many of the newest versions of a head are not packed.</summary>
    public const int VersionsKept = 64;

    private const int WorthVersions = 256; // Rows of fewer versions are read quickly enough.
    private const int PointsMax = 4096; // Of one unit of work: some milliseconds of the embedded database's one writer.
    private const int QueueMax = 64;

    private readonly Channel<long[]> wanted = Channel.CreateBounded<long[]>(
        new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    /// <summary>The series of a plot that have many points which are not packed.</summary>
    public static long[] Worth(List<Point> points, IReadOnlyDictionary<long, long> packed)
    {
        var worth = new List<long>();
        foreach (var (series, (start, count)) in ReadPoints.Slices(points))
            if (
                count >= WorthVersions
                && Unpacked(CollectionsMarshal.AsSpan(points).Slice(start, count), packed[series])
            )
                worth.Add(series);
        return [.. worth];
    }

    /// <summary>Packs them soon; where too much waits already, the next plot asks again.</summary>
    public void Want(long[] series)
    {
        if (series.Length > 0)
            wanted.Writer.TryWrite(series);
    }

    /// <summary>Packs what there is to pack of these series.</summary>
    public async Task RunAsync(IEnumerable<long> series)
    {
        foreach (var one in series)
            while (await db.WriteAsync(sql => PackAsync(sql, one))) { }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var series in wanted.Reader.ReadAllAsync(stoppingToken))
            foreach (var one in series)
            {
                stoppingToken.ThrowIfCancellationRequested();
                await TryAsync(one);
            }
        }
        catch (OperationCanceledException) { }
    }

    private async Task TryAsync(long series)
    {
        try
        {
            await RunAsync([series]);
        }
        catch (Exception e) // Whatever it is, it must not end the server: plots read the rows.
        {
            if (!outages.Takes(e))
                LogFailed(e, series);
        }
    }

    private static bool Unpacked(ReadOnlySpan<Point> points, long packed)
    {
        var (versions, last) = (0, packed);
        for (var i = points.Length - 1; i >= 0 && points[i].VersionId > packed; i--)
            if (points[i].VersionId != last)
                (versions, last) = (versions + 1, points[i].VersionId);
        return versions >= WorthVersions;
    }

    /// <returns>Whether there is more to pack.</returns>
    private static async Task<bool> PackAsync(Sql sql, long series)
    {
        var branch = await sql.NumberAsync(
            $"SELECT heads.branch_id FROM series JOIN heads ON heads.id = series.head_id WHERE series.id = {series}"
        );
        await BranchTable.LockAsync(sql, branch); // From here on no report comes to it or goes.
        var (head, packed, end) = await sql.FirstAsync(
            $"""
            SELECT head_id, packed, (SELECT versions.id FROM versions WHERE versions.head_id = series.head_id
                ORDER BY versions.id DESC LIMIT 1 OFFSET {VersionsKept})
            FROM series WHERE id = {series}
            """,
            row => (row.Long(), row.Long(), row.LongOrZero())
        );
        if (end <= packed)
            return false;
        var points = await sql.ListAsync(
            $"""
            SELECT {new Raw(ReadPoints.Columns)} FROM metrics
            WHERE series_id = {series} AND version_id > {packed} AND version_id <= {end}
            ORDER BY series_id, version_id, start_time, report_id, iteration LIMIT {PointsMax + 1}
            """,
            ReadPoints.PointOf
        );
        var isMore = points.Count > PointsMax;
        if (isMore)
        {
            // A version is packed as a whole. One that has more points than this stays rows, and what follows too.
            var last = points[^1].VersionId;
            points.RemoveAll(point => point.VersionId == last);
            if (points.Count == 0)
                return false;
            end = points[^1].VersionId;
        }
        if (points.Count > 0)
            await sql.ExecuteAsync(
                $"""
                INSERT INTO packed_points (series_id, version_max, start_max, points, columns)
                VALUES ({series}, {points[^1].VersionId}, {points.Max(point => point.StartTime)}, {points.Count},
                    {PackedPoints.Write(CollectionsMarshal.AsSpan(points))})
                """
            );
        await sql.ExecuteAsync($"UPDATE series SET packed = {end} WHERE id = {series}");
        await sql.ExecuteAsync($"UPDATE heads SET packed = {end} WHERE id = {head} AND packed < {end}");
        return isMore;
    }

    [LoggerMessage(LogLevel.Warning, "The points of series {Series} could not be packed; its plots are slower")]
    private partial void LogFailed(Exception e, long series);
}
