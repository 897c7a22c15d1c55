using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Retention;

/// <summary>
/// Removes results that projects do not want to keep, day by day, oldest first. Results are archived before they are
/// removed, so a crash can at most archive some of them twice.
/// </summary>
internal sealed partial class SweepRetention(
    Db db,
    Archives archives,
    RemoveMetrics remove,
    OutageLog outages,
    TimeProvider time,
    ILogger<SweepRetention> log
)
{
    private const long LockKey = 0x5eeb;
    private const int ArchiveMetrics = 50_000; // The approximate size of one file.

    private static readonly TimeSpan Every = TimeSpan.FromHours(20);

    // The time for one project before the others get their turn; the next sweep, half an hour later, continues with it.
    private static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(5);

    // Then all old reports are examined again: a newest value of a series, protected today, does not stay one, and old
    // reports may be imported.
    private static readonly TimeSpan Round = TimeSpan.FromDays(28);

    /// <summary>Sweeps each project that was not swept today. Only one server does it at a time.</summary>
    public Task<bool> RunAsync(CancellationToken ct) => db.TryAloneAsync(LockKey, async () =>
        {
            await archives.TidyAsync(ct);
            var due = await db.ReadAsync(sql => RetentionTable.DueAsync(sql, time.GetUtcNow() - Every, ct), ct);
            foreach (var retention in due)
            {
                try
                {
                    await ProjectAsync(retention, ct);
                }
                // A failing project does not stop the others; the next sweep continues where this one stopped.
                catch (Exception e) when (!ct.IsCancellationRequested)
                {
                    if (!outages.Takes(e))
                        LogFailed(e, retention.ProjectId);
                }
            }
        });

    /// <summary>Counts what a policy would remove now; writes nothing.</summary>
    /// <param name="metricsMax">About this many metrics are examined, the oldest first.</param>
    /// <param name="most">The time limit; when it is reached, the count covers what has been examined.</param>
    public async Task<RetentionPreview> PreviewAsync(
        RetentionRow retention,
        int metricsMax,
        TimeSpan most,
        CancellationToken ct
    )
    {
        var began = time.GetTimestamp();
        bool IsEnough() => time.GetElapsedTime(began) >= most;
        var before = retention.Before(time.GetUtcNow());
        var results = new OldResults(db, retention);
        var (reports, metrics, removed, isComplete) = (0L, 0L, 0L, true);
        for (
            var day = await results.NextDayAsync(null, before, ct);
            day is { } one;
            day = await results.NextDayAsync(RetentionRow.NextDay(one), before, ct)
        )
        {
            if (metrics >= metricsMax || IsEnough())
            {
                isComplete = false;
                break;
            }
            foreach (var of in await results.ReportsAsync(one, ct))
            {
                reports += of.Ids.Count;
                await foreach (var part in results.PartsAsync(one, of, ct))
                {
                    metrics += part.Metrics;
                    removed += part.Removed.Count;
                    if (IsEnough())
                        break;
                }
                if (IsEnough())
                    break;
            }
        }
        return new(
            retention.Policy,
            retention.Days,
            DateTimeOffset.FromUnixTimeSeconds(before),
            reports,
            metrics,
            removed,
            isComplete
        );
    }

    private async Task ProjectAsync(RetentionRow retention, CancellationToken ct)
    {
        var project = await db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"SELECT uuid FROM projects WHERE id = {retention.ProjectId} AND deleted IS NULL",
                    row => row.UuidOrNull(),
                    ct
                ),
            ct
        );
        if (project is not { } uuid)
            return;
        var now = time.GetUtcNow();
        if (retention.RoundBegan is not { } began || now - began >= Round)
            retention = retention with { Swept = null, RoundBegan = now };
        var before = retention.Before(now);
        var (results, batch) = (new OldResults(db, retention), new Batch());
        var next = retention.Swept;
        var turn = time.GetTimestamp();
        while (await results.NextDayAsync(next, before, ct) is { } day)
        {
            foreach (var reports in await results.ReportsAsync(day, ct))
            {
                await foreach (var part in results.PartsAsync(day, reports, ct))
                {
                    batch.Add(part);
                    if (batch.Metrics.Count >= ArchiveMetrics && !await EmptyAsync(uuid, retention, batch, ct))
                        return;
                }
                if (retention.Policy == RetentionPolicy.Drop)
                    batch.Reports.Add(reports);
            }
            next = RetentionRow.NextDay(day);
            var isTurnOver = time.GetElapsedTime(turn) >= TurnMax;
            if (!batch.IsFull && !isTurnOver)
                continue;
            if (!await EmptyAsync(uuid, retention, batch, ct))
                return;
            retention = retention with { Swept = next };
            if (!isTurnOver)
                continue;
            await ProgressAsync(retention);
            return;
        }
        if (await EmptyAsync(uuid, retention, batch, ct))
            await ProgressAsync(retention with { Swept = next, Looked = now });
    }

    private Task<bool> ProgressAsync(RetentionRow reached) =>
        db.WriteAsync(sql => RetentionTable.ProgressAsync(sql, reached));

    /// <summary>Archives a batch, then removes it.</summary>
    /// <returns>
    /// False when the settings were changed meanwhile: nothing is removed, and the next sweep follows the new settings.
    /// </returns>
    private async Task<bool> EmptyAsync(Guid project, RetentionRow retention, Batch batch, CancellationToken ct)
    {
        if (retention.Archives)
            await archives.SaveAsync(project, retention.ProjectId, batch.Metrics, ct);
        if (!await ProgressAsync(retention))
            return false;
        foreach (var part in batch.Parts)
            await remove.RunAsync(part, ct);
        foreach (var reports in batch.Reports)
            await remove.ReportsAsync(reports, ct);
        if (retention.Policy == RetentionPolicy.Drop)
            foreach (var part in batch.Parts)
                await remove.SeriesAsync(part, ct);
        batch.Clear();
        return true;
    }

    /// <summary>Metrics for one archive, from one or more days.</summary>
    private sealed class Batch
    {
        private const int MetricsEnough = ArchiveMetrics / 2;
        private const int ReportsEnough = 5000;

        public List<OldPart> Parts { get; } = [];

        public List<OldMetric> Metrics { get; } = [];

        /// <summary>Reports whose metrics are all in this batch or in earlier ones.</summary>
        public List<OldReports> Reports { get; } = [];

        public bool IsFull => Metrics.Count >= MetricsEnough || Reports.Sum(of => of.Ids.Count) >= ReportsEnough;

        public void Add(OldPart part)
        {
            if (part.Goes.Count == 0)
                return;
            Metrics.AddRange(part.Removed);
            Parts.Add(part with { Removed = [] });
        }

        public void Clear()
        {
            Parts.Clear();
            Metrics.Clear();
            Reports.Clear();
        }
    }

    [LoggerMessage(LogLevel.Warning, "Not all old results of project {Project} were removed; the next sweep continues")]
    private partial void LogFailed(Exception e, long project);
}
