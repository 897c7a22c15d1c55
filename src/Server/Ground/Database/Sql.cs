namespace Paddock.Server.Ground.Database;

/// <summary>Deferred rows of many units of work, written together.</summary>
internal interface IPutOff
{
    Task WriteAsync(Sql sql);
}

/// <summary>
/// An open transaction, through which a unit of work reads and writes. Not thread-safe: one unit at a time.
/// </summary>
internal abstract class Sql
{
    private readonly List<IPutOff> putOff = [];

    public abstract Engine Engine { get; }

    /// <summary>
    /// A cache that lives from one unit of work to the next on the engine with a single writer; null when several
    /// servers write. It is cleared when a unit fails, because it may hold uncommitted data, and when a unit deletes
    /// rows that it may come from: see <see cref="Deletion"/>.
    /// </summary>
    public abstract T? Memory<T>()
        where T : class, new();

    /// <summary>
    /// A cache shared by all units of work of this server, while other servers may write too. A unit must check that
    /// the cached data is still current before using it, and add to it only in <see cref="Afterwards"/>. Many units use
    /// it concurrently.
    /// </summary>
    public abstract T Shared<T>()
        where T : class, new();

    /// <summary>
    /// A cache for units that share one PostgreSQL transaction, valid until it ends, for facts about rows they have
    /// locked. Null when a unit has its own transaction, and on SQLite.
    /// </summary>
    public T? OfTurn<T>()
        where T : class, new() => Engine == Engine.Postgres ? Memory<T>() : null;

    /// <summary>
    /// The deferred rows of one kind. They are written before the transaction ends, for all its units at once.
    /// </summary>
    public virtual T PutOff<T>()
        where T : class, IPutOff, new()
    {
        foreach (var one in putOff)
            if (one is T known)
                return known;
        var made = new T();
        putOff.Add(made);
        return made;
    }

    /// <summary>Writes the deferred rows.</summary>
    public virtual async Task FlushAsync()
    {
        if (putOff.Count == 0)
            return;
        IPutOff[] all = [.. putOff];
        putOff.Clear();
        foreach (var one in all)
            await one.WriteAsync(this);
    }

    /// <summary>Drops the deferred rows because their unit failed.</summary>
    protected void DropPutOff() => putOff.Clear();

    /// <summary>
    /// Runs a statement whose result is not needed. On PostgreSQL it is sent with a later round trip.
    /// </summary>
    public virtual Task ExecuteLaterAsync(SqlText text) => ExecuteAsync(text);

    /// <summary>Inserts one row and returns its key. On PostgreSQL the row is sent with a later round trip.</summary>
    public async Task<Id<T>> InsertLaterAsync<T>(string table, Raw columns, SqlText values) =>
        new(await InsertLaterAsync(table, columns, values));

    /// <summary>Inserts one row and returns its key. On PostgreSQL the row is sent with a later round trip.</summary>
    protected virtual Task<long> InsertLaterAsync(string table, Raw columns, SqlText values) =>
        InsertAsync(SqlText.Of($"INSERT INTO {new Raw(table)} ({columns}) VALUES ({values})"));

    /// <summary>
    /// Discards prefetched keys, so that later rows get higher keys than all rows that other transactions have inserted
    /// so far.
    /// </summary>
    public virtual void RenewKeys() { }

    /// <summary>Runs the action if and when this unit of work is committed.</summary>
    public abstract void Afterwards(Action action);

    /// <summary>Appended to a SELECT in a unit of work. Locks the rows until the unit ends.</summary>
    public abstract Raw ForUpdateOf(string table);

    /// <summary>
    /// Like <see cref="ForUpdateOf"/> when the keys will not change. Transactions that only reference the rows do not
    /// wait.
    /// </summary>
    public abstract Raw ForChangeOf(string table);

    /// <summary>
    /// Appended to a SELECT in a unit of work. The rows can be updated but not deleted until the unit ends.
    /// </summary>
    public abstract Raw ForReferenceTo(string table);

    /// <summary>
    /// Appended to a SELECT in a unit of work that claims one of many rows. Rows locked by others are skipped.
    /// </summary>
    public abstract Raw ForClaimOf(string table);

    /// <summary>False when a server (<see cref="Db.Server"/>) has ended or lost its connection.</summary>
    public abstract Task<bool> IsServerUpAsync(long server);

    /// <summary>Sends a signal to all servers on this database if and when this unit of work commits.</summary>
    /// <param name="signal">A few words, 1000 bytes at most.</param>
    public abstract Task SignalAsync(string signal);

    /// <summary>Passes each row to the reader until it returns false.</summary>
    public abstract Task ReadAsync(SqlText text, Func<Row, bool> read, CancellationToken ct = default);

    /// <summary>Passes all rows of several queries to their readers, in one round trip on PostgreSQL.</summary>
    public virtual async Task ReadAllAsync(
        IReadOnlyList<(SqlText Text, Action<Row> Read)> queries,
        CancellationToken ct = default
    )
    {
        foreach (var (text, read) in queries)
            await ReadAsync(
                text,
                row =>
                {
                    read(row);
                    return true;
                },
                ct
            );
    }

    /// <returns>The number of rows changed.</returns>
    public abstract Task<int> ExecuteAsync(SqlText text, CancellationToken ct = default);

    /// <summary>
    /// Runs each statement in order, in one round trip on PostgreSQL, and reads the rows that they return.
    /// </summary>
    public abstract Task<List<T>> EachAsync<T>(IReadOnlyCollection<SqlText> texts, Func<Row, T> read);

    /// <summary>Runs each statement in order, in one round trip on PostgreSQL.</summary>
    public abstract Task ExecuteEachAsync(IReadOnlyCollection<SqlText> texts);

    /// <summary>
    /// Inserts rows in bulk, in the given order, and reads the returned rows. Handles many thousands of rows in one
    /// statement.
    /// </summary>
    public abstract Task<List<T>> InsertAllAsync<T>(NewRows rows, Raw returning, Func<Row, T> read);

    /// <summary>Runs several statements without parameters, separated by semicolons.</summary>
    public abstract Task ScriptAsync(string script);

    public async Task<List<T>> ListAsync<T>(SqlText text, Func<Row, T> read, CancellationToken ct = default)
    {
        var rows = new List<T>();
        await ReadAsync(
            text,
            row =>
            {
                rows.Add(read(row));
                return true;
            },
            ct
        );
        return rows;
    }

    /// <summary>Reads the first row; default if there is none.</summary>
    public async Task<T?> FirstAsync<T>(SqlText text, Func<Row, T> read, CancellationToken ct = default)
    {
        T? first = default;
        await ReadAsync(
            text,
            row =>
            {
                first = read(row);
                return false;
            },
            ct
        );
        return first;
    }

    /// <summary>Reads the single number of a query; 0 for null or no row.</summary>
    public Task<long> NumberAsync(SqlText text, CancellationToken ct = default) =>
        FirstAsync(text, row => row.LongOrNull() ?? 0, ct);

    /// <summary>Reads the single key of a query; 0 for null or no row.</summary>
    public async Task<Id<T>> IdAsync<T>(SqlText text, CancellationToken ct = default) =>
        new(await NumberAsync(text, ct));

    public async Task<bool> AnyAsync(SqlText text, CancellationToken ct = default)
    {
        var any = false;
        await ReadAsync(
            text,
            _ =>
            {
                any = true;
                return false;
            },
            ct
        );
        return any;
    }

    /// <summary>Inserts one row and returns its key.</summary>
    public Task<long> InsertAsync(SqlText text, CancellationToken ct = default) =>
        FirstAsync(SqlText.Of($"{text} RETURNING id"), row => row.Long(), ct);

    /// <summary>Inserts one row and returns its key.</summary>
    public Task<Id<T>> InsertAsync<T>(SqlText text, CancellationToken ct = default) =>
        FirstAsync(SqlText.Of($"{text} RETURNING id"), row => row.Id<T>(), ct);
}
