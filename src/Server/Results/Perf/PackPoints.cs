using System.Runtime.InteropServices;
using System.Threading.Channels;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Packs the older points of series, so that their plots are fast: for heads that grew by many versions, and for series
/// that a plot has just read row by row. The newest versions stay as rows, since reports still arrive for them.
/// </summary>
internal sealed partial class PackPoints(Db db, OutageLog outages, ILogger<PackPoints> log) : BackgroundService
{
    /// <summary>The number of a head's newest versions that are not packed.</summary>
    public const int VersionsKept = 64;

    private const int WorthVersions = 256; // Series with fewer versions are fast to read as rows.
    private const int PointsMax = 4096; // Per unit of work: some milliseconds of the embedded database's one writer.
    private const int WorthPoints = 128; // Per series of a head that grew: fewer points are fast to read as rows.
    private const int QueueMax = 64;

    private readonly record struct Wanted(Id<Head> HeadId, long[] Series);

    private readonly Channel<Wanted> wanted = System.Threading.Channels.Channel.CreateBounded<Wanted>(
        new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    /// <summary>Returns those series of a plot that have many unpacked points.</summary>
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

    /// <summary>Queues the series for packing. If the queue is full, the next plot will request it again.</summary>
    public void Want(long[] series)
    {
        if (series.Length > 0)
            wanted.Writer.TryWrite(new(HeadId: default, series));
    }

    /// <summary>Packs all points of these series that can be packed.</summary>
    public async Task RunAsync(IEnumerable<long> series)
    {
        foreach (var one in series)
            while (await db.WriteAsync(sql => PackAsync(sql, one))) { }
    }

    /// <summary>Packs the series of a grown head that are worth packing.</summary>
    public async Task RunAsync(Id<Head> headId, CancellationToken ct)
    {
        foreach (var one in await db.ReadAsync(sql => GrownAsync(sql, headId, ct), ct))
        {
            ct.ThrowIfCancellationRequested();
            await RunAsync([one]);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        db.Signaled += OnSignal;
        try
        {
            await foreach (var next in wanted.Reader.ReadAllAsync(stoppingToken))
                await TryAsync(next, stoppingToken);
        }
        catch (OperationCanceledException) { }
        finally
        {
            db.Signaled -= OnSignal;
        }
    }

    // Runs on the thread of the writer, so it must not block. Every server gets the signal; the second one finds the
    // work done.
    private void OnSignal(string text)
    {
        if (Signal.Parse(text) is Signal.Grown grown)
            wanted.Writer.TryWrite(new(grown.HeadId, []));
    }

    private async Task TryAsync(Wanted next, CancellationToken ct)
    {
        try
        {
            if (!next.HeadId.IsNone)
                await RunAsync(next.HeadId, ct);
            foreach (var one in next.Series)
            {
                ct.ThrowIfCancellationRequested();
                await RunAsync([one]);
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // Must not end the server: plots can read rows.
        {
            if (!outages.Takes(e))
                LogFailed(e);
        }
    }

    private static Task<List<long>> GrownAsync(Sql sql, Id<Head> headId, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT series.id FROM series WHERE series.head_id = {headId}
              AND (SELECT count(*) FROM metrics WHERE metrics.series_id = series.id AND metrics.version_id > series.packed
                AND metrics.version_id <= (SELECT versions.id FROM versions WHERE versions.head_id = {headId}
                    ORDER BY versions.id DESC LIMIT 1 OFFSET {VersionsKept})) >= {WorthPoints}
            ORDER BY series.id
            """,
            row => row.Long(),
            ct
        );

    private static bool Unpacked(ReadOnlySpan<Point> points, long packed)
    {
        var (versions, last) = (0, packed);
        for (var i = points.Length - 1; i >= 0 && points[i].VersionId > packed; i--)
            if (points[i].VersionId.Value != last)
                (versions, last) = (versions + 1, points[i].VersionId);
        return versions >= WorthVersions;
    }

    /// <returns>True if there is more to pack.</returns>
    private static async Task<bool> PackAsync(Sql sql, long series)
    {
        var branch = await sql.IdAsync<Branch>(
            $"SELECT heads.branch_id FROM series JOIN heads ON heads.id = series.head_id WHERE series.id = {series}"
        );
        await BranchTable.LockAsync(sql, branch); // From here on no report of the branch is added or removed.
        var (head, packed, end) = await sql.FirstAsync(
            $"""
            SELECT head_id, packed, (SELECT versions.id FROM versions WHERE versions.head_id = series.head_id
                ORDER BY versions.id DESC LIMIT 1 OFFSET {VersionsKept})
            FROM series WHERE id = {series}
            """,
            row => (row.Id<Head>(), row.Long(), row.LongOrZero())
        );
        if (end <= packed)
            return false;
        var points = await sql.ListAsync(
            $"""
            SELECT {new Raw(ReadPoints.Columns)} FROM metrics
            WHERE series_id = {series} AND version_id > {packed} AND version_id <= {end}
            ORDER BY series_id, version_id LIMIT {PointsMax + 1}
            """,
            ReadPoints.PointOf
        );
        var isMore = points.Count > PointsMax;
        if (isMore)
        {
            // A version is packed as a whole. A version with more points than the maximum stays in rows, and so do
            // those after it.
            var last = points[^1].VersionId;
            points.RemoveAll(point => point.VersionId == last);
            if (points.Count == 0)
                return false;
            end = points[^1].VersionId;
        }
        points.Sort(ReadPoints.InOrder);
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

    [LoggerMessage(
        LogLevel.Warning,
        "The points of some series could not be packed, so plots of these series are slower"
    )]
    private partial void LogFailed(Exception e);
}
