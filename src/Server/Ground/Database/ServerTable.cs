namespace Paddock.Server.Ground.Database;

/// <summary>The identity of this installation, shared by all its servers.</summary>
internal sealed record ServerRow(Guid Uuid, DateTimeOffset Created);

/// <summary>The table that holds the installation's single row, inserted at the first start.</summary>
internal static class ServerTable
{
    public static async Task EnsureAsync(Db db, TimeProvider time)
    {
        if (await db.ReadAsync(sql => sql.AnyAsync($"SELECT 1 FROM servers"), CancellationToken.None))
            return;
        var now = time.GetUtcNow();
        // Safe for replicas that start together: the key is constant, so the second insert changes nothing.
        await db.WriteAsync(sql =>
            sql.ExecuteAsync(
                $"INSERT INTO servers (id, uuid, created) VALUES (1, {Guid.CreateVersion7(now)}, {now}) ON CONFLICT "
                    + $"DO NOTHING"
            )
        );
    }

    public static async Task<ServerRow> GetAsync(Sql sql, CancellationToken ct = default) =>
        await sql.FirstAsync($"SELECT uuid, created FROM servers", row => new ServerRow(row.Uuid(), row.Time()), ct)
        ?? throw new InvalidOperationException("The table servers has no row.");

    /// <summary>Locks the installation's row, to serialize decisions about the whole installation.</summary>
    public static Task LockAsync(Sql sql) =>
        sql.AnyAsync($"SELECT 1 FROM servers WHERE id = 1{sql.ForUpdateOf("servers")}");
}
