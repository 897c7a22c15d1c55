namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// The lines of a text without line ends (LF or CR LF) and trailing blanks, which terminals and log collectors add and
/// remove. A copy looks ahead without moving the original.
/// </summary>
internal ref struct Lines(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> rest = text;

    /// <summary>The line without trailing blanks.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>The line with its trailing blanks.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    public readonly Lines GetEnumerator() => this;

    public bool MoveNext()
    {
        if (rest.IsEmpty)
            return false;
        var end = rest.IndexOf((byte)'\n');
        Whole = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        var length = Whole.Length;
        if (length > 0 && Whole[length - 1] == '\r')
            Whole = Whole[..--length];
        while (length > 0 && Whole[length - 1] is (byte)' ' or (byte)'\t' or (byte)'\r')
            length--;
        Current = Whole[..length];
        return true;
    }

    internal delegate void Reader(ReadOnlySpan<byte> line, Results results);

    /// <summary>The results that <paramref name="read"/> adds line by line; null if there are none.</summary>
    /// <param name="sign">A text that at least one line must contain, or there are no results.</param>
    public static Results? Read(ref Output output, ReadOnlySpan<byte> sign, Reader read)
    {
        if (!output.Has(sign))
            return null;
        var results = output.NewResults();
        foreach (var line in new Lines(output.Text))
            read(line, results);
        return output.Finish(results);
    }
}
