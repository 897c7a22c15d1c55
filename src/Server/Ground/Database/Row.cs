using System.Data.Common;
using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>One row, read column by column from the left: the order of the calls is the order of the columns.</summary>
internal abstract class Row
{
    private static readonly long SecondsMin = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long SecondsMax = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>The column that is read next.</summary>
    protected int Column { get; set; }

    public void Rewind() => Column = 0;

    public abstract long Long();
    public abstract double Double();
    public abstract string Text();
    public abstract byte[] Bytes();

    /// <summary>Whether the next column is null; it is passed over only when it is.</summary>
    public abstract bool IsNull();

    public int Int() => checked((int)Long());

    public uint UInt() => checked((uint)Long());

    public bool Bool() => Long() != 0;

    public Guid Uuid() => Guid.ParseExact(Text(), "D");

    /// <summary>What lies beyond the calendar, of an installation that took any date, is its end: a row must not make a
    /// page fail for good.</summary>
    public DateTimeOffset Time() => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Long(), SecondsMin, SecondsMax));

    public T? WordOrNull<T>()
        where T : struct, Enum => IsNull() ? null : Word<T>();

    public T Word<T>()
        where T : struct, Enum =>
        Text() is var word && Words<T>.TryParse(word, out var value)
            ? value
            : throw new InvalidDataException($"\"{word}\" in column {Column - 1} is no {typeof(T).Name}");

    public long? LongOrNull() => IsNull() ? null : Long();

    public Id<T> Id<T>() => new(Long());

    public Id<T>? IdOrNull<T>() => IsNull() ? null : new(Long());

    public uint? UIntOrNull() => IsNull() ? null : UInt();

    public double? DoubleOrNull() => IsNull() ? null : Double();

    public string? TextOrNull() => IsNull() ? null : Text();

    public Guid? UuidOrNull() => IsNull() ? null : Uuid();

    public DateTimeOffset? TimeOrNull() => IsNull() ? null : Time();

    /// <summary>For points, of which there are many: a null without a box around every number.</summary>
    public double DoubleOrNaN() => IsNull() ? double.NaN : Double();

    public long LongOrZero() => IsNull() ? 0 : Long();

    /// <summary>Passes over columns, for a joined row that is not there.</summary>
    public void Skip(int columns) => Column += columns;
}

internal sealed class SqliteRow(sqlite3_stmt statement) : Row
{
    private readonly nint handle = statement.DangerousGetHandle(); // Kept alive by whoever steps the statement.

    public override long Long() =>
        SqliteNative.ColumnType(handle, Column) == raw.SQLITE_INTEGER
            ? SqliteNative.ColumnLong(handle, Column++)
            : throw new InvalidDataException($"Column {Column} holds no whole number.");

    public override double Double() => SqliteNative.ColumnDouble(handle, Column++);

    public override byte[] Bytes() => raw.sqlite3_column_blob(statement, Column++).ToArray();

    public override string Text()
    {
        var text = SqliteNative.ColumnText(handle, Column); // Before its length: it is what makes a text of it.
        return Marshal.PtrToStringUTF8(text, SqliteNative.ColumnBytes(handle, Column++)) ?? "";
    }

    public override bool IsNull()
    {
        if (SqliteNative.ColumnType(handle, Column) != raw.SQLITE_NULL)
            return false;
        Column++;
        return true;
    }
}

internal class PostgresRow(DbDataReader reader) : Row
{
    public override long Long() => reader.GetInt64(Column++);

    public override double Double() => reader.GetDouble(Column++);

    public override string Text() => reader.GetString(Column++);

    public override byte[] Bytes() => reader.GetFieldValue<byte[]>(Column++);

    public override bool IsNull()
    {
        if (!reader.IsDBNull(Column))
            return false;
        Column++;
        return true;
    }
}
