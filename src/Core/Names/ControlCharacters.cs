using System.Globalization;
using System.Text;

namespace Paddock.Core.Names;

/// <summary>
/// Makes characters visible that a terminal would obey, or that change the order in which a line reads, so that a text
/// from outside only ever says something.
/// </summary>
public static class ControlCharacters
{
    private const char FirstC1 = '\u0080',
        LastC1 = '\u009f',
        Delete = '\u007f';

    /// <summary>The text with control characters as ^[ and the like; lines and tabs stay what they are.</summary>
    public static string Show(string text) => Show(text, keepsLines: true);

    /// <summary>The same for a text that has to stay on one line, in a log say.</summary>
    public static string ShowInLine(string text) => Show(text, keepsLines: false);

    /// <summary>
    /// Whether the text has a line break or another character that a terminal obeys, or one that turns the order in
    /// which the text around it reads. Names that people give must have none. Marks such as U+200E are allowed: names
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

    // Bidirectional controls, and separators that some programs take for the end of a line.
    private static bool TurnsOrder(char c) =>
        c is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
