namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// The output of a harness, the options for reading it, and what the adapters tried so far have learned about it.
/// </summary>
internal ref struct Output(ReadOnlySpan<byte> utf8, ReadOptions options)
{
    private ReadOnlySpan<byte> text;
    private bool isTextKnown;
    private ReadOnlySpan<byte> plain;
    private bool isPlainKnown;
    private bool? hasEscapedLetter;

    public readonly ReadOptions Options { get; } = options;

    /// <summary>The output in UTF-8, without a byte order mark.</summary>
    public readonly ReadOnlySpan<byte> Utf8 { get; } = Encodings.Utf8Of(utf8);

    /// <summary>The text without escape sequences for colors and cursors, for adapters that read lines.</summary>
    public ReadOnlySpan<byte> Text
    {
        get
        {
            if (!isTextKnown)
                text = Terminal.WithoutSequences(Utf8);
            isTextKnown = true;
            return text;
        }
    }

    /// <summary>The text without escape sequences and without control characters other than LF.</summary>
    public ReadOnlySpan<byte> Plain
    {
        get
        {
            if (!isPlainKnown)
                plain = Terminal.Plain(Utf8);
            isPlainKnown = true;
            return plain;
        }
    }

    /// <summary>The specific reason why nothing could be read, if one is known.</summary>
    public string? Trouble { get; set; }

    /// <summary>The line on which a JSON document stopped being what was expected, from 1; 0 if none did.</summary>
    public int FaultLine { get; set; }

    /// <summary>The finished results; null if they have no benchmark. What was left out is then the reason.</summary>
    public Results? Finish(Results results)
    {
        if (results.Benchmarks.Count == 0 && results.LeftOutCount > 0)
            Trouble ??= Remark.LeftOutOf(results.LeftOut, results.LeftOutCount);
        return results.OrNull();
    }

    /// <summary>New results to add to.</summary>
    public readonly Results NewResults() => new() { TakesAll = Options.Measures == Measures.All };

    /// <summary>
    /// True when the text occurs anywhere. At the speed of a search, this rules out most of the other harnesses.
    /// </summary>
    public bool Has(ReadOnlySpan<byte> text) => Text.IndexOf(text) >= 0;

    /// <summary>
    /// True when the output may contain a JSON document with this property, which is given in quotation marks.
    /// </summary>
    /// <param name="root">The first character of the document: a brace or a bracket.</param>
    public bool MayBeJson(char root, ReadOnlySpan<byte> key)
    {
        if (Utf8.IndexOf(key) >= 0)
            return Utf8.IndexOf((byte)root) >= 0;
        var start = Utf8.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && Utf8[start] == root && (hasEscapedLetter ??= Json.HasEscapedLetter(Utf8));
    }
}
