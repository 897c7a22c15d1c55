using System.Runtime.InteropServices;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The calls that are made for every value, without the counting of the statement's handle around each and without
/// telling the collector: together that was a fifth of reading a plot. A statement is alive while its rows are read;
/// none of these calls waits for anything.
/// </summary>
internal static class SqliteNative
{
    private const string Library = "e_sqlite3";

    /// <summary>This one may wait for the disk, and asks whether to go on: the collector is told.</summary>
    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_step")]
    public static extern int Step(nint statement);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_column_type"), SuppressGCTransition]
    public static extern int ColumnType(nint statement, int column);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    public static extern long ColumnLong(nint statement, int column);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_column_double"), SuppressGCTransition]
    public static extern double ColumnDouble(nint statement, int column);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_column_text"), SuppressGCTransition]
    public static extern nint ColumnText(nint statement, int column);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_column_bytes"), SuppressGCTransition]
    public static extern int ColumnBytes(nint statement, int column);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static extern int BindLong(nint statement, int number, long value);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_bind_double"), SuppressGCTransition]
    public static extern int BindDouble(nint statement, int number, double value);

    [DllImport(Library, ExactSpelling = true, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    public static extern int BindNull(nint statement, int number);
}
