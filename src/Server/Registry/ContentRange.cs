using System.Globalization;

namespace Paddock.Server.Registry;

/// <summary>The byte range a chunk declares: "0-1023", or "bytes 0-1023/4096" as in HTTP.</summary>
internal readonly record struct ContentRange(long First, long Last)
{
    public long Size => Last - First + 1;

    public static bool TryParse(string text, out ContentRange range)
    {
        range = default;
        var rest = text.AsSpan().Trim();
        if (rest.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase))
            rest = rest["bytes ".Length..];
        if (rest.IndexOf('/') is var slash and >= 0)
            rest = rest[..slash];
        var dash = rest.IndexOf('-');
        if (
            dash < 0
            || !IsNumber(rest[..dash], out var first)
            || !IsNumber(rest[(dash + 1)..], out var last)
            || last < first
        )
            return false;
        range = new(first, last);
        return true;
    }

    private static bool IsNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number < long.MaxValue;
}
