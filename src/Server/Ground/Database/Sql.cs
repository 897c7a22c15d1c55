namespace Paddock.Server.Ground.Database;

/// <summary>An open transaction: what a unit of work reads and writes through. For one unit at a time.</summary>
internal abstract class Sql
{
    public abstract Engine Engine { get; }

    /// <summary>
    /// What the units of work of an only writer may remember from one to the next; null where others write too. It is
    /// gone as soon as a unit fails or deletes anything, since then what is remembered may never have been, or be no
    /// more.
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

    /// <summary>Is done when, and only when, this unit of work is on disk.</summary>
    public abstract void Afterwards(Action action);

    /// <summary>Appended to a SELECT of a unit of work: others wait with these rows until it ends.</summary>
    public abstract Raw ForUpdateOf(string table);

    /// <summary>
    /// Appended to a SELECT of a unit of work that takes one of many rows: those that others hold are passed over.
    /// </summary>
    public abstract Raw ForClaimOf(string table);

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
}
