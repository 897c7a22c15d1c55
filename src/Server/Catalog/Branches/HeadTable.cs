using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Catalog.Branches;

/// <summary>
/// The state up to which a cached history of a head is valid: the number of changes to the head, and the number of
/// deletions in all tables that histories depend on.
/// </summary>
internal readonly record struct HistoryStamp(long Changes, long Deletions)
{
    /// <summary>
    /// The number of changes between this stamp and the change that produced <paramref name="next"/>; a cached history
    /// with this stamp lacks them. Null when something was deleted, so the cache may also be wrong.
    /// </summary>
    public long? MissedBefore(HistoryStamp next) =>
        next == default ? (this == default ? 0 : null)
        : Deletions == next.Deletions && Changes < next.Changes ? next.Changes - Changes - 1
        : null;
}

/// <summary>Data of a higher wing that a new head copies from its start point in addition to the history.</summary>
internal interface ITakenFromStartPoint
{
    Task CopyAsync(Sql sql, ProjectRow project, Id<Branch> fromBranchId, Id<Branch> toBranchId, DateTimeOffset now);
}

/// <summary>Creates heads and tracks the changes to their histories.</summary>
internal static class HeadTable
{
    public static Task<HeadRow?> FindAsync(Sql sql, Id<Branch> branchId, Guid head, CancellationToken ct) =>
        sql.FirstAsync(
            $"SELECT {HeadRow.Columns} FROM heads {HeadRow.Joins} WHERE heads.uuid = {head} AND heads.branch_id = "
                + $"{branchId}",
            HeadRow.Read,
            ct
        );

    /// <summary>
    /// Records that this unit of work adds metrics to a head; it has locked the branch. A cached history is complete
    /// when its stamp has the same deletions and one change less than the returned one. The metrics' report gets this
    /// change's number.
    /// </summary>
    /// <returns>The stamp, and the version up to which points of the head may be packed.</returns>
    public static async Task<(HistoryStamp Stamp, long Packed)> ChangeAsync(Sql sql, Id<Head> headId)
    {
        if (sql.Engine == Engine.Sqlite) // SQLite has one writer, which invalidates its own cache.
            return (default, await sql.NumberAsync($"SELECT packed FROM heads WHERE id = {headId}"));
        // Counted once for all units of work of a transaction.
        var told = sql.OfTurn<Dictionary<long, (HistoryStamp Stamp, long Packed)>>();
        if (told is not null && told.TryGetValue(headId, out var known))
            return known;
        var stamp = await sql.FirstAsync(
            $"""
            UPDATE heads SET changes = changes + 1 WHERE id = {headId}
            RETURNING changes, (SELECT units FROM deletions), packed
            """,
            row => (new HistoryStamp(row.Long(), row.Long()), row.Long())
        );
        told?.Add(headId, stamp);
        return stamp;
    }

    /// <summary>
    /// Records that a report of a head is deleted; this unit of work has locked the branch. It counts as two changes
    /// without a report, so that every cached history of the head is read anew.
    /// </summary>
    public static Task LostReportAsync(Sql sql, Id<Head> headId) =>
        sql.Engine == Engine.Sqlite
            ? Task.CompletedTask
            : sql.ExecuteAsync($"UPDATE heads SET changes = changes + 2 WHERE id = {headId}");

    /// <param name="others">Copies further data from the start point, if the start point says so.</param>
    /// <summary>
    /// Gives a branch a new head. The former head is marked as replaced, and all its alerts are silenced, dismissed
    /// ones too.
    /// </summary>
    public static async Task<HeadRow> StartAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> branchId,
        Id<Head>? replacedHeadId,
        ResolvedStartPoint? start,
        ITakenFromStartPoint others,
        DateTimeOffset now
    )
    {
        sql.RenewKeys(); // The start point's version may be newer than keys that are already reserved.
        var uuid = Guid.CreateVersion7(now);
        var id = await sql.InsertAsync<Head>(
            $"""
            INSERT INTO heads (uuid, branch_id, start_head_id, start_version_id, created)
            VALUES ({uuid}, {branchId}, {start?.HeadId}, {start?.VersionId}, {now})
            """
        );
        await sql.ExecuteAsync($"UPDATE branches SET head_id = {id} WHERE id = {branchId}");
        await sql.ExecuteAsync(
            $"INSERT INTO head_histories (head_id, source_head_id, version_min, version_max) VALUES ({id}, {id}, 0, "
                + $"{long.MaxValue})"
        );
        if (start is { MaxVersions: > 0 })
            await InheritAsync(sql, id, start);
        if (replacedHeadId is { } old)
            await ReplaceAsync(sql, old, now);
        if (start is { CloneThresholds: true })
            await others.CopyAsync(sql, project, start.BranchId, branchId, now);
        return (
            await sql.FirstAsync(
                $"SELECT {HeadRow.Columns} FROM heads {HeadRow.Joins} WHERE heads.id = {id}",
                HeadRow.Read
            )
        )!;
    }

    // The new head sees the same versions as the start point's head, up to the version where it begins and at most the
    // requested number.
    private static async Task InheritAsync(Sql sql, Id<Head> headId, ResolvedStartPoint start)
    {
        var oldest = await sql.NumberAsync(
            $"""
            SELECT versions.id FROM head_histories h
            JOIN versions ON versions.head_id = h.source_head_id AND versions.id BETWEEN h.version_min AND h.version_max
            WHERE h.head_id = {start.HeadId} AND versions.id <= {start.VersionId}
            ORDER BY versions.id DESC LIMIT 1 OFFSET {start.MaxVersions - 1}
            """
        );
        await sql.ExecuteAsync(
            $"""
            INSERT INTO head_histories (head_id, source_head_id, version_min, version_max)
            SELECT {headId}, source_head_id,
                CASE WHEN version_min > {oldest} THEN version_min ELSE {oldest} END,
                CASE WHEN version_max < {start.VersionId} THEN version_max ELSE {start.VersionId} END
            FROM head_histories WHERE head_id = {start.HeadId} AND version_max >= {oldest} AND version_min <= {start.VersionId}
            """
        );
    }

    private static async Task ReplaceAsync(Sql sql, Id<Head> headId, DateTimeOffset now)
    {
        await sql.ExecuteAsync($"UPDATE heads SET replaced = {now} WHERE id = {headId}");
        await sql.ExecuteAsync(
            $"""
            UPDATE alerts SET status = {Core.Wire.AlertStatus.Silenced}, modified = {now}
            WHERE status <> {Core.Wire.AlertStatus.Silenced} AND report_id IN (SELECT id FROM reports WHERE head_id = {headId})
            """
        );
    }
}
