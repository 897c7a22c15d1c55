using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Server.Ground.Blobs;
using SQLitePCL;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// A failure of something the server depends on, not of the server itself: its database, blob store or disk.
/// </summary>
/// <param name="What">The failed dependency, for the log.</param>
/// <param name="State">Its state, for the log.</param>
/// <param name="Sentence">The message for the client.</param>
internal sealed record Outage(string What, string State, string Sentence)
{
    // Linux errno values.
    private const int IoError = 5;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int OverQuota = 122;

    /// <summary>How long clients should wait: restarts and failovers of databases take some seconds.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    public static readonly Outage OfDatabase = Away("database");
    public static readonly Outage OfStore = Away("blob store");

    /// <summary>
    /// The disk is full, although the reserve of PADDOCK_DISK_FREE_MIN_BYTES should have prevented that.
    /// </summary>
    public static readonly Outage FullDisk = new(
        "disk",
        "is full",
        "The server's disk is full: nothing of this request was stored. Tell the server's operator."
    )
    {
        Status = StatusCodes.Status507InsufficientStorage,
    };

    public static readonly Outage FailedDisk = new(
        "disk",
        "cannot be written or read",
        "The server's disk has failed or is read-only: nothing of this request was stored. Tell the server's operator."
    );

    /// <summary>Large requests have together used up the server's memory.</summary>
    public static readonly Outage OfMemory = new(
        "memory",
        "is used up",
        "The server does not have enough free memory for this request: nothing of it was stored. Try again in a few "
            + "seconds, or send less at once."
    );

    /// <summary>The database file is corrupt, which a restart does not repair.</summary>
    public static readonly Outage Damaged = new(
        "database",
        "is damaged: restore a backup",
        "The server's database is damaged where this request needs it. Tell the server's operator, who has to restore "
            + "a backup."
    )
    {
        Status = StatusCodes.Status500InternalServerError,
        RetryAfter = null,
    };

    public int Status { get; init; } = StatusCodes.Status503ServiceUnavailable;

    /// <summary>How long to wait before a retry; null if a retry is pointless.</summary>
    public TimeSpan? RetryAfter { get; init; } = Soon;

    /// <summary>The outage behind an exception; null if it has another cause.</summary>
    public static Outage? Of(Exception e) =>
        e switch
        {
            BlobStoreFailure => OfStore,
            OutOfMemoryException => OfMemory,
            PostgresException answered => IsAway(answered.SqlState) ? OfDatabase : null,
            NpgsqlException => OfDatabase, // The database cannot be reached, or the connection broke.
            SqliteException sqlite => Of(sqlite.SqliteErrorCode),
            IOException { HResult: NoSpace or OverQuota } => FullDisk,
            IOException { HResult: IoError or ReadOnly } => FailedDisk,
            { InnerException: { } inner } => Of(inner),
            _ => null,
        };

    private static Outage? Of(int sqlite) =>
        sqlite switch
        {
            raw.SQLITE_FULL => FullDisk,
            raw.SQLITE_IOERR or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN => FailedDisk,
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => Damaged,
            _ => null,
        };

    // PostgreSQL's codes for connection failures (08), too many connections, and a server that was shut down, has
    // crashed or is still starting.
    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal)
        || state
            is PostgresErrorCodes.TooManyConnections
                or PostgresErrorCodes.AdminShutdown
                or PostgresErrorCodes.CrashShutdown
                or PostgresErrorCodes.CannotConnectNow;

    private static Outage Away(string what) =>
        new(
            what,
            "cannot be reached",
            $"The server cannot reach its {what}, and does not know whether a change of this request was stored. Try "
                + "again in a few seconds."
        );
}
