namespace Paddock.Core.Noise;

/// <summary>How evenly a loop ran: the spread of the times that its rounds took.</summary>
/// <param name="Mean">The mean time of a round in nanoseconds. The other times are in nanoseconds too.</param>
/// <param name="Deviation">The standard deviation of the sample (n - 1); 0 for a single round.</param>
public sealed record Jitter(int Samples, double Mean, double Deviation, double P99)
{
    /// <summary>The first tenth of the rounds is dropped, because caches and compilers are still warming up.</summary>
    private const int DroppedOf = 10;

    /// <summary>The coefficient of variation, 100 · deviation / mean. On an undisturbed machine it is 0.</summary>
    public double Percent => Mean > 0 ? 100 * Deviation / Mean : 0;

    /// <param name="nanoseconds">The time of each round, in the order in which the rounds ran.</param>
    /// <returns>Null if there are no rounds.</returns>
    public static Jitter? Of(ReadOnlySpan<long> nanoseconds)
    {
        var kept = nanoseconds[(nanoseconds.Length / DroppedOf)..];
        if (kept.IsEmpty)
            return null;

        // One pass, without the loss of precision that sums of squares have (Welford, 1962).
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
