namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Parses a line from its end, for lines that start with a name of arbitrary text: the rest is the name. Each method
/// consumes what it is named for, or returns false; <see cref="Rest"/> is then undefined.
/// </summary>
internal ref struct FromEnd(ReadOnlySpan<byte> line)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = line;

    public bool Text(ReadOnlySpan<byte> text)
    {
        if (!Rest.EndsWith(text))
            return false;
        Rest = Rest[..^text.Length];
        return true;
    }

    public bool Byte(char ascii)
    {
        if (Rest.IsEmpty || Rest[^1] != ascii)
            return false;
        Rest = Rest[..^1];
        return true;
    }

    /// <summary>One or more blanks or tabs.</summary>
    public bool Blanks()
    {
        if (Rest.IsEmpty || !Lexing.IsBlank(Rest[^1]))
            return false;
        return BlanksIfAny();
    }

    /// <summary>Any number of blanks and tabs; always true.</summary>
    public bool BlanksIfAny()
    {
        var start = Rest.Length;
        while (start > 0 && Lexing.IsBlank(Rest[start - 1]))
            start--;
        Rest = Rest[..start];
        return true;
    }

    public bool Int(out double value)
    {
        var start = Rest.Length;
        while (start > 0 && Lexing.IsIntPart(Rest[start - 1]))
            start--;
        var text = Rest[start..];
        Rest = Rest[..start];
        return Lexing.Int(text, out value);
    }

    /// <param name="commaIsDecimal">True when the harness never separates thousands.</param>
    public bool Number(out double value, bool commaIsDecimal = false)
    {
        var text = Rest[^Lexing.NumberAtEnd(Rest)..];
        Rest = Rest[..^text.Length];
        return Lexing.Number(text, out value, commaIsDecimal);
    }

    /// <summary>A unit of time, converted to nanoseconds.</summary>
    public bool Unit(out double nanoseconds)
    {
        var length = Lexing.UnitAtEnd(Rest, out nanoseconds);
        Rest = Rest[..^length];
        return length > 0;
    }

    /// <summary>A number, blanks and a unit of time, converted to nanoseconds.</summary>
    /// <inheritdoc cref="Number(out double, bool)"/>
    public bool Duration(out double nanoseconds, bool commaIsDecimal = false)
    {
        nanoseconds = 0;
        if (!Unit(out var unit) || !Blanks() || !Number(out var value, commaIsDecimal))
            return false;
        nanoseconds = value * unit;
        return true;
    }
}
