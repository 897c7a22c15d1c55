using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Changes;

/// <summary>A series whose change cannot have begun at the version that was reported.</summary>
internal sealed record Misplaced(SeriesChange Part, ChangePlace Place);

/// <summary>Series of one change that belong to another version or change.</summary>
/// <param name="Into">
/// The change itself, which then moves with these series; another change; or null for a new one. Moves with the same
/// <paramref name="Since"/> and verdict share the new one.
/// </param>
internal sealed record ChangeMove(
    ChangeRow From,
    ChangeRow? Into,
    Id<VersionRow> Since,
    IReadOnlyList<Misplaced> Series
);

/// <summary>
/// Moves a reported change to the commit where it really began, once values after the proof show where that is. If all
/// of its series agree, the whole change moves. Otherwise some of its series move to another change or to a new one.
/// </summary>
internal static class MoveChanges
{
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
        var misplaced = MisplacedOf(series, open);
        if (misplaced.Count == 0)
            return; // The usual case.
        var changes = await ChangeTable.OpenOfHeadAsync(sql, at.HeadId);
        var counts = (
            await sql.ListAsync(
                $"""
                SELECT change_id, count(*) FROM change_series
                WHERE change_id IN {misplaced.Select(one =>
                    one.Part.ChangeId
                ).Distinct().ToArray()} AND state = {ChangeState.Open}
                GROUP BY change_id
                """,
                row => KeyValuePair.Create(row.Id<ChangeRow>(), row.Int())
            )
        ).ToDictionary();
        var moves = Plan(misplaced, changes, counts);
        var versions = await VersionTable.OfIdsAsync(sql, [.. moves.Select(move => move.Since).Distinct()]);
        var made = new Dictionary<(Id<VersionRow> Since, ChangeVerdict Verdict), ChangeRow>();
        foreach (var move in moves)
        {
            var since = versions.GetValueOrDefault(move.Since) ?? new VersionRow(move.Since, 0, Hash: null);
            if (move.Into == move.From)
            {
                await MoveAsync(sql, move, since, reportId, now);
                continue;
            }
            var key = (move.Since, move.From.Verdict);
            if (move.Into is null && !made.ContainsKey(key))
                made.Add(
                    key,
                    await ChangeTable.InsertAsync(sql, project, at.HeadId, since, reportId, move.From.Verdict, now)
                );
            await SplitAsync(sql, move, move.Into ?? made[key], reportId, now);
        }
    }

    internal static List<Misplaced> MisplacedOf(IReadOnlyList<JudgedSeries> series, List<SeriesChange> open) =>
        [
            .. series
                .Where(one => one.Verdict!.Place is not null)
                .Select(one => (Place: one.Verdict!.Place!, Part: ChangeTable.Find(open, one.Id, one.Verdict.Place!)))
                .Where(one => one.Part is { ToldSince: { } since } && !one.Place.MayBe(since))
                .Select(one => new Misplaced(one.Part!, one.Place)),
        ];

    /// <param name="open">The open changes of the head.</param>
    /// <param name="counts">The number of open series of each change, also of those not measured now.</param>
    internal static List<ChangeMove> Plan(
        IReadOnlyList<Misplaced> misplaced,
        IEnumerable<ChangeRow> open,
        IReadOnlyDictionary<Id<ChangeRow>, int> counts
    )
    {
        var (moves, changes) = (new List<ChangeMove>(), open.ToList());
        foreach (var group in misplaced.GroupBy(one => one.Part.ChangeId))
        {
            if (changes.Find(change => change.Id == group.Key) is not { } told)
                continue; // A person has decided it in the meantime.
            var others = changes.Where(change => change.Verdict == told.Verdict && change.Id != told.Id).ToList();
            var left = group.OrderBy(one => one.Place.Last - one.Place.First).ThenBy(one => one.Place.Since).ToList();
            if (left.Count == counts.GetValueOrDefault(told.Id) && Fitting(others, left[0].Place) is null)
            {
                // The series with the narrowest location sets the new version. Series that may have begun there stay
                // with it.
                var since = new Id<VersionRow>(left[0].Place.Since);
                moves.Add(new(told, told, since, left.FindAll(one => one.Place.MayBe(since))));
                changes[changes.IndexOf(told)] = told with { VersionId = since };
                left.RemoveAll(one => one.Place.MayBe(since));
            }
            while (left.Count > 0)
            {
                var into = Fitting(others, left[0].Place);
                var since = into?.VersionId ?? new(left[0].Place.Since);
                moves.Add(new(told, into, since, left.FindAll(one => one.Place.MayBe(since))));
                left.RemoveAll(one => one.Place.MayBe(since));
            }
        }
        return moves;
    }

    private static ChangeRow? Fitting(List<ChangeRow> changes, ChangePlace place) =>
        changes
            .Where(change => place.MayBe(change.VersionId))
            .MinBy(change => Math.Abs(change.VersionId - place.Since));

    private static async Task MoveAsync(
        Sql sql,
        ChangeMove move,
        VersionRow since,
        Id<Report> reportId,
        DateTimeOffset now
    )
    {
        await ChangeTable.MoveAsync(sql, move.From.Id, since, now);
        await ChangeTable.LocateAsync(sql, move.From.Id, move.Series);
        await ChangeTable.InsertEventAsync(
            sql,
            move.From.Id,
            EventKind.Moved,
            move.Series.Count,
            reportId,
            userId: null,
            note: null,
            now,
            formerId: move.From.VersionId
        );
        await ChangeTable.TellAsync(sql, move.From.Id, EventKind.Moved);
    }

    private static async Task SplitAsync(
        Sql sql,
        ChangeMove move,
        ChangeRow into,
        Id<Report> reportId,
        DateTimeOffset now
    )
    {
        await ChangeTable.RemoveSeriesAsync(sql, move.From.Id, [.. move.Series.Select(one => one.Part.SeriesId)]);
        await ChangeTable.InsertSeriesAsync(sql, into.Id, [.. move.Series.Select(one => one.Part)]);
        await ChangeTable.LocateAsync(sql, into.Id, move.Series);
        await ChangeTable.TouchAsync(sql, into.Id, now);
        // A change without series is closed: its series are now part of the others.
        await ChangeTable.CloseAsync(sql, move.From.Id, ChangeState.Merged, now);
        foreach (
            var (of, kind, other) in ((ChangeRow, EventKind, ChangeRow)[])
                [(move.From, EventKind.Split, into), (into, EventKind.Merged, move.From)]
        )
        {
            await ChangeTable.InsertEventAsync(
                sql,
                of.Id,
                kind,
                move.Series.Count,
                reportId,
                userId: null,
                note: null,
                now,
                otherId: other.Id
            );
            await ChangeTable.TellAsync(sql, of.Id, kind);
        }
    }
}
