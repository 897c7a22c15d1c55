using Npgsql;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Creates indexes for name searches on PostgreSQL with its extension pg_trgm. If the extension is missing and cannot
/// be created, a search scans all names of a project, and its time budget cancels it if it takes too long.
/// </summary>
internal static class PostgresTrigrams
{
    private const long LockKey = 0x9add0d;

    // The columns whose lower() list searches use; the index expression must match theirs exactly. Tables with few rows
    // per project need no index.
    private static readonly (string Table, string Column)[] Searched = [("benchmarks", "name"), ("benchmarks", "slug")];

    // Any other SQLSTATE is a real failure and must not be mistaken for a missing extension.
    private const string Create = """
        DO $$ BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
        EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR unique_violation THEN NULL;
        END $$
        """;

    /// <summary>Creates the indexes if that is possible. Does nothing if they exist.</summary>
    /// <returns>True when searches have an index.</returns>
    public static bool Ensure(NpgsqlConnection connection)
    {
        Execute(connection, $"SELECT pg_advisory_lock({LockKey})"); // Makes replicas that start together take turns.
        try
        {
            if (!Exists(connection))
                Execute(connection, Create);
            if (!Exists(connection))
                return false;
            foreach (var (table, column) in Searched)
                Execute(connection, IndexOf(table, column));
            return true;
        }
        finally
        {
            Execute(connection, $"SELECT pg_advisory_unlock({LockKey})");
        }
    }

    private static string IndexOf(string table, string column) =>
        $"CREATE INDEX IF NOT EXISTS {table}_by_{column}_trigram ON {table} USING gin (lower({column}) gin_trgm_ops)";

    private static bool Exists(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'", connection);
        return command.ExecuteScalar() is not null;
    }

    private static void Execute(NpgsqlConnection connection, string statement)
    {
        // Indexing a large table takes minutes, but only once.
        using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        command.ExecuteNonQuery();
    }
}
