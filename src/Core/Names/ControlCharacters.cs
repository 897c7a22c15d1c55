using System.Globalization;
using System.Text;

namespace Paddock.Core.Names;

/// <summary>
/// Makes control characters visible: those that a terminal would execute, and those that change the order in which a
/// line reads. Text from outside can then be shown safely.
/// </summary>
public static class ControlCharacters
{
    private const char FirstC1 = '\u0080',
        LastC1 = '\u009f',
        Delete = '\u007f';

    /// <summary>The text with control characters shown as ^[ and the like. Line breaks and tabs are kept.</summary>
    public static string Show(string text) => Show(text, keepsLines: true);

    /// <summary>
    /// As <see cref="Show(string)"/>, but line breaks and tabs are shown too, for text on one line, as in a log.
    /// </summary>
    public static string ShowInLine(string text) => Show(text, keepsLines: false);

    /// <summary>
    /// True when the text has a line break or another control character, or a character that reverses the reading order
    /// of the text around it. Names that people give must have none of these. Marks such as U+200E are allowed: names
    /// in right-to-left scripts need them.
    /// </summary>
    public static bool AreIn(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExceptInRange(' ', '~'))
            return false;
        foreach (var c in text)
            if (char.IsControl(c) || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
                return true;
        return false;
    }

    private static string Show(string text, bool keepsLines)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var shown = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isLine = c is '\n' or '\t' || c == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            if (isLine && keepsLines)
                shown.Append(c);
            else if (c < ' ')
                shown.Append('^').Append((char)(c + '@'));
            else if (c == Delete)
                shown.Append("^?");
            else if (c is >= FirstC1 and <= LastC1 || TurnsOrder(c))
                shown.Append(CultureInfo.InvariantCulture, $"<U+{(int)c:X4}>");
            else
                shown.Append(c);
        }
        return shown.ToString();
    }

    // Bidirectional controls, and separators that some programs treat as line ends.
    private static bool TurnsOrder(char c) =>
        c is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
