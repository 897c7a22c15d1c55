using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// A transaction on SQLite. It speaks to the library below ADO.NET, whose commands look up every parameter by its name
/// at every run: that cost more than the statements themselves. All calls end before they return.
/// </summary>
/// <param name="writes">Whether this is the connection of the one writer.</param>
/// <param name="time">The clock of the time budget of reads.</param>
internal sealed class SqliteSql(SqliteConnection connection, bool writes, TimeProvider? time = null)
    : Sql,
        IAsyncDisposable
{
    private const int StatementsMax = 512;

    // Preparing costs more than running, so statements are kept by their text.
    private readonly Dictionary<string, sqlite3_stmt> idle = [];

    private readonly Dictionary<Type, object> memory = [];

    private ReadEnd? readEnd;

    public sqlite3 Handle => connection.Handle!;

    /// <summary>Makes statements end when a read has used up its budget or nobody waits for it any more.</summary>
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
        Memory<T>() ?? throw new InvalidOperationException("Only units of work remember anything.");

    public override void Afterwards(Action action) => action(); // A unit that fails makes the writer forget everything.

    /// <summary>Writes what units have put off. SQLite's calls end before they return.</summary>
    public void Flush() => FlushAsync().GetAwaiter().GetResult();

    public void Forget()
    {
        memory.Clear();
        DropPutOff();
    }

    // What was put off is written by now.
    private void ForgetAfter(string deletion)
    {
        if (Deletion.LeavesAll(deletion))
            return;
        var outlives = Deletion.LeavesOutliving(deletion);
        foreach (var (type, known) in memory)
            if (!outlives || known is not IOutlivesReports)
                memory.Remove(type);
    }

    public override Raw ForUpdateOf(string table) => new(""); // There is one writer.

    public override Raw ForChangeOf(string table) => new("");

    public override Raw ForReferenceTo(string table) => new("");

    public override Raw ForClaimOf(string table) => new("");

    // There is only this one, and at its start it clears what others before it have left.
    public override Task<bool> IsServerUpAsync(long server) => Task.FromResult(true);

    /// <summary>What the units of work since the last commit have said.</summary>
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

    // One statement, prepared once: binding and stepping it is as fast as SQLite inserts.
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

    /// <summary>Runs one statement for each item. For bulk: nothing is made anew from one to the next.</summary>
    /// <param name="bind">Gives the parameters their values, by number.</param>
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
        raw.sqlite3_reset(statement); // Its code repeats the step's, which has been looked at.
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

    /// <summary>Gives parameters their values. They are numbered from 1.</summary>
    public readonly struct Binder(sqlite3_stmt statement)
    {
        private readonly nint handle = statement.DangerousGetHandle(); // Kept alive by whoever binds.

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
                    throw new ArgumentException($"SQLite stores no {value.GetType()}.", nameof(value));
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

/// <summary>
/// When the reads of a connection end although they have not read everything. SQLite asks every few thousand steps of a
/// statement, on the thread that runs it: so it works however busy the other threads are.
/// </summary>
internal sealed class ReadEnd
{
    private const int Steps = 4096; // Some tens of microseconds; asking takes a tenth of one.

    private readonly TimeProvider time;
    private TimeSpan? budget;
    private long began;
    private CancellationToken ct;

    public ReadEnd(sqlite3 handle, TimeProvider time)
    {
        this.time = time;
        raw.sqlite3_progress_handler(handle, Steps, state => ((ReadEnd)state).IsOver ? 1 : 0, this);
    }

    private bool IsOver => ct.IsCancellationRequested || budget is { } max && time.GetElapsedTime(began) > max;

    public void Set(TimeSpan? budget, long began, CancellationToken ct) =>
        (this.budget, this.began, this.ct) = (budget, began, ct);

    public void Clear() => (budget, ct) = (null, CancellationToken.None);
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class DatabaseJson : JsonSerializerContext;
