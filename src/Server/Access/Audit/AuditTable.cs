using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Audit;

/// <summary>Reads and prunes the audit log; <see cref="Ground.Audit.AuditRecord"/> writes it.</summary>
internal static class AuditTable
{
    private const int DeletedAtOnce = 5000;

    /// <param name="organizationId">Restricts the list to entries about this organization; null for all.</param>
    public static async Task<(List<AuditEntry> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Organization>? organizationId,
        string? search,
        Page page,
        CancellationToken ct
    )
    {
        var of = organizationId is { } id ? SqlText.Of($"organization_id = {id}") : SqlText.Of($"1 = 1");
        var where = SqlText.Of($"{of}{Page.Search(search, "actor_name", "action", "path", "address")}");
        return (
            await sql.ListAsync(
                $"""
                SELECT created, actor_kind, actor, actor_name, key_uuid, address, action, path FROM audit
                WHERE {where} ORDER BY id {page.Direction(descendingStandard: true)} {page.Limit}
                """,
                row => new AuditEntry(
                    row.Time(),
                    row.Word<ActorKind>(),
                    row.Uuid(),
                    row.Text(),
                    row.UuidOrNull(),
                    row.Text(),
                    row.Text(),
                    row.Text()
                ),
                ct
            ),
            await sql.NumberAsync($"SELECT count(*) FROM audit WHERE {where}", ct)
        );
    }

    /// <summary>Deletes one batch of the entries from before a time.</summary>
    /// <returns>How many were deleted; 0 when none is left.</returns>
    public static async Task<int> DeleteOlderAsync(Db db, DateTimeOffset before)
    {
        // Reads first, so that no write transaction is started when there is nothing to delete.
        if (
            !await db.ReadAsync(
                sql => sql.AnyAsync($"SELECT 1 FROM audit WHERE created < {before}"),
                CancellationToken.None
            )
        )
            return 0;
        return await db.WriteAsync(sql =>
            sql.ExecuteAsync(
                $"DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE created < {before} LIMIT {DeletedAtOnce})"
            )
        );
    }
}
