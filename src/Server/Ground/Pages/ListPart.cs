using Microsoft.AspNetCore.WebUtilities;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>The part of a list that a page shows, with the URLs of the adjacent parts.</summary>
/// <param name="Number">The page number, from 1.</param>
/// <param name="Filter">The query parameters that narrow the list.</param>
public sealed record ListPart(string Path, uint Number, long Total, IReadOnlyList<KeyValuePair<string, string?>> Filter)
{
    public const int Size = 50;
    private const uint NumberMax = 1_000_000;

    public long First => Total == 0 ? 0 : (Number - 1L) * Size + 1;
    public long Last => Math.Min(Total, (long)Number * Size);
    public string? Before => Number > 1 ? Address(Number - 1) : null;
    public string? After => Last < Total && First <= Total ? Address(Number + 1) : null;

    internal static uint NumberOf(Call call) => Math.Max(1, call.QueryNumber("page", standard: 1, max: NumberMax));

    internal static Page PageOf(Call call) => new((NumberOf(call) - 1L) * Size, Size, Descending: null);

    internal static ListPart Of(
        Call call,
        string path,
        long total,
        params IEnumerable<KeyValuePair<string, string?>> filter
    ) => new(path, NumberOf(call), total, [.. filter.Where(parameter => parameter.Value is not null)]);

    /// <summary>The text that the list was searched for; null for none.</summary>
    internal static string? SearchOf(Call call) => call.Query("search")?.Trim() is { Length: > 0 } text ? text : null;

    private string Address(uint number) =>
        QueryHelpers.AddQueryString(
            Path,
            number == 1
                ? Filter
                : [.. Filter, new("page", number.ToString(System.Globalization.CultureInfo.InvariantCulture))]
        );
}
