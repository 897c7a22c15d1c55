namespace Paddock.Server.Ground.Database;

/// <summary>Rows of many units of work that are written together.</summary>
internal interface IPutOff
{
    Task WriteAsync(Sql sql);
}

/// <summary>An open transaction: what a unit of work reads and writes through. For one unit at a time.</summary>
internal abstract class Sql
{
    private readonly List<IPutOff> putOff = [];

    public abstract Engine Engine { get; }

    /// <summary>
    /// What the units of work of an only writer may remember from one to the next; null where others write too. It is
    /// gone as soon as a unit fails, since then what is remembered may never have been, or deletes what it may come
    /// from: <see cref="Deletion"/>.
    /// </summary>
    public abstract T? Memory<T>()
        where T : class, new();

    /// <summary>
    /// What all units of work of this server may remember, where others may write too: whoever believes it must first
    /// see that nothing has changed since, and keep new things only by <see cref="Afterwards"/>. Many units use it at
    /// once.
    /// </summary>
    public abstract T Shared<T>()
        where T : class, new();

    /// <summary>
    /// What units that share one transaction on PostgreSQL may remember until it ends, about rows that they have
    /// locked. Null where a unit has a transaction of its own, and on SQLite.
    /// </summary>
    public T? OfTurn<T>()
        where T : class, new() => Engine == Engine.Postgres ? Memory<T>() : null;

    /// <summary>Rows that are written before the transaction ends, and those of all its units at once.</summary>
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

    /// <summary>Writes what was put off.</summary>
    public virtual async Task FlushAsync()
    {
        if (putOff.Count == 0)
            return;
        IPutOff[] all = [.. putOff];
        putOff.Clear();
        foreach (var one in all)
            await one.WriteAsync(this);
    }

    /// <summary>Forgets what was put off, since the unit that did so failed.</summary>
    protected void DropPutOff() => putOff.Clear();

    /// <summary>
    /// Runs a statement of whose outcome nothing hangs. Where the engine has round trips, it goes with later ones.
    /// </summary>
    public virtual Task ExecuteLaterAsync(SqlText text) => ExecuteAsync(text);

    /// <summary>
    /// Inserts one row and yields its key. Where the engine has round trips, the row goes with later ones.
    /// </summary>
    public async Task<Id<T>> InsertLaterAsync<T>(string table, Raw columns, SqlText values) =>
        new(await InsertLaterAsync(table, columns, values));

    /// <summary>
    /// Inserts one row and yields its key. Where the engine has round trips, the row goes with later ones.
    /// </summary>
    protected virtual Task<long> InsertLaterAsync(string table, Raw columns, SqlText values) =>
        InsertAsync(SqlText.Of($"INSERT INTO {new Raw(table)} ({columns}) VALUES ({values})"));

    /// <summary>Keys of later rows must be higher than all that other transactions have made up to now.</summary>
    public virtual void RenewKeys() { }

    /// <summary>Is done when, and only when, this unit of work is on disk.</summary>
    public abstract void Afterwards(Action action);

    /// <summary>Appended to a SELECT of a unit of work: others wait with these rows until it ends.</summary>
    public abstract Raw ForUpdateOf(string table);

    /// <summary>The same for rows whose keys stay as they are: those who only refer to them do not wait.</summary>
    public abstract Raw ForChangeOf(string table);

    /// <summary>
    /// Appended to a SELECT of a unit of work: the rows are not deleted until it ends, and may change.
    /// </summary>
    public abstract Raw ForReferenceTo(string table);

    /// <summary>
    /// Appended to a SELECT of a unit of work that takes one of many rows: those that others hold are passed over.
    /// </summary>
    public abstract Raw ForClaimOf(string table);

    /// <summary>False when a server (<see cref="Db.Server"/>) has ended or lost its connection.</summary>
    public abstract Task<bool> IsServerUpAsync(long server);

    /// <summary>
    /// Says something to all servers on this database when, and only when, this unit of work is done.
    /// </summary>
    /// <param name="signal">A few words, 1000 bytes at most.</param>
    public abstract Task SignalAsync(string signal);

    /// <summary>Hands over each row until the reader returns false.</summary>
    public abstract Task ReadAsync(SqlText text, Func<Row, bool> read, CancellationToken ct = default);

    /// <summary>Hands over all rows of several queries, in one round trip where the engine has any.</summary>
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
    /// Runs each statement in turn, in one round trip where the engine has any, and reads the rows that they return.
    /// </summary>
    public abstract Task<List<T>> EachAsync<T>(IReadOnlyCollection<SqlText> texts, Func<Row, T> read);

    /// <summary>Runs each statement in turn, in one round trip where the engine has any.</summary>
    public abstract Task ExecuteEachAsync(IReadOnlyCollection<SqlText> texts);

    /// <summary>
    /// Inserts rows in bulk, in the order given, and reads what they return: also many thousands in one statement.
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

    /// <summary>The first row, or default where there is none.</summary>
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

    /// <summary>The one number that a query yields; 0 for null or no row.</summary>
    public Task<long> NumberAsync(SqlText text, CancellationToken ct = default) =>
        FirstAsync(text, row => row.LongOrNull() ?? 0, ct);

    /// <summary>The one key that a query yields; 0 for null or no row.</summary>
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

    /// <summary>Inserts one row and yields its key.</summary>
    public Task<long> InsertAsync(SqlText text, CancellationToken ct = default) =>
        FirstAsync(SqlText.Of($"{text} RETURNING id"), row => row.Long(), ct);

    /// <summary>Inserts one row and yields its key.</summary>
    public Task<Id<T>> InsertAsync<T>(SqlText text, CancellationToken ct = default) =>
        FirstAsync(SqlText.Of($"{text} RETURNING id"), row => row.Id<T>(), ct);
}
