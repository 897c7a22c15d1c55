namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// The lines of a text without their ends, which are LF or CR LF, and without blanks before those: terminals and log
/// collectors add and remove them. A copy looks ahead without moving the original.
/// </summary>
internal ref struct Lines(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> rest = text;

    /// <summary>The line without blanks at its end.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>The line with them.</summary>
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

    /// <summary>What <paramref name="read"/> adds line by line, or null when that is nothing.</summary>
    /// <param name="sign">A text without which no line can be a result.</param>
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
