namespace Paddock.Core.Adapters.Reading;

/// <summary>What a harness printed, and what the adapters tried so far have learnt about it.</summary>
internal ref struct Output(ReadOnlySpan<byte> utf8)
{
    private ReadOnlySpan<byte> plain;
    private bool isPlainKnown;
    private bool? hasEscapedLetter;

    public readonly ReadOnlySpan<byte> Utf8 { get; } = utf8;

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

    /// <summary>Whether a text occurs anywhere: at the speed of a search, this ends most readings by a harness that it is not.</summary>
    public readonly bool Has(ReadOnlySpan<byte> text) => Utf8.IndexOf(text) >= 0;

    /// <summary>Whether this can be a JSON document with this property, given in quotation marks, somewhere in it.</summary>
    /// <param name="root">How the document starts: with a brace or a bracket.</param>
    public bool MayBeJson(char root, ReadOnlySpan<byte> key)
    {
        var start = Utf8.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && Utf8[start] == root && (Has(key) || (hasEscapedLetter ??= Json.HasEscapedLetter(Utf8)));
    }
}
