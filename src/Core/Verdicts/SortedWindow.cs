namespace Paddock.Core.Verdicts;

/// <summary>
/// The last <see cref="Levels.ReferenceMax"/> of values, sorted. Where they are those of the call before, one further
/// on, one value is put in and one taken out, which is some thirty times as fast as sorting them.
/// </summary>
internal sealed class SortedWindow
{
    private readonly float[] sorted = new float[Levels.ReferenceMax];
    private int count;
    private float oldest;
    private (long From, long To)? held;

    /// <param name="window">Oldest first.</param>
    /// <param name="ordinals">Of its first and after its last value, where it has all between; null where a gap is in
    /// it.</param>
    /// <returns>Good until the next call.</returns>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> window, (long From, long To)? ordinals)
    {
        window = window[Math.Max(0, window.Length - Levels.ReferenceMax)..];
        if (ordinals is { } asked && held is { } had && asked.From == had.From && asked.To == had.To + 1 && count > 0)
        {
            if (count == window.Length)
                Remove(oldest);
            Insert(window[^1]);
        }
        else if (ordinals is null || ordinals != held)
        {
            window.CopyTo(sorted);
            sorted.AsSpan(0, window.Length).Sort();
        }
        (count, held) = (window.Length, ordinals);
        if (count > 0)
            oldest = window[0];
        return sorted.AsSpan(0, count);
    }

    private void Remove(float value)
    {
        var at = sorted.AsSpan(0, count).BinarySearch(value);
        sorted.AsSpan((at + 1)..count).CopyTo(sorted.AsSpan(at));
        count--;
    }

    private void Insert(float value)
    {
        var at = sorted.AsSpan(0, count).BinarySearch(value);
        at = at < 0 ? ~at : at;
        sorted.AsSpan(at..count).CopyTo(sorted.AsSpan(at + 1));
        sorted[at] = value;
        count++;
    }
}
