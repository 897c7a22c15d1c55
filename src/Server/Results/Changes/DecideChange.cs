using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Changes;

/// <summary>
/// Applies a person's decision on a change. Accepted: its new level is the normal one. Dismissed: it was no real
/// change. Reopened: it holds as before. The states of its series are updated, so that the next report is judged
/// accordingly.
/// </summary>
internal static class DecideChange
{
    public const int NoteMax = 1024,
        DecisionsMax = 200;

    /// <exception cref="Refusal">The decision is empty, or its note is too long.</exception>
    public static void Check(ChangePatch patch)
    {
        if (patch.State is null && patch.Note is null)
            throw Refusal.BadInput(
                $"state: missing; allowed: {string.Join(", ", Words<ChangePatchState>.All)}, or a note alone"
            );
        if (patch.Note?.Contains('\0', StringComparison.Ordinal) == true)
            throw Refusal.BadInput("note: contains a null character, which is not allowed");
        if (patch.Note is { Length: > NoteMax } note)
            throw Refusal.BadInput($"note: has {note.Length} characters; allowed: {NoteMax} at most");
    }

    /// <exception cref="Refusal">The change does not exist, or it has ended by itself.</exception>
    public static async Task RunAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        ChangePatch patch,
        Id<User>? userId,
        DateTimeOffset now
    )
    {
        var branch = await sql.IdAsync<Branch>(
            $"SELECT heads.branch_id FROM changes JOIN heads ON heads.id = changes.head_id WHERE changes.project_id "
                + $"= {project.Id} AND changes.uuid = {uuid}"
        );
        if (branch.IsNone)
            throw Refusal.NotFound("change", uuid);
        await BranchTable.LockAsync(sql, branch); // Reports of the branch are judged before or after, not meanwhile.
        var change = await sql.FirstAsync(
            $"SELECT {ChangeRow.Columns} FROM changes WHERE uuid = {uuid}",
            ChangeRow.Read
        ) ?? throw Refusal.NotFound("change", uuid);
        var wanted = patch.State is { } state ? StateOf(state) : change.State;
        var happened = new List<EventKind>(2);
        if (wanted != change.State)
        {
            // Every decision is stored, so their number is limited.
            if (await DecisionsAsync(sql, change.Id) >= DecisionsMax)
                throw Refusal.Conflict(
                    $"state: this change has {DecisionsMax} decisions already, and no more are stored"
                );
            if (
                change.State is ChangeState.Returned or ChangeState.Refuted or ChangeState.Settled or ChangeState.Merged
            )
                throw Refusal.Conflict(
                    $"state: the change has ended ({Words<ChangeState>.Of(change.State)}), so there is nothing to "
                        + $"decide"
                );
            if (change.State != ChangeState.Open)
                happened.Add(await MoveAsync(sql, change, ChangeState.Open, patch, userId, now));
            if (wanted != ChangeState.Open)
                happened.Add(await MoveAsync(sql, change, wanted, patch, userId, now));
        }
        // A decision without a note clears the note. A note alone is added to the existing decision.
        var set = patch.State is null ? SqlText.Empty : SqlText.Of($", state = {wanted}, user_id = {userId}");
        await sql.ExecuteAsync($"UPDATE changes SET modified = {now}, note = {patch.Note}{set} WHERE id = {change.Id}");
        foreach (var kind in happened)
            await ChangeTable.TellAsync(sql, change.Id, kind);
    }

    private static Task<long> DecisionsAsync(Sql sql, Id<ChangeRow> changeId) =>
        sql.NumberAsync(
            $"""
            SELECT count(*) FROM change_events
            WHERE change_id = {changeId} AND kind IN ({EventKind.Accepted}, {EventKind.Dismissed}, {EventKind.Reopened})
            """
        );

    private static ChangeState StateOf(ChangePatchState state) =>
        state switch
        {
            ChangePatchState.Accepted => ChangeState.Accepted,
            ChangePatchState.Dismissed => ChangeState.Dismissed,
            ChangePatchState.Open => ChangeState.Open,
        };

    private static async Task<EventKind> MoveAsync(
        Sql sql,
        ChangeRow change,
        ChangeState to,
        ChangePatch patch,
        Id<User>? userId,
        DateTimeOffset now
    )
    {
        // Series that have ended keep their state.
        var parts = (await ChangeTable.OfChangeAsync(sql, change.Id)).FindAll(part =>
            part.State is not (ChangeState.Returned or ChangeState.Refuted or ChangeState.Settled)
        );
        Id<Series>[] ids = [.. parts.Select(part => part.SeriesId)];
        await DecideStatesAsync(sql, parts, to);
        var decided = to == ChangeState.Open ? null : (await VersionTable.LatestSeenAsync(sql, change.HeadId))?.Id;
        await sql.ExecuteAsync(
            $"UPDATE change_series SET state = {to}, decided = {decided} WHERE change_id = {change.Id} AND series_id "
                + $"IN {ids}"
        );
        var kind = to switch
        {
            ChangeState.Accepted => EventKind.Accepted,
            ChangeState.Dismissed => EventKind.Dismissed,
            _ => EventKind.Reopened,
        };
        await ChangeTable.InsertEventAsync(sql, change.Id, kind, parts.Count, reportId: null, userId, patch.Note, now);
        return kind;
    }

    private static async Task DecideStatesAsync(Sql sql, List<SeriesChange> parts, ChangeState to)
    {
        var states = await SeriesStates.ReadAsync(sql, [.. parts.Select(part => part.SeriesId)]);
        var (changed, forgotten) = (new List<(Id<Series>, SeriesState)>(), new List<Id<Series>>());
        foreach (var part in parts)
        {
            if (!states.TryGetValue(part.SeriesId, out var state))
                continue; // The next report rebuilds the state, with the decision.
            // The measure's direction does not matter here: only the verdict depends on it, and nothing reads the
            // verdict.
            var rules = new Rules();
            var known = RebuildStates.Find(state.Look(rules).Open, part.Change);
            if (to == ChangeState.Accepted && known is not null)
                state.Accept(known.Number, rules);
            else if (to == ChangeState.Dismissed && known is not null)
                state.Dismiss(known.Number, rules);
            else if (to == ChangeState.Open && known is null)
                state.Reopen(part.Change.Number, rules);
            if (to == ChangeState.Open && RebuildStates.Find(state.Look(rules).Open, part.Change) is null)
                forgotten.Add(part.SeriesId);
            else
                changed.Add((part.SeriesId, state));
        }
        await SeriesStates.WriteAsync(sql, changed);
        if (forgotten.Count > 0)
            await SeriesStates.ForgetAsync(sql, forgotten);
    }
}
