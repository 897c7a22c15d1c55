namespace Paddock.Core.Verdicts;

/// <summary>
/// The last <see cref="Levels.ReferenceMax"/> of a window's values, sorted. If the window has moved by one value since
/// the last call, one value is inserted and one removed, which is about thirty times as fast as sorting.
/// </summary>
internal sealed class SortedWindow
{
    private readonly float[] sorted = new float[Levels.ReferenceMax];
    private int count;
    private float oldest;
    private (long From, long To)? held;

    /// <param name="window">Oldest first.</param>
    /// <param name="ordinals">
    /// The ordinals of the window's first value and after its last value; null where the window has a gap.
    /// </param>
    /// <returns>Valid until the next call.</returns>
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
