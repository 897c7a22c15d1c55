namespace Paddock.Core.Adapters.Reading;

/// <summary>What a harness printed, what is wanted of it, and what the adapters tried so far have learnt about it.</summary>
internal ref struct Output(ReadOnlySpan<byte> utf8, ReadOptions options)
{
    private ReadOnlySpan<byte> text;
    private bool isTextKnown;
    private ReadOnlySpan<byte> plain;
    private bool isPlainKnown;
    private bool? hasEscapedLetter;

    public readonly ReadOptions Options { get; } = options;

    /// <summary>The bytes as they came, without a byte order mark.</summary>
    public readonly ReadOnlySpan<byte> Utf8 { get; } = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;

    /// <summary>The text without the escape sequences of colours and cursors, as adapters of lines read it.</summary>
    public ReadOnlySpan<byte> Text
    {
        get
        {
            if (!isTextKnown) text = Terminal.WithoutSequences(Utf8);
            isTextKnown = true;
            return text;
        }
    }

    /// <summary>The text without escape sequences and without control characters other than LF.</summary>
    public ReadOnlySpan<byte> Plain
    {
        get
        {
            if (!isPlainKnown) plain = Terminal.Plain(Utf8);
            isPlainKnown = true;
            return plain;
        }
    }

    /// <summary>Why the reading ended early, where that is not for what stands in the output.</summary>
    public string? Trouble { get; set; }

    /// <summary>Where the JSON document that was tried last stopped being what was expected; -1 when none was tried.</summary>
    public int Fault { get; set; } = -1;

    /// <summary>The results when reading has ended; null where there is no benchmark, with what was left out as the reason.</summary>
    public Results? Finish(Results results)
    {
        if (results.Benchmarks.Count == 0 && results.LeftOutCount > 0) Trouble ??= Remark.LeftOutOf(results.LeftOut, results.LeftOutCount);
        return results.OrNull();
    }

    /// <summary>Results to add to.</summary>
    public readonly Results NewResults() => new() { TakesAll = Options.Measures == Measures.All };

    /// <summary>Whether a text occurs anywhere: at the speed of a search, this ends most readings by a harness that it is not.</summary>
    public bool Has(ReadOnlySpan<byte> text) => Text.IndexOf(text) >= 0;

    /// <summary>Whether this can be a JSON document with this property, given in quotation marks, somewhere in it.</summary>
    /// <param name="root">How the document starts: with a brace or a bracket.</param>
    public bool MayBeJson(char root, ReadOnlySpan<byte> key)
    {
        var start = Utf8.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0) return false;
        if (Utf8[start] == root) return Utf8.IndexOf(key) >= 0 || (hasEscapedLetter ??= Json.HasEscapedLetter(Utf8));
        return !IsJsonStart(Utf8[start]) && new Parts(Utf8, root).MoveNext() && Utf8.IndexOf(key) >= 0;
    }

    /// <summary>
    /// Where the document can lie: the whole output where it starts like one; otherwise what begins on a later line and goes on to the
    /// last closing brace, as tools print it that talk to people first and write JSON on the same stream.
    /// </summary>
    public readonly Parts JsonParts(char root)
    {
        var start = Utf8.IndexOfAnyExcept(" \t\r\n"u8);
        return new(Utf8, root) { IsWhole = start >= 0 && IsJsonStart(Utf8[start]) };
    }

    private static bool IsJsonStart(byte first) => first is (byte)'{' or (byte)'[';

    /// <summary>The stretches that may be a document, a few at most.</summary>
    internal ref struct Parts(ReadOnlySpan<byte> utf8, char root)
    {
        private const int Max = 8;

        private readonly ReadOnlySpan<byte> utf8 = utf8;
        private readonly byte open = (byte)root;
        private readonly byte close = (byte)(root == '{' ? '}' : ']');
        private int at;
        private int count;

        public bool IsWhole { get; init; }
        public ReadOnlySpan<byte> Current { get; private set; }
        public readonly Parts GetEnumerator() => this;

        public bool MoveNext()
        {
            if (count++ == Max) return false;
            if (IsWhole)
            {
                Current = utf8;
                return count == 1;
            }
            var next = utf8[at..].IndexOf([(byte)'\n', open]);
            if (next < 0) return false;
            at += next + 1;
            Current = utf8[at..];
            Current = Current[..(Current.LastIndexOf(close) + 1)];
            return Current.Length > 0;
        }
    }
}
