using System.Data.Common;
using Paddock.Core.Wire;

namespace Paddock.Server.Database;

/// <summary>One row, read column by column from the left: the order of the calls is the order of the columns.</summary>
internal sealed class Row(DbDataReader reader)
{
    private int column;

    public void Rewind() => column = 0;
    public long Long() => reader.GetInt64(column++);
    public int Int() => checked((int)reader.GetInt64(column++));
    public uint UInt() => checked((uint)reader.GetInt64(column++));
    public double Double() => reader.GetDouble(column++);
    public bool Bool() => reader.GetInt64(column++) != 0;
    public string Text() => reader.GetString(column++);
    public byte[] Bytes() => reader.GetFieldValue<byte[]>(column++);
    public Guid Uuid() => Guid.ParseExact(reader.GetString(column++), "D");
    public DateTimeOffset Time() => DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(column++));
    public T Word<T>() where T : struct, Enum =>
        Words<T>.TryParse(reader.GetString(column++), out var value) ? value : throw new InvalidDataException($"no {typeof(T).Name} in column {column - 1}");

    public long? LongOrNull() => IsNull() ? null : Long();
    public uint? UIntOrNull() => IsNull() ? null : UInt();
    public double? DoubleOrNull() => IsNull() ? null : Double();
    public string? TextOrNull() => IsNull() ? null : Text();
    public Guid? UuidOrNull() => IsNull() ? null : Uuid();
    public DateTimeOffset? TimeOrNull() => IsNull() ? null : Time();

    /// <summary>For points, of which there are many: a null without a box around every number.</summary>
    public double DoubleOrNaN() => IsNull() ? double.NaN : Double();
    public long LongOrZero() => IsNull() ? 0 : Long();

    /// <summary>Whether the next column is null; it is passed over only when it is.</summary>
    public bool IsNull()
    {
        if (!reader.IsDBNull(column)) return false;
        column++;
        return true;
    }

    /// <summary>Passes over columns, for a joined row that is not there.</summary>
    public void Skip(int columns) => column += columns;
}
