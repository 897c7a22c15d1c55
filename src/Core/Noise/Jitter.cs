namespace Paddock.Core.Noise;

/// <summary>How evenly one loop ran: the spread of the time that each of its rounds took.</summary>
/// <param name="Mean">Nanoseconds, as are the others.</param>
/// <param name="Deviation">Of the sample (n - 1); 0 for a single round.</param>
public sealed record Jitter(int Samples, double Mean, double Deviation, double P99)
{
    /// <summary>Of the rounds in time's order, the first are dropped: caches and compilers warm up.</summary>
    private const int DroppedOf = 10;

    /// <summary>The coefficient of variation, 100 · deviation / mean: 0 is a machine that nothing disturbs.</summary>
    public double Percent => Mean > 0 ? 100 * Deviation / Mean : 0;

    /// <param name="nanoseconds">Of each round, in time's order.</param>
    /// <returns>Null where there was no round at all.</returns>
    public static Jitter? Of(ReadOnlySpan<long> nanoseconds)
    {
        var kept = nanoseconds[(nanoseconds.Length / DroppedOf)..];
        if (kept.IsEmpty)
            return null;

        // In one pass without the loss of digits that sums of squares have (Welford, 1962).
        var (mean, squares) = (0.0, 0.0);
        for (var i = 0; i < kept.Length; i++)
        {
            var off = kept[i] - mean;
            mean += off / (i + 1);
            squares += off * (kept[i] - mean);
        }
        var sorted = kept.ToArray();
        Array.Sort(sorted);
        var p99 = sorted[(int)Math.Round(0.99 * (sorted.Length - 1))];
        return new(kept.Length, mean, kept.Length > 1 ? Math.Sqrt(squares / (kept.Length - 1)) : 0, p99);
    }
}
