using Npgsql;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Detects poolers, such as PgBouncer in transaction mode, that give each transaction a different PostgreSQL session.
/// Prepared statements, settings, LISTEN and advisory locks would then belong to another client's session: requests
/// would fail, and some would get wrong answers.
/// </summary>
internal static class PostgresPooler
{
    private const int Tries = 3; // More than one try, because another client may take the session meanwhile.

    /// <exception cref="FormatException">A pooler in transaction mode stands before the database.</exception>
    public static void Refuse(string connectionString)
    {
        using var one = new NpgsqlConnection(connectionString);
        using var other = new NpgsqlConnection(connectionString);
        one.Open();
        other.Open();
        for (var i = 0; i < Tries; i++)
        {
            var session = Session(one);
            using var transaction = other.BeginTransaction();
            // While this transaction holds a session, the first connection must have a different session, the same as
            // before.
            if (Session(other) == session || Session(one) != session)
                throw new FormatException(
                    "PADDOCK_DATABASE: this PostgreSQL is behind a pooler in transaction mode, like PgBouncer with "
                        + "pool_mode=transaction, which gives each transaction another session. Paddock has its own "
                        + "pool and needs lasting sessions: connect to PostgreSQL directly, or use pool_mode=session."
                );
        }
    }

    private static int Session(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        return (int)command.ExecuteScalar()!;
    }
}
