using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// A piece of SQL that is not a value, such as a column list or a condition of constants. Never built from input.
/// </summary>
internal readonly record struct Raw(string Text);

/// <summary>A list that is passed as an array, for PostgreSQL functions that take one.</summary>
internal readonly record struct ArrayOf
{
    public ArrayOf(long[] values) => Values = values;

    public ArrayOf(string[] values) => Values = values;

    public Array Values { get; }
}

/// <summary>
/// SQL in which every interpolation hole becomes a parameter. Times are stored as seconds since 1970, UUIDs and enums
/// as text, so both engines store the same values.
/// </summary>
/// <remarks>
/// A hole with a list must follow IN: <c>WHERE id IN {ids}</c>. A hole with a SQL fragment inserts the fragment and its
/// parameters.
/// </remarks>
[InterpolatedStringHandler]
internal sealed class SqlText
{
    // Placeholders for an argument's number, because fragments are renumbered when combined. Each kind of argument has
    // its own, so the text alone determines the SQL.
    private const char Value = '\u0001',
        List = '\u0002',
        Search = '\u0003';
    private static readonly SearchValues<char> Marks = SearchValues.Create([Value, List, Search]);

    private static readonly Rendered ForSqlite = new(),
        ForPostgres = new();

    private readonly StringBuilder text;
    private readonly List<object> arguments = [];

    public SqlText(int literalLength, int formattedCount) => text = new(literalLength + formattedCount * 4);

    public IReadOnlyList<object> Arguments => arguments;

    /// <summary>True for a DELETE statement.</summary>
    public bool Deletes => text.Length > 6 && text.ToString(0, 6) == "DELETE";

    public void AppendLiteral(string literal) => text.Append(literal);

    public void AppendFormatted(Raw raw) => text.Append(raw.Text);

    public void AppendFormatted(long value) => Add(value);

    public void AppendFormatted(long? value) => Add(value);

    public void AppendFormatted<T>(Id<T> value) => Add(value.Value);

    public void AppendFormatted<T>(Id<T>? value) => Add(value?.Value);

    public void AppendFormatted(int value) => Add((long)value);

    public void AppendFormatted(int? value) => Add((long?)value);

    public void AppendFormatted(uint value) => Add((long)value);

    public void AppendFormatted(uint? value) => Add((long?)value);

    public void AppendFormatted(double value) => Add(value);

    public void AppendFormatted(double? value) => Add(value);

    public void AppendFormatted(bool value) => Add(value ? 1L : 0L);

    public void AppendFormatted(string? value) => Add(value);

    public void AppendFormatted(byte[] value) => Add(value);

    public void AppendFormatted(Guid value) => Add(value.ToString());

    public void AppendFormatted(Guid? value) => Add(value?.ToString());

    public void AppendFormatted(DateTimeOffset value) => Add(value.ToUnixTimeSeconds());

    public void AppendFormatted(DateTimeOffset? value) => Add(value?.ToUnixTimeSeconds());

    public void AppendFormatted(IReadOnlyCollection<long> values) => Add(values as long[] ?? [.. values]);

    public void AppendFormatted<T>(IReadOnlyCollection<Id<T>> values) => Add(values.Numbers());

    public void AppendFormatted(IReadOnlyCollection<string> values) => Add(values as string[] ?? [.. values]);

    public void AppendFormatted(IReadOnlyCollection<Guid> values) => Add(values.Select(v => v.ToString()).ToArray());

    public void AppendFormatted(SearchText value) => Add(value);

    public void AppendFormatted(ArrayOf value) => Add(value);

    public void AppendFormatted<T>(T value)
        where T : struct, Enum => Add(Words<T>.Of(value));

    public void AppendFormatted(SqlText fragment)
    {
        text.Append(fragment.text);
        arguments.AddRange(fragment.arguments);
    }

    public static SqlText Of(SqlText text) => text;

    public static SqlText Empty { get; } = new(0, 0);

    /// <summary>
    /// The SQL for one engine, with parameters @p0, @p1, ... for SQLite and $1, $2, ... for PostgreSQL.
    /// </summary>
    public string For(Engine engine)
    {
        var key = text.ToString();
        var rendered = engine == Engine.Sqlite ? ForSqlite : ForPostgres;
        return rendered.Find(key) ?? rendered.Keep(key, Render(key, engine));
    }

    private static string Render(string text, Engine engine)
    {
        var result = new StringBuilder(text.Length + 64);
        var number = 0;
        var rest = text.AsSpan();
        for (int at; (at = rest.IndexOfAny(Marks)) >= 0; rest = rest[(at + 1)..], number++)
        {
            result.Append(rest[..at]);
            // Npgsql parses and rewrites statements with named parameters at every execution.
            var name = string.Create(
                CultureInfo.InvariantCulture,
                $"{(engine == Engine.Sqlite ? "@p" : "$")}{(engine == Engine.Sqlite ? number : number + 1)}"
            );
            if (engine == Engine.Postgres && rest[at] == List)
                CompareWithAny(result);
            result.Append(
                (engine, rest[at]) switch
                {
                    (Engine.Sqlite, List) => $"(SELECT value FROM json_each({name}))",
                    (Engine.Postgres, List) => $"({name})",
                    (_, Search) => SearchText.Operation(engine, name),
                    _ => name,
                }
            );
        }
        return result.Append(rest).ToString();
    }

    // The generic plan of IN (SELECT unnest(...)) is a join with the list, which scanned whole tables that had grown
    // since their last ANALYZE. = ANY(...) is an index condition.
    private static void CompareWithAny(StringBuilder result)
    {
        const string In = "IN ",
            Not = "NOT ";
        if (!EndsWith(result, In))
            throw new InvalidOperationException("A list is only allowed after IN.");
        result.Length -= In.Length;
        var isNot = EndsWith(result, Not);
        if (isNot)
            result.Length -= Not.Length;
        result.Append(isNot ? "<> ALL " : "= ANY ");
    }

    private static bool EndsWith(StringBuilder text, string end)
    {
        if (text.Length < end.Length)
            return false;
        for (var i = 0; i < end.Length; i++)
            if (text[text.Length - end.Length + i] != end[i])
                return false;
        return true;
    }

    private void Add(object? value)
    {
        text.Append(
            value switch
            {
                long[] or string[] => List,
                SearchText => Search,
                _ => Value,
            }
        );
        arguments.Add(value ?? DBNull.Value);
    }

    /// <summary>The SQL of texts, which are few: they differ in their arguments.</summary>
    private sealed class Rendered
    {
        private const int TextsMax = 4096;
        private readonly ConcurrentDictionary<string, string> texts = new(StringComparer.Ordinal);
        private int count; // The dictionary's own count takes all its locks.

        public string? Find(string text) => texts.GetValueOrDefault(text);

        public string Keep(string text, string sql)
        {
            if (Interlocked.Increment(ref count) > TextsMax)
            {
                count = 0;
                texts.Clear();
            }
            texts[text] = sql;
            return sql;
        }
    }
}
