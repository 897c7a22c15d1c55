using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Paddock.Server.Database;

/// <summary>An open transaction: what a unit of work reads and writes through. For one unit at a time.</summary>
internal sealed class Sql(Engine engine, DbConnection connection)
{
    private const int CommandsMax = 512;
    private readonly Dictionary<string, SqliteCommand> prepared = []; // PostgreSQL's driver prepares by itself.

    public Engine Engine => engine;
    public DbConnection Connection => connection;

    /// <summary>Whether this is a unit of work and not a read.</summary>
    public bool Writes { get; init; }

    /// <summary>Appended to a SELECT of a unit of work: others wait with these rows until it ends. SQLite has one writer anyway.</summary>
    public Raw ForUpdateOf(string table) => new(engine == Engine.Postgres && Writes ? $" FOR UPDATE OF {table}" : "");

    public async Task<List<T>> ListAsync<T>(SqlText text, Func<Row, T> read, CancellationToken ct = default)
    {
        var rows = new List<T>();
        await ReadAsync(text, row => { rows.Add(read(row)); return true; }, ct);
        return rows;
    }

    /// <summary>The first row, or default where there is none.</summary>
    public async Task<T?> FirstAsync<T>(SqlText text, Func<Row, T> read, CancellationToken ct = default)
    {
        T? first = default;
        await ReadAsync(text, row => { first = read(row); return false; }, ct);
        return first;
    }

    /// <summary>The one number that a query yields; 0 for null or no row.</summary>
    public Task<long> NumberAsync(SqlText text, CancellationToken ct = default) => FirstAsync(text, row => row.LongOrNull() ?? 0, ct);

    public async Task<bool> AnyAsync(SqlText text, CancellationToken ct = default)
    {
        var any = false;
        await ReadAsync(text, _ => { any = true; return false; }, ct);
        return any;
    }

    /// <summary>Hands over each row until the reader returns false.</summary>
    public async Task ReadAsync(SqlText text, Func<Row, bool> read, CancellationToken ct = default)
    {
        using var lease = Command(text);
        await using var reader = await lease.Command.ExecuteReaderAsync(ct);
        var row = new Row(reader);
        while (await reader.ReadAsync(ct))
        {
            row.Rewind();
            if (!read(row)) return;
        }
    }

    /// <returns>The number of rows changed.</returns>
    public async Task<int> ExecuteAsync(SqlText text, CancellationToken ct = default)
    {
        using var lease = Command(text);
        return await lease.Command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Inserts one row and yields its key.</summary>
    public Task<long> InsertAsync(SqlText text, CancellationToken ct = default) =>
        FirstAsync(SqlText.Of($"{text} RETURNING id"), row => row.Long(), ct);

    public Lease Command(SqlText text)
    {
        var sql = text.For(engine);
        if (engine == Engine.Postgres)
        {
            var command = new NpgsqlCommand(sql, (NpgsqlConnection)connection);
            for (var i = 0; i < text.Arguments.Count; i++) command.Parameters.Add(Parameter(Name(i), text.Arguments[i]));
            return new(command, inUse: null);
        }
        return SqliteCommand(sql, text.Arguments);
    }

    // Preparing costs more than running, so the commands of a SQLite connection are kept by their text.
    private Lease SqliteCommand(string sql, IReadOnlyList<object> arguments)
    {
        if (prepared.Remove(sql, out var command))
        {
            for (var i = 0; i < arguments.Count; i++) command.Parameters[i].Value = Plain(arguments[i]);
        }
        else
        {
            command = new SqliteCommand(sql, (SqliteConnection)connection);
            for (var i = 0; i < arguments.Count; i++) command.Parameters.AddWithValue(Name(i), Plain(arguments[i]));
        }
        return new(command, prepared.Count < CommandsMax ? prepared : null);
    }

    internal static string Name(int number) => "p" + number.ToString(CultureInfo.InvariantCulture);

    private static object Plain(object argument) => argument switch
    {
        long[] numbers => Json(numbers),
        string[] texts => JsonSerializer.Serialize(texts, DatabaseJson.Default.StringArray),
        _ => argument,
    };

    private static string Json(long[] numbers)
    {
        var text = new DefaultInterpolatedStringHandler(2, numbers.Length);
        text.AppendLiteral("[");
        for (var i = 0; i < numbers.Length; i++)
        {
            if (i > 0) text.AppendLiteral(",");
            text.AppendFormatted(numbers[i]);
        }
        text.AppendLiteral("]");
        return text.ToStringAndClear();
    }

    internal static NpgsqlParameter Parameter(string name, object argument) => argument switch
    {
        long[] numbers => new NpgsqlParameter<long[]>(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint) { TypedValue = numbers },
        string[] texts => new NpgsqlParameter<string[]>(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { TypedValue = texts },
        _ => new NpgsqlParameter(name, argument),
    };

    /// <summary>A command on loan; giving it back keeps it prepared for the next time.</summary>
    internal readonly struct Lease(DbCommand command, Dictionary<string, SqliteCommand>? inUse) : IDisposable
    {
        public DbCommand Command => command;

        public void Dispose()
        {
            if (inUse is null || !inUse.TryAdd(command.CommandText, (SqliteCommand)command)) command.Dispose();
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class DatabaseJson : System.Text.Json.Serialization.JsonSerializerContext;
