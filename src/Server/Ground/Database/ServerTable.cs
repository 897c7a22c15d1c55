namespace Paddock.Server.Ground.Database;

/// <summary>This installation, however many programs serve it.</summary>
internal sealed record ServerRow(Guid Uuid, DateTimeOffset Created);

/// <summary>The table with one row, made at the first start.</summary>
internal static class ServerTable
{
    public static async Task EnsureAsync(Db db, TimeProvider time)
    {
        if (await db.ReadAsync(sql => sql.AnyAsync($"SELECT 1 FROM servers"), CancellationToken.None))
            return;
        var now = time.GetUtcNow();
        // Replicas that start together agree: the key is a constant, and the second one changes nothing.
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

    /// <summary>For decisions about the whole installation, of which there must be one at a time.</summary>
    public static Task LockAsync(Sql sql) =>
        sql.AnyAsync($"SELECT 1 FROM servers WHERE id = 1{sql.ForUpdateOf("servers")}");
}
