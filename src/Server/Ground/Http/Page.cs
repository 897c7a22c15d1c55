using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Http;

/// <summary>The requested part of a list.</summary>
internal readonly record struct Page(long Offset, long Size, bool? Descending)
{
    private const uint SizeStandard = 8;
    private const uint SizeMax = 255;

    /// <summary>The longest text that a search accepts.</summary>
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

    /// <summary>The requested direction, or the list's default.</summary>
    public Raw Direction(bool descendingStandard = false) => new(Descending ?? descendingStandard ? "DESC" : "ASC");

    public SqlText Limit => SqlText.Of($"LIMIT {Size} OFFSET {Offset}");

    /// <summary>Reads the sort order, and refuses one that the list does not know.</summary>
    /// <returns>The requested word, or the first one, which is the default.</returns>
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

    /// <summary>
    /// A condition that the text occurs in one of the columns, ignoring case; % and _ are wildcards, as in SQL's LIKE.
    /// </summary>
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

    // Most searches are for words, which cannot occur in a UUID. Skipping the UUID column reads less, and an index on
    // names is then enough.
    private static bool MayBeInUuid(string text) => text.All(c => char.IsAsciiHexDigit(c) || c is '-' or '%' or '_');
}
