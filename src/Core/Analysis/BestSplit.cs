namespace Paddock.Core.Analysis;

/// <summary>Where a change that is known to be there most probably happened.</summary>
/// <remarks>
/// The split with the largest two-sample t, which is the likelihood estimate for one change of a normal mean (Hinkley,
/// Inference about the change-point in a sequence of random variables, Biometrika 57 (1970), 1-17). Ties take the
/// earliest; without a spread the split between the two levels has an infinite t and is taken. Below two values there
/// is none: the last index.
/// </remarks>
internal static class BestSplit
{
    /// <returns>The index of the first value of the new level, at least <paramref name="from"/>.</returns>
    public static int Locate(ReadOnlySpan<float> values, int from)
    {
        var (sum, squares) = (0.0, 0.0);
        double origin = values.IsEmpty ? 0 : values[0];
        foreach (var value in values)
            (sum, squares) = (sum + (value - origin), squares + (value - origin) * (value - origin));
        var (best, at, left) = (double.NegativeInfinity, values.Length - 1, 0.0);
        for (var k = 1; k < values.Length; k++)
        {
            left += values[k - 1] - origin;
            if (k < Math.Max(from, 1))
                continue;
            double n = k,
                m = values.Length - k,
                mean = left / n,
                rest = (sum - left) / m;
            // Between the sides; the rest is within them.
            var gain = (mean - rest) * (mean - rest) * n * m / values.Length;
            var t = gain / Math.Max(squares - sum * sum / values.Length - gain, 1e-12 * squares);
            if (t > best)
                (best, at) = (t, k);
        }
        return at;
    }
}
