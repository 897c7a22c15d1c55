namespace Paddock.Core.Analysis;

/// <summary>
/// The exact test of pairs: is the head above the base, if chance alone decides which of the two is which in a pair?
/// </summary>
/// <remarks>
/// Fisher's randomization test for paired data (The Design of Experiments, 1935, section 21). Counts all 2^n sign
/// combinations, including the observed one, in time 2^(n/2) by sums of halves (Horowitz and Sahni, JACM 21 (1974),
/// 277-292).
/// </remarks>
public static class SignFlip
{
    public const int PairsMax = 40;

    /// <summary>
    /// The one-sided P of "the differences are above 0". No pairs, or a NaN or infinite difference, give 1.
    /// </summary>
    /// <remarks>Differences of 0 count for both signs; if all are 0, P is 1. The least P of n pairs is 2^-n.</remarks>
    public static double P(ReadOnlySpan<double> differences)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(differences.Length, PairsMax);
        var size = 0.0;
        foreach (var difference in differences)
            size += Math.Abs(difference);
        if (differences.IsEmpty || !double.IsFinite(size))
            return 1;

        // Flipping a set of signs keeps the total or raises it exactly if the flipped differences add up to 0 or less.
        var slack = 1e-12 * size; // Summing in two orders gives different last bits.
        var (low, high) = (
            SortedSums(differences[..(differences.Length / 2)]),
            SortedSums(differences[(differences.Length / 2)..])
        );
        var (count, below) = (0.0, high.Length);
        foreach (var sum in low)
        {
            while (below > 0 && high[below - 1] > slack - sum)
                below--;
            count += below;
        }
        return count / ((double)low.Length * high.Length);
    }

    private static double[] SortedSums(ReadOnlySpan<double> differences)
    {
        var sums = new double[1 << differences.Length];
        for (var k = 0; k < differences.Length; k++)
        for (var i = 0; i < 1 << k; i++)
            sums[(1 << k) + i] = sums[i] + differences[k];
        Array.Sort(sums);
        return sums;
    }
}
