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
    // Placeholder for an argument's number, because fragments are renumbered when combined.
    private const char Mark = '\u0001';
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

    /// <summary>The SQL for one engine, with its parameters numbered p0, p1, ...</summary>
    public string For(Engine engine)
    {
        var result = new StringBuilder(text.Length + arguments.Count * 8);
        var number = 0;
        foreach (var chunk in text.GetChunks())
        {
            var rest = chunk.Span;
            for (int at; (at = rest.IndexOf(Mark)) >= 0; rest = rest[(at + 1)..])
            {
                result.Append(rest[..at]);
                var name = "@p" + number.ToString(CultureInfo.InvariantCulture);
                if (engine == Engine.Postgres && arguments[number] is long[] or string[])
                    CompareWithAny(result);
                result.Append(
                    (engine, arguments[number]) switch
                    {
                        (Engine.Sqlite, long[] or string[]) => $"(SELECT value FROM json_each({name}))",
                        (Engine.Postgres, long[] or string[]) => $"({name})",
                        (_, SearchText) => SearchText.Operation(engine, name),
                        _ => name,
                    }
                );
                number++;
            }
            result.Append(rest);
        }
        return result.ToString();
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
        text.Append(Mark);
        arguments.Add(value ?? DBNull.Value);
    }
}
