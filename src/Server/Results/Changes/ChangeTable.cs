using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Change = Paddock.Core.Verdicts.Change;

namespace Paddock.Server.Results.Changes;

/// <summary>A change, as new series join it.</summary>
internal sealed record ChangeRow(
    Id<ChangeRow> Id,
    Guid Uuid,
    Id<Head> HeadId,
    Id<VersionRow> VersionId,
    ChangeVerdict Verdict,
    ChangeState State
)
{
    public static readonly Raw Columns = new(
        "changes.id, changes.uuid, changes.head_id, changes.version_id, changes.verdict, changes.state"
    );

    public static ChangeRow Read(Row row) =>
        new(
            row.Id<ChangeRow>(),
            row.Uuid(),
            row.Id<Head>(),
            row.Id<VersionRow>(),
            row.Word<ChangeVerdict>(),
            row.Word<ChangeState>()
        );
}

/// <summary>The part of one series in a change.</summary>
/// <param name="DecidedAt">The newest version of the series at the time of a person's decision.</param>
/// <param name="ToldSince">The version at which the whole change is reported to begin; null before it is
/// stored.</param>
internal sealed record SeriesChange(
    Id<Series> SeriesId,
    Change Change,
    Id<ChangeRow> ChangeId = default,
    ChangeState State = ChangeState.Open,
    long? DecidedAt = null,
    long? ToldSince = null
);

/// <summary>Writes changes, and reads them for judging.</summary>
internal static class ChangeTable
{
    // A young series proves a change by distance, without a p-value, and SQLite cannot store NaN.
    private const double NoChance = -1;

    /// <summary>Converts a stored p-value; null if none was computed.</summary>
    public static double? Chance(double kept) => kept < 0 ? null : kept;

    public static Task<List<ChangeRow>> OpenOfHeadAsync(Sql sql, Id<Head> headId) =>
        sql.ListAsync(
            $"SELECT {ChangeRow.Columns} FROM changes WHERE head_id = {headId} AND state = {ChangeState.Open} ORDER "
                + $"BY id",
            ChangeRow.Read
        );

    /// <summary>Loads every change in which these series took part.</summary>
    public static Task<List<SeriesChange>> OfSeriesAsync(Sql sql, IReadOnlyCollection<Id<Series>> seriesIds) =>
        ListAsync(sql, SqlText.Of($"change_series.series_id IN {seriesIds}"));

    public static Task<List<SeriesChange>> OfChangeAsync(Sql sql, Id<ChangeRow> changeId) =>
        ListAsync(sql, SqlText.Of($"change_series.change_id = {changeId}"));

    /// <summary>Prepares the query for the open changes of these series, with the reader for its rows.</summary>
    public static (SqlText Text, Action<Row> Read) OpenOfSeries(
        IReadOnlyCollection<Id<Series>> seriesIds,
        List<SeriesChange> found
    ) =>
        (
            Query(SqlText.Of($"change_series.series_id IN {seriesIds} AND change_series.state = {ChangeState.Open}")),
            row => found.Add(Read(row))
        );

    private static Task<List<SeriesChange>> ListAsync(Sql sql, SqlText where) => sql.ListAsync(Query(where), Read);

    private static SqlText Query(SqlText where) =>
        SqlText.Of(
            $"""
            SELECT change_series.series_id, change_series.change_id, change_series.state, change_series.decided, change_series.number, changes.verdict,
                change_series.since, change_series.proven, before_median, after_median, effect, effect_low, effect_high, proof, p,
                changes.version_id
            FROM change_series JOIN changes ON changes.id = change_series.change_id WHERE {where} ORDER BY change_series.change_id
            """
        );

    private static SeriesChange Read(Row row)
    {
        var (series, change, state, decided) = (
            row.Id<Series>(),
            row.Id<ChangeRow>(),
            row.Word<ChangeState>(),
            row.LongOrNull()
        );
        var (number, isWorse, since, proven) = (
            row.Int(),
            row.Word<ChangeVerdict>() == ChangeVerdict.Slower,
            row.Long(),
            row.Long()
        );
        var (before, after) = (row.Double(), row.Double());
        var effect = new Shift(row.Double(), row.Double(), row.Double());
        return new(
            series,
            new(
                number,
                after > before ? Side.Up : Side.Down,
                isWorse,
                since,
                proven,
                before,
                after,
                effect,
                row.Word<Proof>(),
                Chance(row.Double()) ?? double.NaN
            ),
            change,
            state,
            decided,
            row.Long()
        );
    }

    /// <summary>
    /// Finds the stored part that matches a change in a state: by side and start, or by number if the estimated start
    /// has moved.
    /// </summary>
    public static SeriesChange? Find(List<SeriesChange> kept, Id<Series> seriesId, Change change) =>
        kept.Find(one => one.SeriesId == seriesId && one.Change.Side == change.Side && one.Change.Since == change.Since)
        ?? kept.Find(one => one.SeriesId == seriesId && one.Change.Number == change.Number);

    /// <summary>Finds the open part that a state has located anew.</summary>
    public static SeriesChange? Find(List<SeriesChange> open, Id<Series> seriesId, ChangePlace place) =>
        open.Find(one => one.SeriesId == seriesId && one.Change.Number == place.Number);

    public static async Task<ChangeRow> InsertAsync(
        Sql sql,
        ProjectRow project,
        Id<Head> headId,
        VersionRow since,
        Id<Report> reportId,
        ChangeVerdict verdict,
        DateTimeOffset now
    )
    {
        var uuid = Guid.CreateVersion7(now);
        var id = await sql.InsertAsync<ChangeRow>(
            $"""
            INSERT INTO changes (uuid, project_id, head_id, version_id, number, hash, report_id, verdict, state, created, modified)
            VALUES ({uuid}, {project.Id}, {headId}, {since.Id}, {since.Number}, {since.Hash}, {reportId}, {verdict}, {ChangeState.Open}, {now}, {now})
            """
        );
        return new(id, uuid, headId, since.Id, verdict, ChangeState.Open);
    }

    /// <summary>Adds series to a change, in one round trip if the engine supports it.</summary>
    public static Task InsertSeriesAsync(Sql sql, Id<ChangeRow> changeId, IReadOnlyCollection<SeriesChange> series) =>
        sql.ExecuteEachAsync([
            .. series.Select(one =>
                SqlText.Of(
                    $"""
                    INSERT INTO change_series (change_id, series_id, number, since, proven, state, before_median, after_median,
                        effect, effect_low, effect_high, proof, p)
                    VALUES ({changeId}, {one.SeriesId}, {one.Change.Number}, {one.Change.Since}, {one.Change.ProvenAt}, {ChangeState.Open}, {one.Change.Before},
                        {one.Change.After}, {Finite(one.Change.Effect.Estimate)}, {Finite(
                        one.Change.Effect.Low
                    )}, {Finite(one.Change.Effect.High)},
                        {one.Change.Proof}, {(double.IsNaN(one.Change.P) ? NoChance : one.Change.P)})
                    ON CONFLICT (change_id, series_id) DO UPDATE SET number = excluded.number, since = excluded.since, proven = excluded.proven,
                        state = excluded.state, decided = NULL, located = NULL, before_median = excluded.before_median, after_median = excluded.after_median,
                        effect = excluded.effect, effect_low = excluded.effect_low, effect_high = excluded.effect_high, proof = excluded.proof, p = excluded.p
                    """
                )
            ),
        ]);

    // SQLite cannot store NaN or infinity: an effect relative to 0 is clamped to the largest number.
    private static double Finite(double relative) =>
        double.IsNaN(relative) ? 0 : Math.Clamp(relative, -double.MaxValue, double.MaxValue);

    public static Task TouchAsync(Sql sql, Id<ChangeRow> changeId, DateTimeOffset now) =>
        sql.ExecuteAsync($"UPDATE changes SET modified = {now} WHERE id = {changeId}");

    /// <param name="formerId">For a change that moved: the version at which it was reported to begin before.</param>
    /// <param name="otherId">The change that was split off, or the one that was merged into this change.</param>
    public static Task InsertEventAsync(
        Sql sql,
        Id<ChangeRow> changeId,
        EventKind kind,
        int series,
        Id<Report>? reportId,
        Id<User>? userId,
        string? note,
        DateTimeOffset now,
        Id<VersionRow>? formerId = null,
        Id<ChangeRow>? otherId = null
    ) =>
        sql.ExecuteAsync(
            $"""
            INSERT INTO change_events (change_id, kind, series, report_id, user_id, note, created, version_id, other_id)
            VALUES ({changeId}, {kind}, {series}, {reportId}, {userId}, {note}, {now}, {formerId}, {otherId})
            """
        );

    public static Task MoveAsync(Sql sql, Id<ChangeRow> changeId, VersionRow since, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"""
            UPDATE changes SET version_id = {since.Id}, number = {since.Number}, hash = {since.Hash}, modified = {now}
            WHERE id = {changeId}
            """
        );

    /// <summary>
    /// Stores where the change of these series really began. Their first estimate stays, since older reports refer to
    /// it.
    /// </summary>
    public static Task LocateAsync(Sql sql, Id<ChangeRow> changeId, IReadOnlyList<Misplaced> series) =>
        sql.ExecuteEachAsync([
            .. series.Select(one =>
                SqlText.Of(
                    $"""
                    UPDATE change_series SET located = {one.Place.Since}
                    WHERE change_id = {changeId} AND series_id = {one.Part.SeriesId}
                    """
                )
            ),
        ]);

    public static Task RemoveSeriesAsync(Sql sql, Id<ChangeRow> changeId, IReadOnlyCollection<Id<Series>> seriesIds) =>
        sql.ExecuteAsync($"DELETE FROM change_series WHERE change_id = {changeId} AND series_id IN {seriesIds}");

    /// <summary>Signals an event of a stored change to the watchers of its project.</summary>
    public static async Task TellAsync(Sql sql, Id<ChangeRow> changeId, EventKind kind)
    {
        var told = await sql.FirstAsync(
            $"SELECT project_id, uuid, state FROM changes WHERE id = {changeId}",
            row => new Signal.Change(row.Id<Project>(), row.Uuid(), kind, row.Word<ChangeState>())
        );
        if (told is not null)
            await told.SendAsync(sql);
    }

    public static Task SetSeriesStateAsync(
        Sql sql,
        Id<ChangeRow> changeId,
        IReadOnlyCollection<Id<Series>> seriesIds,
        ChangeState state
    ) =>
        sql.ExecuteAsync(
            $"UPDATE change_series SET state = {state} WHERE change_id = {changeId} AND series_id IN {seriesIds}"
        );

    /// <summary>
    /// Closes a change when its last series has ended. Its state becomes returned if any of its series returned.
    /// </summary>
    public static Task CloseAsync(Sql sql, Id<ChangeRow> changeId, ChangeState end, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"""
            UPDATE changes SET modified = {now}, state = CASE
                WHEN EXISTS (SELECT 1 FROM change_series WHERE change_id = {changeId} AND state = {ChangeState.Open}) THEN state
                WHEN EXISTS (SELECT 1 FROM change_series WHERE change_id = {changeId} AND state = {ChangeState.Returned}) THEN {ChangeState.Returned}
                ELSE {end} END
            WHERE id = {changeId}
            """
        );
}
