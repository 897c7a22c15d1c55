using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Server.Ground.RateLimits;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>The database: reads see one moment, and a unit of work is there as a whole or not at all.</summary>
internal abstract class Db : IAsyncDisposable
{
    public abstract Engine Engine { get; }

    /// <summary>Tells this server from others on the same database, from its start to its end.</summary>
    public virtual int Server => 0;

    /// <summary>
    /// Runs reads on one snapshot. Never waits for a writer. The reads of a request end with it, and when they have
    /// taken longer than
    /// <see cref="ReadLimits.TimeMax"/>; those of one caller leave connections for the others.
    /// </summary>
    /// <exception cref="Http.Refusal">It took too long.</exception>
    public abstract Task<T> ReadAsync<T>(Func<Sql, Task<T>> work, CancellationToken ct);

    /// <summary>The connections for reading, and who waits for one.</summary>
    public abstract FairGate Readers { get; }

    /// <summary>
    /// Runs a unit of work in a transaction; when this returns, it is on disk. An exception undoes all of it.
    /// </summary>
    /// <remarks>
    /// The work may run more than once, and on SQLite runs on the one writer's thread, so it awaits nothing but the
    /// database. It is not cancelled once begun: a client that went away gets its work done.
    /// </remarks>
    public Task<T> WriteAsync<T>(Func<Sql, Task<T>> work) =>
        CommitAsync(Requester.Current?.Audit is { IsWritten: false } entry ? entry.With(work) : work);

    protected abstract Task<T> CommitAsync<T>(Func<Sql, Task<T>> work);

    /// <summary>
    /// As <see cref="WriteAsync{T}(Func{Sql, Task{T}})"/>, for units of which each would wait for the one before: where
    /// a transaction has a price, those that wait share one. Each still succeeds or fails by itself.
    /// </summary>
    /// <param name="turn">What they wait for. Units of other turns go on beside them.</param>
    /// <param name="work">Looks up what can be looked up before it is the unit's turn, and yields the rest.</param>
    public virtual Task<T> WriteInTurnAsync<T>(string turn, Func<Sql, Task<Func<Task<T>>>> work) =>
        WriteAsync(async sql => await (await work(sql))());

    public Task WriteAsync(Func<Sql, Task> work) =>
        WriteAsync(async sql =>
        {
            await work(sql);
            return 0;
        });

    /// <summary>
    /// What units of work have said, once they are there for all to see: those of this server, and of every other one
    /// on the same database. Some may be missed while a connection is lost, which is told by
    /// <see cref="SignalsMissed"/>. Handlers return at once and throw nothing.
    /// </summary>
    public event Action<string>? Signaled;

    /// <summary>Signals of other servers may have been missed up to now.</summary>
    public event Action? SignalsMissed;

    /// <summary>
    /// Begins to hear the signals of other servers, where the engine allows for any. Ends when it does, or has tried
    /// once and goes on trying.
    /// </summary>
    public virtual Task ListenAsync() => Task.CompletedTask;

    /// <summary>Does what only one server at a time may be doing on this database.</summary>
    /// <param name="key">Which work it is; each kind has a number of its own.</param>
    /// <returns>False where it is being done already; then nothing was done here.</returns>
    public abstract Task<bool> TryAloneAsync(long key, Func<Task> work);

    /// <summary>
    /// Writes a copy of the whole database, as it is at one moment, to a new file. Only the embedded database can do
    /// that.
    /// </summary>
    public virtual Task CopyAsync(string file) =>
        throw new NotSupportedException($"{Engine} is copied by its own tools.");

    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// True when a unique constraint refused a row: another request was first, and running again did not help.
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

    /// <param name="database">"sqlite" for a file in the data folder, else a connection string of PostgreSQL.</param>
    public static Db Open(string database, string dataFolder, ReadLimits limits, TimeProvider time) =>
        database == "sqlite"
            ? new SqliteDb(Path.Combine(dataFolder, "paddock.db"), limits, time)
            : new PostgresDb(database, limits, time);
}
