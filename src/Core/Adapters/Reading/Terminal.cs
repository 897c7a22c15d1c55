using System.Buffers;

namespace Paddock.Core.Adapters.Reading;

/// <summary>Text as a terminal would show it.</summary>
public static class Terminal
{
    private const byte Escape = 0x1b;
    private const byte Bell = 0x07;
    private const byte Delete = 0x7f;

    private static readonly SearchValues<byte> Controls = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Where(b => b != '\n').Select(b => (byte)b),
        Delete,
    ]);

    /// <summary>
    /// The text without escape sequences and without control characters other than LF; the same text if it has none.
    /// </summary>
    public static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> utf8)
    {
        var control = utf8.IndexOfAny(Controls);
        if (control < 0)
            return utf8;
        var plain = new byte[utf8.Length];
        var length = 0;
        while (control >= 0)
        {
            utf8[..control].CopyTo(plain.AsSpan(length));
            length += control;
            utf8 = utf8[control..];
            utf8 = utf8[(utf8[0] == Escape ? SequenceLength(utf8) : 1)..];
            control = utf8.IndexOfAny(Controls);
        }
        utf8.CopyTo(plain.AsSpan(length));
        return plain.AsSpan(0, length + utf8.Length);
    }

    /// <summary>
    /// The text without escape sequences; the same text if it has none. Tabs and carriage returns stay, because they
    /// separate columns and lines.
    /// </summary>
    public static ReadOnlySpan<byte> WithoutSequences(ReadOnlySpan<byte> utf8)
    {
        var escape = utf8.IndexOf(Escape);
        if (escape < 0)
            return utf8;
        var without = new byte[utf8.Length];
        var length = 0;
        for (; escape >= 0; escape = utf8.IndexOf(Escape))
        {
            utf8[..escape].CopyTo(without.AsSpan(length));
            length += escape;
            utf8 = utf8[escape..];
            utf8 = utf8[SequenceLength(utf8)..];
        }
        utf8.CopyTo(without.AsSpan(length));
        return without.AsSpan(0, length + utf8.Length);
    }

    // ECMA-48: the character after the escape determines how long the sequence is. A sequence cut off by the end of the
    // text ends there.
    private static int SequenceLength(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == 1)
            return 1;
        return utf8[1] switch
        {
            (byte)'[' => 2 + Final(utf8[2..], firstFinal: 0x40),
            (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_' => 2 + StringLength(utf8[2..]),
            >= 0x20 and <= 0x2f => 2 + Final(utf8[2..], firstFinal: 0x30),
            >= 0x30 and < Delete => 2,
            _ => 1, // Not a sequence; the next byte is read on its own.
        };
    }

    // Parameters, then one final byte. Any other byte ends the sequence.
    private static int Final(ReadOnlySpan<byte> utf8, byte firstFinal)
    {
        var end = 0;
        while (end < utf8.Length && utf8[end] >= 0x20 && utf8[end] < firstFinal)
            end++;
        return end < utf8.Length && utf8[end] >= firstFinal && utf8[end] < Delete ? end + 1 : end;
    }

    // A string ends with a bell or with an escape, whose own sequence follows. It never continues past its line, so
    // that a stray start of a string hides little.
    private static int StringLength(ReadOnlySpan<byte> utf8)
    {
        var end = utf8.IndexOfAny(Bell, Escape, (byte)'\n');
        return end < 0 ? utf8.Length
            : utf8[end] == Bell ? end + 1
            : end;
    }
}
