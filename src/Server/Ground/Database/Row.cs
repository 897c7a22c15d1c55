using System.Data.Common;
using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>One row, read column by column from the left: the calls must follow the order of the columns.</summary>
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

    /// <summary>True when the next column is null. Only a null is skipped.</summary>
    public abstract bool IsNull();

    public int Int() => checked((int)Long());

    public uint UInt() => checked((uint)Long());

    public bool Bool() => Long() != 0;

    public Guid Uuid() => Guid.ParseExact(Text(), "D");

    /// <summary>
    /// Clamps times outside the calendar's range, which installations that accepted any date have stored. Without the
    /// clamp, one row would make its page fail forever.
    /// </summary>
    public DateTimeOffset Time() => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Long(), SecondsMin, SecondsMax));

    public T? WordOrNull<T>()
        where T : struct, Enum => IsNull() ? null : Word<T>();

    public T Word<T>()
        where T : struct, Enum =>
        Text() is var word && Words<T>.TryParse(word, out var value)
            ? value
            : throw new InvalidDataException($"\"{word}\" in column {Column - 1} is not a {typeof(T).Name}");

    public long? LongOrNull() => IsNull() ? null : Long();

    public Id<T> Id<T>() => new(Long());

    public Id<T>? IdOrNull<T>() => IsNull() ? null : new(Long());

    public uint? UIntOrNull() => IsNull() ? null : UInt();

    public double? DoubleOrNull() => IsNull() ? null : Double();

    public string? TextOrNull() => IsNull() ? null : Text();

    public Guid? UuidOrNull() => IsNull() ? null : Uuid();

    public DateTimeOffset? TimeOrNull() => IsNull() ? null : Time();

    /// <summary>For points, which are numerous: avoids the overhead of a nullable number.</summary>
    public double DoubleOrNaN() => IsNull() ? double.NaN : Double();

    public long LongOrZero() => IsNull() ? 0 : Long();

    /// <summary>Skips the columns of a joined row that is missing.</summary>
    public void Skip(int columns) => Column += columns;
}

internal sealed class SqliteRow(sqlite3_stmt statement) : Row
{
    private readonly nint handle = statement.DangerousGetHandle(); // The code that steps the statement keeps it alive.

    public override long Long() =>
        SqliteNative.ColumnType(handle, Column) == raw.SQLITE_INTEGER
            ? SqliteNative.ColumnLong(handle, Column++)
            : throw new InvalidDataException($"Column {Column} does not hold a whole number.");

    public override double Double() => SqliteNative.ColumnDouble(handle, Column++);

    public override byte[] Bytes() => raw.sqlite3_column_blob(statement, Column++).ToArray();

    public override string Text()
    {
        // The text is fetched before its length, because this call converts the value to text.
        var text = SqliteNative.ColumnText(handle, Column);
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
