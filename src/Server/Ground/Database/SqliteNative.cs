using System.Runtime.InteropServices;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// SQLite calls made for every value, without reference counting of the statement's handle and without a GC transition:
/// together these took a fifth of the time to read a plot. Safe because a statement is kept alive while its rows are
/// read, and none of these calls blocks.
/// </summary>
internal static class SqliteNative
{
    private const string Library = "e_sqlite3";

    /// <summary>
    /// Needs the GC transition: it may wait for the disk, and it calls back into the progress handler.
    /// </summary>
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
