namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Parses a line from its start. Each method consumes what it is named for, or returns false; <see cref="Rest"/> is
/// then undefined.
/// </summary>
internal ref struct FromStart(ReadOnlySpan<byte> line)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = line;
    public readonly bool AtEnd => Rest.IsEmpty;

    public bool Text(ReadOnlySpan<byte> text)
    {
        if (!Rest.StartsWith(text))
            return false;
        Rest = Rest[text.Length..];
        return true;
    }

    public bool Byte(char ascii)
    {
        if (Rest.IsEmpty || Rest[0] != ascii)
            return false;
        Rest = Rest[1..];
        return true;
    }

    /// <summary>One or more blanks or tabs.</summary>
    public bool Blanks()
    {
        if (Rest.IsEmpty || !Lexing.IsBlank(Rest[0]))
            return false;
        return BlanksIfAny();
    }

    /// <summary>Any number of blanks and tabs; always true.</summary>
    public bool BlanksIfAny()
    {
        var end = 0;
        while (end < Rest.Length && Lexing.IsBlank(Rest[end]))
            end++;
        Rest = Rest[end..];
        return true;
    }

    /// <summary>One or more of this character.</summary>
    public bool Run(char ascii)
    {
        var end = Rest.IndexOfAnyExcept((byte)ascii);
        if (end < 0)
            end = Rest.Length;
        Rest = Rest[end..];
        return end > 0;
    }

    /// <summary>The text before the first blank; false if it is empty.</summary>
    public bool Word(out ReadOnlySpan<byte> word)
    {
        var end = Rest.IndexOfAny((byte)' ', (byte)'\t');
        word = end < 0 ? Rest : Rest[..end];
        Rest = Rest[word.Length..];
        return word.Length > 0;
    }

    /// <summary>The rest of the line with its line end.</summary>
    public bool Line()
    {
        var end = Rest.IndexOf((byte)'\n');
        if (end < 0)
            return false;
        Rest = Rest[(end + 1)..];
        return true;
    }

    /// <summary>The text before a colon on the same line, and the colon; false if the text is empty.</summary>
    public bool Label(out ReadOnlySpan<byte> label)
    {
        var end = Rest.IndexOfAny((byte)':', (byte)'\n');
        label = end > 0 && Rest[end] == ':' ? Rest[..end] : default;
        if (label.IsEmpty)
            return false;
        Rest = Rest[(end + 1)..];
        return true;
    }

    /// <summary>A part of a path that is separated by double colons.</summary>
    public bool PathPart()
    {
        var end = Rest.IndexOfAny(": \t\r\n"u8);
        if (end <= 0)
            return false;
        Rest = Rest[end..];
        return true;
    }

    public bool Int(out double value)
    {
        var end = 0;
        while (end < Rest.Length && Lexing.IsIntPart(Rest[end]))
            end++;
        var text = Rest[..end];
        Rest = Rest[end..];
        return Lexing.Int(text, out value);
    }

    public bool Number(out double value)
    {
        var text = Rest[..Lexing.NumberAtStart(Rest)];
        Rest = Rest[text.Length..];
        return Lexing.Number(text, out value);
    }

    /// <summary>A unit of time, converted to nanoseconds.</summary>
    public bool Unit(out double nanoseconds)
    {
        var length = Lexing.UnitAtStart(Rest, out nanoseconds);
        Rest = Rest[length..];
        return length > 0;
    }
}
