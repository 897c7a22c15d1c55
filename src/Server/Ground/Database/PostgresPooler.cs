using Npgsql;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Poolers such as PgBouncer in transaction mode give each transaction another session of PostgreSQL. Prepared
/// statements, settings, LISTEN and advisory locks then are in a session that somebody else has: requests would fail,
/// and some would be answered wrongly.
/// </summary>
internal static class PostgresPooler
{
    private const int Tries = 3; // Somebody else may take the session meanwhile.

    /// <exception cref="FormatException">There is such a pooler before the database.</exception>
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
            // While this transaction holds a session, the first connection must have another one, and still its own.
            if (Session(other) == session || Session(one) != session)
                throw new FormatException(
                    "PADDOCK_DATABASE: a pooler in transaction mode stands before this PostgreSQL, as PgBouncer with "
                        + "pool_mode=transaction, and gives each transaction another session. Paddock keeps a pool of "
                        + "its own and needs its sessions: connect to PostgreSQL directly, or use pool_mode=session."
                );
        }
    }

    private static int Session(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        return (int)command.ExecuteScalar()!;
    }
}
