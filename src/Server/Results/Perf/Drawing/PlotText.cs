using System.Text;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>
/// Estimates the width of text without knowing the reader's font; estimates are rather too wide than too narrow.
/// </summary>
internal static class PlotText
{
    private const string Ellipsis = "…";

    /// <summary>The width in pixels, for a common sans serif font.</summary>
    public static double Width(string text, double size)
    {
        var ems = 0.0;
        foreach (var rune in text.EnumerateRunes())
            ems += Ems(rune);
        return ems * size;
    }

    /// <summary>
    /// Returns the text, or as much of both its ends as fits: benchmark names differ at their ends more often than in
    /// the middle.
    /// </summary>
    public static string Fit(string text, double size, double width)
    {
        if (Width(text, size) <= width)
            return text;
        var runes = text.EnumerateRunes().ToArray();
        var room = width / size - 1; // Minus the ellipsis.
        var (head, tail) = (0, runes.Length);
        for (var isHead = true; head < tail; isHead = !isHead)
        {
            room -= Ems(isHead ? runes[head] : runes[tail - 1]);
            if (room < 0)
                break;
            if (isHead)
                head++;
            else
                tail--;
        }
        return Joined(runes.AsSpan(0, head)).TrimEnd() + Ellipsis + Joined(runes.AsSpan(tail)).TrimStart();
    }

    private static string Joined(ReadOnlySpan<Rune> runes)
    {
        var text = new StringBuilder();
        foreach (var rune in runes)
            text.Append(rune);
        return text.ToString();
    }

    // The widths of DejaVu Sans, which is wider than most fonts.
    private static double Ems(Rune rune) =>
        rune.Value switch
        {
            'i' or 'j' or 'l' or '\'' or 'I' => 0.29,
            ' ' or '.' or ',' or ':' or ';' or '|' or '!' or '/' or '\\' => 0.34,
            'f' or 'r' or 't' or '(' or ')' or '[' or ']' or '-' => 0.4,
            '_' or '*' or 's' or 'c' or 'z' => 0.54,
            'w' or '<' or '>' or '=' or '+' or '#' or '~' => 0.84,
            'm' or 'M' or 'W' or '@' or '%' => 0.98,
            >= 'A' and <= 'Z' => 0.71,
            < 0x80 => 0.63,
            '…' => 1,
            < 0x1100 => 0.68,
            _ => 1.05, // Wide scripts and emoji.
        };
}
