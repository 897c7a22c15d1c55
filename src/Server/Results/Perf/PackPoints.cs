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
/// <remarks>
/// Reading a row again takes a fifth of the time that recording it took. So heads that grow quickly are packed after
/// that, and packing leaves half of the time to others: most of it, when it has to wait for other writers.
/// </remarks>
internal sealed partial class PackPoints(Db db, OutageLog outages, TimeProvider time, ILogger<PackPoints> log)
    : BackgroundService
{
    /// <summary>The number of a head's newest versions that are not packed.</summary>
    public const int VersionsKept = 64;

    private const int WorthVersions = 256; // Series with fewer versions are fast to read as rows.
    private const int PointsMax = 4096; // Per unit of work: some milliseconds of the embedded database's one writer.
    private const int WorthPoints = 128; // Per series of a head that grew: fewer points are fast to read as rows.
    private const int QueueMax = 64;
    private const int HeadsMax = 4096;
    private const int OthersShare = 20; // Of the time, for each share of packing, where writers wait for each other.

    private readonly Channel<long[]> plotted = System.Threading.Channels.Channel.CreateBounded<long[]>(
        new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    // A burst lasts while another head has grown every half second: some 500 reports a second.
    private readonly Burst<Id<Head>> grown = new(
        pause: TimeSpan.FromSeconds(0.5),
        max: TimeSpan.FromMinutes(1),
        HeadsMax,
        time
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
            plotted.Writer.TryWrite(series);
    }

    /// <summary>Packs all points of these series that can be packed.</summary>
    public async Task RunAsync(IEnumerable<long> series, CancellationToken ct)
    {
        foreach (var one in series)
        {
            ct.ThrowIfCancellationRequested();
            while (await db.WriteAsync(sql => PackAsync(sql, one))) { }
        }
    }

    /// <summary>Packs the series of a grown head that are worth packing, between bursts of reports.</summary>
    public Task RunAsync(Id<Head> headId, CancellationToken ct) => RunAsync(headId, time.GetTimestamp(), ct);

    private async Task RunAsync(Id<Head> headId, long began, CancellationToken ct)
    {
        foreach (var one in await db.ReadAsync(sql => GrownAsync(sql, headId, ct), ct))
            while (await PackPatientlyAsync(one, began, ct)) { }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        db.Signaled += OnSignal;
        try
        {
            await Task.WhenAll(PackPlottedAsync(stoppingToken), PackGrownAsync(stoppingToken));
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
        if (Signal.Parse(text) is Signal.Grown head)
            grown.Add(head.HeadId);
    }

    private async Task PackPlottedAsync(CancellationToken ct)
    {
        await foreach (var series in plotted.Reader.ReadAllAsync(ct))
            await TryAsync(() => RunAsync(series, ct), ct);
    }

    private async Task PackGrownAsync(CancellationToken ct)
    {
        while (true)
        {
            var heads = await grown.NextAsync(ct);
            var began = time.GetTimestamp();
            foreach (var head in heads)
                await TryAsync(() => RunAsync(head, began, ct), ct);
        }
    }

    private async Task TryAsync(Func<Task> pack, CancellationToken ct)
    {
        try
        {
            await pack();
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // Must not end the server: plots can read rows.
        {
            if (!outages.Takes(e))
                LogFailed(e);
        }
    }

    /// <returns>True if there is more to pack.</returns>
    private async Task<bool> PackPatientlyAsync(long series, long began, CancellationToken ct)
    {
        await grown.PassAsync(began, ct);
        var (asked, begun, ended) = (time.GetTimestamp(), 0L, 0L);
        var isMore = await db.WriteAsync(async sql =>
        {
            begun = time.GetTimestamp();
            var more = await PackAsync(sql, series);
            ended = time.GetTimestamp();
            return more;
        });
        var (waited, worked) = (time.GetElapsedTime(asked, begun), time.GetElapsedTime(begun, ended));
        await Task.Delay((waited > worked ? OthersShare : 1) * worked, time, ct);
        return isMore;
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
