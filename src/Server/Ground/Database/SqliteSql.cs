using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// A transaction on SQLite. Calls the native library directly instead of ADO.NET, whose commands look up every
/// parameter by name on every run: that cost more than the statements themselves. All calls complete synchronously.
/// </summary>
/// <param name="writes">True for the connection of the single writer.</param>
/// <param name="time">The clock for the time budget of reads.</param>
internal sealed class SqliteSql(SqliteConnection connection, bool writes, TimeProvider? time = null)
    : Sql,
        IAsyncDisposable
{
    private const int StatementsMax = 512;

    // Prepared statements by their SQL text, reused because preparing costs more than running.
    private readonly Dictionary<string, sqlite3_stmt> idle = [];

    private readonly Dictionary<Type, object> memory = [];

    private ReadEnd? readEnd;

    public sqlite3 Handle => connection.Handle!;

    /// <summary>Cancels statements when a read has used up its budget or its request was canceled.</summary>
    /// <param name="began">The timestamp at which the budget began to run.</param>
    public ReadEnd EndWhen(TimeSpan? budget, long began, CancellationToken ct)
    {
        readEnd ??= new(Handle, time ?? TimeProvider.System);
        readEnd.Set(budget, began, ct);
        return readEnd;
    }

    public override Engine Engine => Engine.Sqlite;

    public override T? Memory<T>()
        where T : class
    {
        if (!writes)
            return null;
        if (memory.TryGetValue(typeof(T), out var known))
            return (T)known;
        var made = new T();
        memory.Add(typeof(T), made);
        return made;
    }

    public override T Shared<T>() =>
        Memory<T>() ?? throw new InvalidOperationException("Only a unit of work has shared state.");

    // Runs at once, before the commit: if the unit fails, the writer clears all caches anyway.
    public override void Afterwards(Action action) => action();

    /// <summary>Writes deferred rows, synchronously.</summary>
    public void Flush() => FlushAsync().GetAwaiter().GetResult();

    public void Forget()
    {
        memory.Clear();
        DropPutOff();
    }

    // Called after deferred rows have been written.
    private void ForgetAfter(string deletion)
    {
        if (Deletion.LeavesAll(deletion))
            return;
        var outlives = Deletion.LeavesOutliving(deletion);
        foreach (var (type, known) in memory)
            if (!outlives || known is not IOutlivesReports)
                memory.Remove(type);
    }

    public override Raw ForUpdateOf(string table) => new(""); // No row locks: there is a single writer.

    public override Raw ForChangeOf(string table) => new("");

    public override Raw ForReferenceTo(string table) => new("");

    public override Raw ForClaimOf(string table) => new("");

    // This is the only server, and at its start it cleans up after earlier ones.
    public override Task<bool> IsServerUpAsync(long server) => Task.FromResult(true);

    /// <summary>The signals sent by the units of work since the last commit.</summary>
    public List<string> Signals { get; } = [];

    public override Task SignalAsync(string signal)
    {
        Signals.Add(signal);
        return Task.CompletedTask;
    }

    public override Task ReadAsync(SqlText text, Func<Row, bool> read, CancellationToken ct = default)
    {
        var (sql, statement) = Take(text);
        try
        {
            var row = new SqliteRow(statement);
            while (Step(statement))
            {
                ct.ThrowIfCancellationRequested();
                row.Rewind();
                if (!read(row))
                    break;
            }
        }
        finally
        {
            GiveBack(sql, statement);
        }
        return Task.CompletedTask;
    }

    public override Task<int> ExecuteAsync(SqlText text, CancellationToken ct = default)
    {
        if (text.Deletes)
            Flush();
        var (sql, statement) = Take(text);
        try
        {
            while (Step(statement)) { }
        }
        finally
        {
            GiveBack(sql, statement);
        }
        if (text.Deletes)
            ForgetAfter(sql);
        return Task.FromResult(raw.sqlite3_changes(Handle));
    }

    public override async Task<List<T>> EachAsync<T>(IReadOnlyCollection<SqlText> texts, Func<Row, T> read)
    {
        var rows = new List<T>(texts.Count);
        foreach (var text in texts)
            await ReadAsync(text, row =>
            {
                rows.Add(read(row));
                return true;
            });
        return rows;
    }

    public override async Task ExecuteEachAsync(IReadOnlyCollection<SqlText> texts)
    {
        foreach (var text in texts)
            await ExecuteAsync(text);
    }

    // One statement is prepared once, then bound and stepped for each row: SQLite inserts no faster.
    public override Task<List<T>> InsertAllAsync<T>(NewRows rows, Raw returning, Func<Row, T> read)
    {
        var made = new List<T>(rows.Count);
        var holes = string.Join(", ", Enumerable.Repeat("?", rows.Values.Count));
        var sql = $"INSERT INTO {rows.Table} ({rows.Columns}) VALUES ({holes}) RETURNING {returning.Text}";
        var statement = Prepare(sql);
        try
        {
            var (binder, row) = (new Binder(statement), new SqliteRow(statement));
            for (var i = 0; i < rows.Count; i++)
            {
                for (var column = 0; column < rows.Values.Count; column++)
                    binder.Item(column + 1, rows.Values[column], i);
                while (Step(statement))
                {
                    row.Rewind();
                    made.Add(read(row));
                }
                raw.sqlite3_reset(statement);
            }
        }
        finally
        {
            GiveBack(sql, statement);
        }
        return Task.FromResult(made);
    }

    public override Task ScriptAsync(string script)
    {
        Check(raw.sqlite3_exec(Handle, script));
        return Task.CompletedTask;
    }

    /// <summary>Runs one statement for each item. Suits bulk work: nothing is allocated per item.</summary>
    /// <param name="bind">Binds the parameters, by number.</param>
    public void ForEach<T>(string sql, IEnumerable<T> items, Action<Binder, T> bind)
    {
        var statement = Prepare(sql);
        try
        {
            var binder = new Binder(statement);
            foreach (var item in items)
            {
                bind(binder, item);
                while (Step(statement)) { }
                raw.sqlite3_reset(statement);
            }
        }
        finally
        {
            GiveBack(sql, statement);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var statement in idle.Values)
            statement.Dispose();
        await connection.DisposeAsync();
    }

    private (string Sql, sqlite3_stmt Statement) Take(SqlText text)
    {
        var sql = text.For(Engine);
        var statement = Prepare(sql);
        var binder = new Binder(statement);
        for (var i = 0; i < text.Arguments.Count; i++)
            binder.Any(i + 1, text.Arguments[i]);
        return (sql, statement);
    }

    private sqlite3_stmt Prepare(string sql)
    {
        if (idle.Remove(sql, out var statement))
            return statement;
        Check(raw.sqlite3_prepare_v2(Handle, sql, out statement));
        return statement;
    }

    private void GiveBack(string sql, sqlite3_stmt statement)
    {
        raw.sqlite3_reset(statement); // The return code only repeats the step's, which was checked.
        if (idle.Count >= StatementsMax || !idle.TryAdd(sql, statement))
            statement.Dispose();
    }

    private bool Step(sqlite3_stmt statement)
    {
        var code = SqliteNative.Step(statement.DangerousGetHandle());
        GC.KeepAlive(statement);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            Check(code);
        return false;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, Handle);
    }

    /// <summary>Binds parameters, which are numbered from 1.</summary>
    public readonly struct Binder(sqlite3_stmt statement)
    {
        private readonly nint handle = statement.DangerousGetHandle(); // The code that binds keeps the statement alive.

        public void Long(int number, long value) => _ = SqliteNative.BindLong(handle, number, value);

        public void Double(int number, double value) => _ = SqliteNative.BindDouble(handle, number, value);

        public void Long(int number, long? value)
        {
            if (value is { } known)
                Long(number, known);
            else
                _ = SqliteNative.BindNull(handle, number);
        }

        public void Double(int number, double? value)
        {
            if (value is { } known)
                Double(number, known);
            else
                _ = SqliteNative.BindNull(handle, number);
        }

        /// <param name="column">A column of <see cref="NewRows"/>.</param>
        public void Item(int number, Array column, int index)
        {
            switch (column)
            {
                case long[] numbers:
                    Long(number, numbers[index]);
                    break;
                case long?[] numbers:
                    Long(number, numbers[index]);
                    break;
                case double?[] fractions:
                    Double(number, fractions[index]);
                    break;
                default:
                    raw.sqlite3_bind_text(statement, number, ((string[])column)[index]);
                    break;
            }
        }

        public void Any(int number, object value)
        {
            switch (value)
            {
                case long whole:
                    Long(number, whole);
                    break;
                case double fraction:
                    Double(number, fraction);
                    break;
                case string text:
                    raw.sqlite3_bind_text(statement, number, text);
                    break;
                case byte[] bytes:
                    raw.sqlite3_bind_blob(statement, number, bytes);
                    break;
                case long[] numbers:
                    raw.sqlite3_bind_text(statement, number, Json(numbers));
                    break;
                case string[] texts:
                    raw.sqlite3_bind_text(
                        statement,
                        number,
                        JsonSerializer.Serialize(texts, DatabaseJson.Default.StringArray)
                    );
                    break;
                case SearchText sought:
                    raw.sqlite3_bind_text(statement, number, sought.Operand(Engine.Sqlite));
                    break;
                case DBNull:
                    _ = SqliteNative.BindNull(handle, number);
                    break;
                default:
                    throw new ArgumentException($"SQLite cannot store a {value.GetType()}.", nameof(value));
            }
        }

        private static string Json(long[] numbers)
        {
            var text = new DefaultInterpolatedStringHandler(2, numbers.Length);
            text.AppendLiteral("[");
            for (var i = 0; i < numbers.Length; i++)
            {
                if (i > 0)
                    text.AppendLiteral(",");
                text.AppendFormatted(numbers[i]);
            }
            text.AppendLiteral("]");
            return text.ToStringAndClear();
        }
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class DatabaseJson : JsonSerializerContext;
