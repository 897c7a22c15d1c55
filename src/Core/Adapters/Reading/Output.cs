namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// What a harness printed, what is wanted of it, and what the adapters tried so far have learnt about it.
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

    /// <summary>The text without the escape sequences of colours and cursors, as adapters of lines read it.</summary>
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

    /// <summary>Why the reading ended early, where that is not for what stands in the output.</summary>
    public string? Trouble { get; set; }

    /// <summary>The line where a JSON document stopped being what was expected, from 1; 0 when none did.</summary>
    public int FaultLine { get; set; }

    /// <summary>
    /// The results when reading has ended; null where there is no benchmark, with what was left out as the reason.
    /// </summary>
    public Results? Finish(Results results)
    {
        if (results.Benchmarks.Count == 0 && results.LeftOutCount > 0)
            Trouble ??= Remark.LeftOutOf(results.LeftOut, results.LeftOutCount);
        return results.OrNull();
    }

    /// <summary>Results to add to.</summary>
    public readonly Results NewResults() => new() { TakesAll = Options.Measures == Measures.All };

    /// <summary>
    /// Whether a text occurs anywhere: at the speed of a search, this ends most readings by a harness that it is not.
    /// </summary>
    public bool Has(ReadOnlySpan<byte> text) => Text.IndexOf(text) >= 0;

    /// <summary>
    /// Whether this can have a JSON document with this property, given in quotation marks, somewhere in it.
    /// </summary>
    /// <param name="root">How the document starts: with a brace or a bracket.</param>
    public bool MayBeJson(char root, ReadOnlySpan<byte> key)
    {
        if (Utf8.IndexOf(key) >= 0)
            return Utf8.IndexOf((byte)root) >= 0;
        var start = Utf8.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && Utf8[start] == root && (hasEscapedLetter ??= Json.HasEscapedLetter(Utf8));
    }
}
