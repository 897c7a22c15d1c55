using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Retention;

/// <summary>
/// Removes what projects do not want to keep: day by day, oldest first. What goes is archived before it is removed, so
/// what a crash leaves behind is at most archived twice.
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
    private const int ArchiveMetrics = 50_000; // Of one file, about.

    private static readonly TimeSpan Every = TimeSpan.FromHours(20);

    // Of one project, before the others get their turn; then the next time, half an hour later, goes on.
    private static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(5);

    // What is protected today, as one of the newest values of a series, is not for ever; and old reports may be imported.
    private static readonly TimeSpan Round = TimeSpan.FromDays(28);

    /// <summary>Sweeps each project that was not swept today. One server does it at a time.</summary>
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
                // A project that fails does not keep the others; the next time goes on where this one stopped.
                catch (Exception e) when (!ct.IsCancellationRequested)
                {
                    if (!outages.Takes(e))
                        LogFailed(e, retention.ProjectId);
                }
            }
        });

    /// <summary>Counts what a policy would remove now; nothing is written.</summary>
    /// <param name="metricsMax">So many metrics are looked at; where there are more, the oldest count.</param>
    /// <param name="most">How long it may take; then what has been looked at counts, too.</param>
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

    /// <summary>Archives what a batch holds, then removes it.</summary>
    /// <returns>False where somebody has set something else meanwhile: nothing is removed, and the next sweep does
    /// that.</returns>
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

    /// <summary>What goes into one archive, of one day or of many.</summary>
    private sealed class Batch
    {
        private const int MetricsEnough = ArchiveMetrics / 2;
        private const int ReportsEnough = 5000;

        public List<OldPart> Parts { get; } = [];

        public List<OldMetric> Metrics { get; } = [];

        /// <summary>Reports of which all metrics are in this batch, or in one before it.</summary>
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

    [LoggerMessage(LogLevel.Warning, "Old results of project {Project} were not removed to the end")]
    private partial void LogFailed(Exception e, long project);
}
