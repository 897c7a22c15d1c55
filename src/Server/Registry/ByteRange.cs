using System.Globalization;

namespace Paddock.Server.Registry;

/// <summary>A byte range of a blob.</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    public long Size => Last - First + 1;

    /// <summary>Parses a Range header for content of the given size.</summary>
    /// <param name="range">The requested range; null for the whole content, when the header may be ignored.</param>
    /// <returns>False when the range is outside the content.</returns>
    public static bool TryParse(string header, long size, out ByteRange? range)
    {
        range = null;
        const string Unit = "bytes=";
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return true;
        var text = header.AsSpan(Unit.Length).Trim();
        if (text.Contains(','))
            return true; // Several ranges, which no client asks for. The whole content is a valid answer.
        var dash = text.IndexOf('-');
        if (dash < 0)
            return true;
        var (from, to) = (Number(text[..dash]), Number(text[(dash + 1)..]));
        range = (from, to) switch
        {
            ({ } first, { } last) => new ByteRange(first, Math.Min(last, size - 1)),
            ({ } first, null) => new ByteRange(first, size - 1),
            (null, { } last) => new ByteRange(Math.Max(0, size - last), size - 1),
            _ => null,
        };
        return range is not { } part || (part.First < size && part.First <= part.Last);
    }

    private static long? Number(ReadOnlySpan<char> text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
