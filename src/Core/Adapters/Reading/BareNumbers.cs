using System.Buffers;

namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Finds NaN and Infinity, which some languages write into JSON although JSON has no such numbers. Quoted, they no
/// longer break the document, and only a reader that needs such a number fails.
/// </summary>
internal static class BareNumbers
{
    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(" \t\r\n,]}"u8);
    private const int WordMax = 9; // "-Infinity"

    private static readonly SearchValues<byte> Interesting = SearchValues.Create("\"\n,:["u8);

    /// <summary>The text with each of these numbers in quotation marks; null if it has none.</summary>
    public static byte[]? Quoted(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOfAny("NI"u8) < 0 && utf8.IndexOf("nan"u8) < 0 && utf8.IndexOf("inf"u8) < 0)
            return null;
        var quoted = new ArrayBufferWriter<byte>(utf8.Length + 64);
        var (written, any) = (0, false);
        for (var at = 0; Next(utf8, ref at); )
        {
            var length = WordLength(utf8[at..]);
            if (length == 0)
                continue;
            quoted.Write(utf8[written..at]);
            quoted.Write("\""u8);
            quoted.Write(utf8.Slice(at, length));
            quoted.Write("\""u8);
            (written, any) = (at += length, true);
        }
        if (!any)
            return null;
        quoted.Write(utf8[written..]);
        return quoted.WrittenSpan.ToArray();
    }

    // Moves to the next place where a value may begin. A string ends at the end of its line at the latest, so that
    // stray quotation marks in text around documents do no harm.
    private static bool Next(ReadOnlySpan<byte> utf8, ref int at)
    {
        while (at < utf8.Length)
        {
            var found = utf8[at..].IndexOfAny(Interesting);
            if (found < 0)
                return false;
            at += found + 1;
            if (utf8[at - 1] == '"')
                SkipString(utf8, ref at);
            else if (utf8[at - 1] != '\n')
            {
                while (at < utf8.Length && utf8[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                    at++;
                return at < utf8.Length;
            }
        }
        return false;
    }

    private static void SkipString(ReadOnlySpan<byte> utf8, ref int at)
    {
        while (at < utf8.Length)
        {
            var found = utf8[at..].IndexOfAny("\"\\\n"u8);
            if (found < 0)
            {
                at = utf8.Length;
                return;
            }
            at += found;
            if (utf8[at] != '\\')
            {
                at++;
                return;
            }
            at = Math.Min(at + 2, utf8.Length);
        }
    }

    private static int WordLength(ReadOnlySpan<byte> utf8)
    {
        var end = utf8[..Math.Min(utf8.Length, WordMax + 1)].IndexOfAny(WordEnds);
        if (end is < 0 or > WordMax)
            return 0;
        var word = utf8[..end];
        if (word is [(byte)'-' or (byte)'+', ..])
            word = word[1..];
        return Is(word, "nan"u8) || Is(word, "inf"u8) || Is(word, "infinity"u8) ? end : 0;
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lower) =>
        System.Text.Ascii.EqualsIgnoreCase(word, lower);
}
