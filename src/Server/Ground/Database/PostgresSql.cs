using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Paddock.Server.Ground.Database;

/// <summary>A transaction on PostgreSQL.</summary>
/// <param name="writes">True for a unit of work, false for a read.</param>
/// <param name="shared">The caches that this server keeps from one unit to the next.</param>
/// <param name="units">How many units share the transaction; 0 when one unit has it alone.</param>
/// <param name="end">Cancels every statement; takes the place of the statement's own token.</param>
internal sealed class PostgresSql(
    NpgsqlConnection connection,
    bool writes,
    ConcurrentDictionary<Type, object> shared,
    int units = 0,
    CancellationToken end = default
) : Sql
{
    private readonly Dictionary<Type, object>? memory = units > 0 ? [] : null;
    private readonly Dictionary<string, Queue<long>> keys = [];
    private readonly List<SqlText> later = [];

    public NpgsqlConnection Connection => connection;

    public override Engine Engine => Engine.Postgres;

    public override T? Memory<T>()
        where T : class
    {
        if (memory is null)
            return null;
        if (memory.TryGetValue(typeof(T), out var known))
            return (T)known;
        var made = new T();
        memory.Add(typeof(T), made);
        return made;
    }

    public override T Shared<T>() => (T)shared.GetOrAdd(typeof(T), _ => new T());

    /// <summary>The actions to run after this unit of work has committed.</summary>
    public List<Action> AfterCommit { get; } = [];

    public override void Afterwards(Action action) => AfterCommit.Add(action);

    /// <summary>True when this unit of work has deleted rows that servers may have cached.</summary>
    public bool Deletes { get; private set; }

    /// <summary>How many statements have changed data, deferred ones included.</summary>
    public int Changes { get; private set; }

    public override T PutOff<T>()
    {
        Changes++;
        return base.PutOff<T>();
    }

    public override Task ExecuteLaterAsync(SqlText text)
    {
        Changes++;
        later.Add(text);
        return Task.CompletedTask;
    }

    protected override async Task<long> InsertLaterAsync(string table, Raw columns, SqlText values)
    {
        var id = await NextKeyAsync(table);
        await ExecuteLaterAsync(SqlText.Of($"INSERT INTO {new Raw(table)} (id, {columns}) VALUES ({id}, {values})"));
        return id;
    }

    public override void RenewKeys() => keys.Clear();

    public override async Task FlushAsync()
    {
        if (later.Count > 0)
        {
            SqlText[] texts = [.. later];
            later.Clear();
            await using var batch = Batch(texts);
            await batch.ExecuteNonQueryAsync(end);
        }
        await base.FlushAsync();
    }

    // Fetches keys for all units at once. Deferred statements are not flushed first, because they do not affect keys.
    private async Task<long> NextKeyAsync(string table)
    {
        if (!keys.TryGetValue(table, out var free))
            keys.Add(table, free = new());
        if (free.Count > 0)
            return free.Dequeue();
        var sequence = $"{table}_id_seq";
        await using var command = Command(
            SqlText.Of(
                $"""
                SELECT nextval(CAST({sequence} AS regclass))
                FROM generate_series(1, CAST({Math.Max(1, units)} AS integer))
                """
            )
        );
        await using var reader = await command.ExecuteReaderAsync(end);
        while (await reader.ReadAsync(end))
            free.Enqueue(reader.GetInt64(0));
        return free.Dequeue();
    }

    public override Raw ForUpdateOf(string table) => new(writes ? $" FOR UPDATE OF {table}" : "");

    public override Raw ForChangeOf(string table) => new(writes ? $" FOR NO KEY UPDATE OF {table}" : "");

    public override Raw ForReferenceTo(string table) => new(writes ? $" FOR KEY SHARE OF {table}" : "");

    public override Raw ForClaimOf(string table) => new($" FOR UPDATE OF {table} SKIP LOCKED");

    /// <summary>The first of the two keys of the advisory lock that each server holds while it is up.</summary>
    public const int ServerLocks = 6610;

    // PostgreSQL releases the lock when the server's connection ends, even if the process was killed.
    public override Task<bool> IsServerUpAsync(long server) =>
        AnyAsync(
            SqlText.Of(
                $"""
                SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                WHERE pg_locks.locktype = 'advisory' AND pg_locks.granted AND pg_locks.objsubid = 2
                  AND pg_database.datname = current_database()
                  AND CAST(pg_locks.classid AS BIGINT) = {(long)ServerLocks} AND CAST(pg_locks.objid AS BIGINT) = {server}
                """
            )
        );

    /// <summary>The signals that this unit of work has sent.</summary>
    public List<string> Signals { get; } = [];

    public override Task SignalAsync(string signal)
    {
        Signals.Add(signal);
        return Task.CompletedTask;
    }

    public override async Task ReadAsync(SqlText text, Func<Row, bool> read, CancellationToken ct = default)
    {
        if (end.CanBeCanceled)
            ct = end;
        await FlushAsync();
        await using var command = Command(text);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var row = new PostgresRow(reader);
        while (await reader.ReadAsync(ct))
        {
            row.Rewind();
            if (!read(row))
                return;
        }
    }

    public override async Task ReadAllAsync(
        IReadOnlyList<(SqlText Text, Action<Row> Read)> queries,
        CancellationToken ct = default
    )
    {
        if (end.CanBeCanceled)
            ct = end;
        await FlushAsync();
        await using var batch = Batch([.. queries.Select(query => query.Text)]);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var row = new PostgresRow(reader);
        foreach (var (_, read) in queries)
        {
            while (await reader.ReadAsync(ct))
            {
                row.Rewind();
                read(row);
            }
            await reader.NextResultAsync(ct);
        }
    }

    public override async Task<int> ExecuteAsync(SqlText text, CancellationToken ct = default)
    {
        if (end.CanBeCanceled)
            ct = end;
        await FlushAsync();
        await using var command = Command(text);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public override async Task<List<T>> EachAsync<T>(IReadOnlyCollection<SqlText> texts, Func<Row, T> read)
    {
        var rows = new List<T>(texts.Count);
        if (texts.Count == 0)
            return rows;
        await FlushAsync();
        await using var batch = Batch(texts);
        await using var reader = await batch.ExecuteReaderAsync(end);
        var row = new PostgresRow(reader);
        do
        {
            while (await reader.ReadAsync(end))
            {
                row.Rewind();
                rows.Add(read(row));
            }
        } while (await reader.NextResultAsync(end));
        return rows;
    }

    public override async Task ExecuteEachAsync(IReadOnlyCollection<SqlText> texts)
    {
        if (texts.Count == 0)
            return;
        await FlushAsync();
        await using var batch = Batch(texts);
        await batch.ExecuteNonQueryAsync();
    }

    public override async Task<List<T>> InsertAllAsync<T>(NewRows rows, Raw returning, Func<Row, T> read)
    {
        var made = new List<T>(rows.Count);
        if (rows.Count == 0)
            return made;
        var holes = string.Join(
            ", ",
            Enumerable.Range(0, rows.Values.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"${i + 1}"))
        );
        await FlushAsync();
        Changes++;
        await using var command = new NpgsqlCommand(
            $"INSERT INTO {rows.Table} ({rows.Columns}) SELECT * FROM unnest({holes}) RETURNING {returning.Text}",
            connection
        );
        for (var i = 0; i < rows.Values.Count; i++)
            command.Parameters.Add(ArrayOf(rows.Values[i]));
        await using var reader = await command.ExecuteReaderAsync(end);
        var row = new PostgresRow(reader);
        while (await reader.ReadAsync(end))
        {
            row.Rewind();
            made.Add(read(row));
        }
        return made;
    }

    public override async Task ScriptAsync(string script)
    {
        await using var command = new NpgsqlCommand(script, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string Noted(string sql)
    {
        if (sql.StartsWith("SELECT", StringComparison.Ordinal))
            return sql;
        Changes++;
        if (!Deletion.IsOne(sql) || Deletion.LeavesAll(sql))
            return sql;
        memory?.Clear();
        if (!Deletion.LeavesOutliving(sql))
            Deletes = true;
        return sql;
    }

    private NpgsqlCommand Command(SqlText text)
    {
        var command = new NpgsqlCommand(Noted(text.For(Engine)), connection);
        AddParameters(command.Parameters, text);
        if (end.CanBeCanceled)
            command.CommandTimeout = 0; // The time budget cancels the command instead.
        return command;
    }

    private NpgsqlBatch Batch(IReadOnlyCollection<SqlText> texts)
    {
        var batch = new NpgsqlBatch(connection);
        if (end.CanBeCanceled)
            batch.Timeout = 0;
        foreach (var text in texts)
        {
            var command = new NpgsqlBatchCommand(Noted(text.For(Engine)));
            AddParameters(command.Parameters, text);
            batch.BatchCommands.Add(command);
        }
        return batch;
    }

    // Parameters are matched by their order, since they have no names.
    private static NpgsqlParameter ArrayOf(Array values) =>
        values switch
        {
            long[] numbers => new NpgsqlParameter<long[]>("", NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            {
                TypedValue = numbers,
            },
            long?[] numbers => new NpgsqlParameter<long?[]>("", NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            {
                TypedValue = numbers,
            },
            double?[] fractions => new NpgsqlParameter<double?[]>("", NpgsqlDbType.Array | NpgsqlDbType.Double)
            {
                TypedValue = fractions,
            },
            _ => new NpgsqlParameter<string[]>("", NpgsqlDbType.Array | NpgsqlDbType.Text)
            {
                TypedValue = (string[])values,
            },
        };

    private static void AddParameters(NpgsqlParameterCollection parameters, SqlText text)
    {
        foreach (var argument in text.Arguments)
            parameters.Add(
                argument switch
                {
                    long number => new NpgsqlParameter<long> { TypedValue = number },
                    string words => new NpgsqlParameter<string> { TypedValue = words },
                    long[] or string[] => ArrayOf((Array)argument),
                    Database.ArrayOf list => ArrayOf(list.Values),
                    SearchText sought => new NpgsqlParameter<string> { TypedValue = sought.Operand(Engine.Postgres) },
                    _ => new NpgsqlParameter { Value = argument },
                }
            );
    }
}
