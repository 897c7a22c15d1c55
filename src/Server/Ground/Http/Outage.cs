using Npgsql;
using Paddock.Server.Ground.Blobs;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// A failure of what the server stands on, and not of the server: the database or the blob store is away for a while.
/// </summary>
/// <param name="What">For the answer and the log.</param>
internal sealed record Outage(string What)
{
    /// <summary>Restarts and failovers of databases take some seconds.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public static readonly Outage OfDatabase = new("database");
    public static readonly Outage OfStore = new("blob store");

    /// <summary>Null where the exception is something else.</summary>
    public static Outage? Of(Exception e) =>
        e switch
        {
            BlobStoreFailure => OfStore,
            PostgresException answered => IsAway(answered.SqlState) ? OfDatabase : null,
            NpgsqlException => OfDatabase, // It cannot be reached, or went away in the middle.
            { InnerException: { } inner } => Of(inner),
            _ => null,
        };

    // Of PostgreSQL's codes: connections (08), too many of them, and a server that is ended, crashed or still starting.
    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal)
        || state
            is PostgresErrorCodes.TooManyConnections
                or PostgresErrorCodes.AdminShutdown
                or PostgresErrorCodes.CrashShutdown
                or PostgresErrorCodes.CannotConnectNow;
}
