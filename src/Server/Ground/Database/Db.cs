using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Server.Ground.RateLimits;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>The database. Reads see one snapshot, and a unit of work is committed as a whole or not at all.</summary>
internal abstract class Db : IAsyncDisposable
{
    public abstract Engine Engine { get; }

    /// <summary>Identifies this server among all on the same database, from its start to its end.</summary>
    public virtual int Server => 0;

    /// <summary>
    /// Runs reads on one snapshot, without waiting for a writer. The reads of a request are canceled with the request
    /// and after <see cref="ReadLimits.TimeMax"/>. No caller can take all connections.
    /// </summary>
    /// <exception cref="Http.Refusal">The reads took too long.</exception>
    public abstract Task<T> ReadAsync<T>(Func<Sql, Task<T>> work, CancellationToken ct);

    /// <summary>The gate that limits concurrent reads and queues the rest.</summary>
    public abstract FairGate Readers { get; }

    /// <summary>
    /// Runs a unit of work in a transaction that is on disk when this method returns. An exception rolls it back.
    /// </summary>
    /// <remarks>
    /// The work may run more than once, and on SQLite it runs on the single writer thread, so it must await nothing but
    /// the database. Once begun, it is not canceled: the work of a client that disconnected is completed.
    /// </remarks>
    public Task<T> WriteAsync<T>(Func<Sql, Task<T>> work) =>
        CommitAsync(Requester.Current?.Audit is { IsWritten: false } entry ? entry.With(work) : work);

    protected abstract Task<T> CommitAsync<T>(Func<Sql, Task<T>> work);

    /// <summary>
    /// Like <see cref="WriteAsync{T}(Func{Sql, Task{T}})"/>, for units of work that would otherwise wait for each
    /// other's lock. On PostgreSQL, waiting units share one transaction. Each unit still succeeds or fails by itself.
    /// </summary>
    /// <param name="turn">The key of the lock that the units wait for. Units with other keys run concurrently.</param>
    /// <param name="work">Does the lookups that need no lock, and returns a function that does the rest.</param>
    public virtual Task<T> WriteInTurnAsync<T>(string turn, Func<Sql, Task<Func<Task<T>>>> work) =>
        WriteAsync(async sql => await (await work(sql))());

    public Task WriteAsync(Func<Sql, Task> work) =>
        WriteAsync(async sql =>
        {
            await work(sql);
            return 0;
        });

    /// <summary>
    /// Raised for each signal of a committed unit of work, of this server or of any other on the same database. Signals
    /// may be lost while the connection is down; <see cref="SignalsMissed"/> then reports it. Handlers must return at
    /// once and must not throw.
    /// </summary>
    public event Action<string>? Signaled;

    /// <summary>Raised when signals of other servers may have been lost until now.</summary>
    public event Action? SignalsMissed;

    /// <summary>
    /// Starts listening for the signals of other servers, if the engine supports several servers. Completes after the
    /// first connection attempt; later attempts continue in the background.
    /// </summary>
    public virtual Task ListenAsync() => Task.CompletedTask;

    /// <summary>Runs work that only one server at a time may run on this database.</summary>
    /// <param name="key">The lock key: each kind of work has its own number.</param>
    /// <returns>False when the work is already running elsewhere; the work is then not run.</returns>
    public abstract Task<bool> TryAloneAsync(long key, Func<Task> work);

    /// <summary>
    /// Writes a snapshot of the whole database to a new file. Only the embedded database supports this.
    /// </summary>
    public virtual Task CopyAsync(string file) =>
        throw new NotSupportedException($"{Engine} is copied by its own tools.");

    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// True when a unique constraint refused a row: another request inserted it first, and retrying did not help.
    /// </summary>
    public static bool IsTaken(DbException e) =>
        e switch
        {
            SqliteException sqlite => sqlite.SqliteExtendedErrorCode
                is raw.SQLITE_CONSTRAINT_UNIQUE
                    or raw.SQLITE_CONSTRAINT_PRIMARYKEY,
            PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
            _ => false,
        };

    protected void Raise(IEnumerable<string> signals)
    {
        foreach (var signal in signals)
            Signaled?.Invoke(signal);
    }

    protected void RaiseMissed() => SignalsMissed?.Invoke();

    /// <param name="database">"sqlite" for a file in the data folder, otherwise a PostgreSQL connection string.</param>
    public static Db Open(string database, string dataFolder, ReadLimits limits, TimeProvider time) =>
        database == "sqlite"
            ? new SqliteDb(Path.Combine(dataFolder, "paddock.db"), limits, time)
            : new PostgresDb(database, limits, time);
}
