using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Paddock.Server.Ground.Database;
using SQLitePCL;

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>The statements that SQLite executes in this process, on any connection, and their query plans.</summary>
internal static partial class SqlitePlans
{
    private const string Library = "e_sqlite3";
    private const uint Statements = 1; // SQLITE_TRACE_STMT
    private const DllImportSearchPath NearProgram =
        DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory;

    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> Watched = new();
    private static readonly Opened OnOpened = Watch; // The library keeps pointers to both.
    private static readonly Traced OnStatement = Note;
    private static readonly Lock Once = new();
    private static bool isListening;

    private delegate int Opened(nint database, nint error, nint api);

    private delegate int Traced(uint kind, nint context, nint statement, nint text);

    /// <summary>Must be called before the server under test starts.</summary>
    public static void Listen()
    {
        lock (Once)
        {
            if (isListening)
                return;
            RuntimeHelpers.RunClassConstructor(typeof(SqliteDb).TypeHandle); // It sets SQLite up before its first use.
            Assert.Equal(raw.SQLITE_OK, AutoExtension(Marshal.GetFunctionPointerForDelegate(OnOpened)));
            isListening = true;
        }
    }

    /// <summary>The statements executed on a database file during some work.</summary>
    public static async Task<List<string>> DuringAsync(string file, Func<Task> work)
    {
        var seen = Watched.GetOrAdd(file, _ => new());
        await work();
        Watched.TryRemove(file, out _);
        return [.. seen.Keys];
    }

    /// <summary>The query plan of each statement on a database file.</summary>
    public static async Task<List<Plan>> ReadAsync(string file, IEnumerable<string> statements)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        await connection.OpenAsync();
        SqliteLike.Register(connection.Handle!);
        return [.. statements.Where(IsPlanned).Select(statement => Explain(connection.Handle!, statement))];
    }

    private static bool IsPlanned(string statement) => Planned().IsMatch(statement);

    private static Plan Explain(sqlite3 database, string text)
    {
        var code = raw.sqlite3_prepare_v2(database, "EXPLAIN QUERY PLAN " + text, out var statement);
        if (code != raw.SQLITE_OK)
            throw new InvalidOperationException($"{raw.sqlite3_errmsg(database).utf8_to_string()}: {text}");
        using var made = statement;
        var aliases = Alias()
            .Matches(text)
            .DistinctBy(match => match.Groups["alias"].Value)
            .ToDictionary(match => match.Groups["alias"].Value, match => match.Groups["table"].Value);
        var isLimited = text.Contains("LIMIT", StringComparison.OrdinalIgnoreCase);
        var scans = new List<Scan>();
        while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
        {
            var match = Step().Match(raw.sqlite3_column_text(statement, 3).utf8_to_string());
            if (!match.Success)
                continue;
            var name = match.Groups["name"].Value;
            scans.Add(
                new(
                    aliases.GetValueOrDefault(name, name),
                    match.Groups["index"].Success ? match.Groups["index"].Value
                        : match.Groups["how"].Value == "SCAN" ? null
                        : "the key",
                    IsThrough: match.Groups["how"].Value == "SCAN",
                    isLimited
                )
            );
        }
        return new(text, scans);
    }

    private static int Watch(nint database, nint error, nint api) =>
        Trace(database, Statements, Marshal.GetFunctionPointerForDelegate(OnStatement), 0);

    private static int Note(uint kind, nint context, nint statement, nint text)
    {
        if (Watched.IsEmpty)
            return 0;
        var file = Marshal.PtrToStringUTF8(FileName(DatabaseOf(statement), 0));
        if (file is not null && Watched.TryGetValue(file, out var seen))
            seen[Marshal.PtrToStringUTF8(TextOf(statement))!] = true;
        return 0;
    }

    [GeneratedRegex(@"^\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Planned();

    [GeneratedRegex(@"^(?<how>SCAN|SEARCH) (?<name>\w+)( USING (COVERING )?INDEX (?<index>\w+))?")]
    private static partial Regex Step();

    [GeneratedRegex(@"\b(FROM|JOIN|,)\s+(?<table>metrics|series|jobs|reports)\s+(AS\s+)?(?<alias>[a-z_]+)\b")]
    private static partial Regex Alias();

    [DllImport(Library, EntryPoint = "sqlite3_auto_extension")]
    [DefaultDllImportSearchPaths(NearProgram)]
    private static extern int AutoExtension(nint opened);

    [DllImport(Library, EntryPoint = "sqlite3_trace_v2")]
    [DefaultDllImportSearchPaths(NearProgram)]
    private static extern int Trace(nint database, uint kinds, nint traced, nint context);

    [DllImport(Library, EntryPoint = "sqlite3_db_handle")]
    [DefaultDllImportSearchPaths(NearProgram)]
    private static extern nint DatabaseOf(nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_sql")]
    [DefaultDllImportSearchPaths(NearProgram)]
    private static extern nint TextOf(nint statement);

    /// <param name="name">0 for a connection's main database.</param>
    [DllImport(Library, EntryPoint = "sqlite3_db_filename")]
    [DefaultDllImportSearchPaths(NearProgram)]
    private static extern nint FileName(nint database, nint name);
}
