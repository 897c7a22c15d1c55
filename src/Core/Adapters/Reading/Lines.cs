namespace Paddock.Core.Adapters.Reading;

/// <summary>The lines of a text without their ends, which are LF or CR LF. A copy looks ahead without moving the original.</summary>
internal ref struct Lines(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> rest = text;

    public ReadOnlySpan<byte> Current { get; private set; }
    public readonly Lines GetEnumerator() => this;

    public bool MoveNext()
    {
        if (rest.IsEmpty) return false;
        var end = rest.IndexOf((byte)'\n');
        if (end < 0)
        {
            Current = rest;
            rest = default;
            return true;
        }
        Current = end > 0 && rest[end - 1] == '\r' ? rest[..(end - 1)] : rest[..end];
        rest = rest[(end + 1)..];
        return true;
    }

    internal delegate void Reader(ReadOnlySpan<byte> line, Results results);

    /// <summary>What <paramref name="read"/> adds line by line, or null when that is nothing.</summary>
    /// <param name="sign">A text without which no line can be a result.</param>
    public static Results? Read(ref Output output, ReadOnlySpan<byte> sign, Reader read)
    {
        if (!output.Has(sign)) return null;
        var results = output.NewResults();
        foreach (var line in new Lines(output.Text)) read(line, results);
        return results.OrNull();
    }
}
