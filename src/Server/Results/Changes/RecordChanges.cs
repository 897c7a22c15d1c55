using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Verdicts;
using Change = Paddock.Core.Verdicts.Change;

namespace Paddock.Server.Results.Changes;

/// <summary>
/// Stores the changes that a report's verdicts prove or end. A proven change is created, or joins an open one whose
/// series moved the same way at the same commit. A change ends when all of its series have returned.
/// </summary>
internal static class RecordChanges
{
    private readonly record struct Told(
        JudgedSeries Series,
        EventKind Kind,
        Change Change,
        (long First, long Last)? Between
    )
    {
        public ChangeVerdict Verdict => Change.IsWorse ? ChangeVerdict.Slower : ChangeVerdict.Faster;
    }

    /// <param name="series">The report's series with their verdicts. Their branch is locked.</param>
    /// <param name="open">The open changes of these series before the report.</param>
    public static async Task RunAsync(
        Sql sql,
        ProjectRow project,
        RunPlace at,
        Id<Report> reportId,
        IReadOnlyList<JudgedSeries> series,
        List<SeriesChange> open,
        DateTimeOffset now
    )
    {
        // A change that the head inherited belongs to the head where it was found.
        var told = series
            .SelectMany(one =>
                one.Verdict!.Events.Where(e => e.Change is { Inherited: false })
                    .Select(e => new Told(one, e.Kind, e.Change!, e.Between))
            )
            .ToList();
        if (open.Count > 0)
        {
            var returned = told.Where(one => one.Kind == EventKind.Returned)
                .Select(one => ChangeTable.Find(open, one.Series.Id, one.Change))
                .OfType<SeriesChange>()
                .ToList();
            await EndAsync(sql, reportId, returned, ChangeState.Returned, EventKind.Returned, now);
            await EndAsync(
                sql,
                reportId,
                [.. Faded(series, open).Except(returned)],
                ChangeState.Settled,
                EventKind.Settled,
                now
            );
        }
        await RefutedTable.CountAsync(sql, project, series, now);
        await MoveChanges.RunAsync(sql, project, at, reportId, series, open, now);
        var proven = told.FindAll(one => one.Kind == EventKind.Proven);
        if (proven.Count > 0)
            await ProveAsync(sql, project, at, reportId, proven, now);
    }

    // An improvement is shown in some reports, and then becomes the normal level.
    private static IEnumerable<SeriesChange> Faded(IReadOnlyList<JudgedSeries> series, List<SeriesChange> open)
    {
        var verdicts = series.ToDictionary(one => one.Id.Value, one => one.Verdict!);
        return open.Where(part =>
            !part.Change.IsWorse
            && verdicts.TryGetValue(part.SeriesId, out var verdict)
            && RebuildStates.Find(verdict.Open, part.Change) is null
        );
    }

    private static async Task ProveAsync(
        Sql sql,
        ProjectRow project,
        RunPlace at,
        Id<Report> reportId,
        List<Told> proven,
        DateTimeOffset now
    )
    {
        var open = await ChangeTable.OpenOfHeadAsync(sql, at.HeadId);
        var versions = await VersionTable.OfIdsAsync(
            sql,
            [.. proven.Select(one => new Id<VersionRow>(one.Change.Since)).Distinct()]
        );
        // The most precisely located changes come first: the others may belong to the same commit.
        var parts = new OrderedDictionary<Id<ChangeRow>, (EventKind Kind, List<Told> Told)>();
        foreach (var one in proven.OrderBy(Width).ThenBy(one => one.Change.Since))
        {
            var change = Fitting(open, one);
            if (change is null)
            {
                var since = one.Change.Since;
                var version = versions.GetValueOrDefault(new(since)) ?? new VersionRow(new(since), 0, Hash: null);
                open.Add(
                    change = await ChangeTable.InsertAsync(sql, project, at.HeadId, version, reportId, one.Verdict, now)
                );
                parts.Add(change.Id, (EventKind.Proven, []));
            }
            else if (!parts.ContainsKey(change.Id))
            {
                await ChangeTable.TouchAsync(sql, change.Id, now);
                parts.Add(change.Id, (EventKind.Joined, []));
            }
            parts[change.Id].Told.Add(one);
        }
        foreach (var (changeId, (kind, joined)) in parts)
        {
            await ChangeTable.InsertSeriesAsync(
                sql,
                changeId,
                [.. joined.Select(one => new SeriesChange(one.Series.Id, one.Change))]
            );
            await ChangeTable.InsertEventAsync(
                sql,
                changeId,
                kind,
                joined.Count,
                reportId,
                userId: null,
                note: null,
                now
            );
            await ChangeTable.TellAsync(sql, changeId, kind);
        }
    }

    private static long Width(Told one) => one.Between is var (first, last) ? last - first : 0;

    // Finds the change of the same commit, or the nearest commit at which this change may also have begun.
    private static ChangeRow? Fitting(List<ChangeRow> open, Told one)
    {
        var (first, last) = one.Between ?? (one.Change.Since, one.Change.Since);
        return open.Where(change =>
                change.Verdict == one.Verdict
                && (
                    change.VersionId.Value == one.Change.Since
                    || (change.VersionId >= first && change.VersionId <= last)
                )
            )
            .MinBy(change => Math.Abs(change.VersionId - one.Change.Since));
    }

    private static async Task EndAsync(
        Sql sql,
        Id<Report> reportId,
        IReadOnlyList<SeriesChange> ended,
        ChangeState end,
        EventKind kind,
        DateTimeOffset now
    )
    {
        foreach (var group in ended.GroupBy(one => one.ChangeId))
        {
            await ChangeTable.SetSeriesStateAsync(sql, group.Key, [.. group.Select(one => one.SeriesId)], end);
            await ChangeTable.InsertEventAsync(
                sql,
                group.Key,
                kind,
                group.Count(),
                reportId,
                userId: null,
                note: null,
                now
            );
            await ChangeTable.CloseAsync(sql, group.Key, end, now);
            await ChangeTable.TellAsync(sql, group.Key, kind);
        }
    }
}
