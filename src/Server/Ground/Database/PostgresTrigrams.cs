using Npgsql;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Indexes for searching in names on PostgreSQL, by its extension pg_trgm. Where the extension is not there and may not
/// be created, searches read all names of a project, and their time budget ends those that take too long.
/// </summary>
internal static class PostgresTrigrams
{
    private const long LockKey = 0x9add0d;

    // What the search in lists asks for, word for word. Tables with few rows in a project need no index.
    private static readonly (string Table, string Column)[] Searched = [("benchmarks", "name"), ("benchmarks", "slug")];

    // Another state than these is a failure: it must not be taken for a missing extension.
    private const string Create = """
        DO $$ BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
        EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR unique_violation THEN NULL;
        END $$
        """;

    /// <summary>Makes the indexes, where they can be made; with those there it does nothing.</summary>
    /// <returns>Whether searches have an index.</returns>
    public static bool Ensure(NpgsqlConnection connection)
    {
        Execute(connection, $"SELECT pg_advisory_lock({LockKey})"); // Replicas that start together take turns.
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
        // A large table takes minutes, once.
        using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        command.ExecuteNonQuery();
    }
}
