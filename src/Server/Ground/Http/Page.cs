using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Http;

/// <summary>Which part of a list is asked for.</summary>
internal readonly record struct Page(long Offset, long Size, bool? Descending)
{
    private const uint SizeStandard = 8;
    private const uint SizeMax = 255;

    /// <summary>The longest text that can be searched for.</summary>
    public const int SearchMax = 256;

    public static Page Of(Call call)
    {
        var number = Math.Max(1L, call.QueryNumber("page", standard: 1, max: uint.MaxValue));
        var size = call.QueryNumber("per_page", SizeStandard, SizeMax);
        bool? descending = call.Query("direction", ["asc", "desc"]) switch
        {
            null => null,
            "asc" => false,
            "desc" => true,
            var text => throw Call.BadQuery("direction", $"{Core.Names.Text.Quote(text)} is neither asc nor desc"),
        };
        return new((number - 1) * size, size, descending);
    }

    /// <summary>The chosen direction, or the list's own where none was asked for.</summary>
    public Raw Direction(bool descendingStandard = false) => new(Descending ?? descendingStandard ? "DESC" : "ASC");

    public SqlText Limit => SqlText.Of($"LIMIT {Size} OFFSET {Offset}");

    /// <summary>Refuses an order that the list does not know.</summary>
    /// <returns>The word asked for, or the first one, which is the standard.</returns>
    public static string Sort(Call call, params ReadOnlySpan<string> allowed)
    {
        if (call.Query("sort", allowed) is not { } word)
            return allowed[0];
        return allowed.Contains(word)
            ? word
            : throw Call.BadQuery(
                "sort",
                $"{Core.Names.Text.Quote(word)} is not one of {string.Join(", ", allowed.ToArray())}"
            );
    }

    /// <summary>Where a text stands in one of the columns, as SQL's LIKE sees it, whatever the case.</summary>
    public static SqlText Search(string? text, params ReadOnlySpan<string> columns)
    {
        if (string.IsNullOrEmpty(text))
            return SqlText.Empty;
        if (text.Length > SearchMax)
            throw Call.BadQuery("search", $"has {text.Length} characters; allowed: {SearchMax} at most");
        if (text.Contains('\0'))
            throw Call.BadQuery("search", "holds a null character, which no name has");
        var sought = new SearchText(text);
        var any = SqlText.Of($"1 = 0");
        foreach (var column in columns)
        {
            if (column.EndsWith("uuid", StringComparison.Ordinal) && !MayBeInUuid(text))
                continue;
            any = SqlText.Of($"{any} OR lower({new Raw(column)}) {sought}");
        }
        return SqlText.Of($" AND ({any})");
    }

    // Most searches are for words, which no UUID has; then there is less to read, and an index on names is enough.
    private static bool MayBeInUuid(string text) => text.All(c => char.IsAsciiHexDigit(c) || c is '-' or '%' or '_');
}
