namespace Paddock.Core.Analysis;

/// <summary>Locates a change that is known to exist.</summary>
/// <remarks>
/// The split with the largest two-sample t, which is the likelihood estimate for one change of a normal mean (Hinkley,
/// Inference about the change-point in a sequence of random variables, Biometrika 57 (1970), 1-17). Of ties the
/// earliest is taken. Without a spread, the split between the two levels has an infinite t and is taken. Fewer than two
/// values have no split: the result is the last index.
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
            // The squares between the two sides; the remaining squares are within them.
            var gain = (mean - rest) * (mean - rest) * n * m / values.Length;
            var t = gain / Math.Max(squares - sum * sum / values.Length - gain, 1e-12 * squares);
            if (t > best)
                (best, at) = (t, k);
        }
        return at;
    }

    /// <summary>
    /// The first and the last index at which the split may also be: around the given split, those where twice the
    /// log-likelihood is lower by at most <paramref name="limit"/>, for normal values with one deviation.
    /// </summary>
    /// <remarks>
    /// The likelihood interval of Worsley, Confidence regions and tests for a change-point, Biometrika 73 (1986),
    /// 91-104, with a fixed limit: 6 is about 95 % for steps of one deviation and more. Without a spread, only the
    /// given split qualifies. An index that splits nothing is its own interval.
    /// </remarks>
    public static (int First, int Last) Around(ReadOnlySpan<float> values, int at, double limit = 6)
    {
        if (at <= 0 || at >= values.Length)
            return (at, at);
        var most = Residual(values, at) * Math.Exp(limit / values.Length);
        var (first, last) = (at, at);
        while (first > 1 && Residual(values, first - 1) <= most)
            first--;
        while (last < values.Length - 1 && Residual(values, last + 1) <= most)
            last++;
        return (first, last);
    }

    private static double Residual(ReadOnlySpan<float> values, int at) => Squares(values[..at]) + Squares(values[at..]);

    private static double Squares(ReadOnlySpan<float> values)
    {
        var (mean, squares) = (0.0, 0.0);
        foreach (var value in values)
            mean += value / (double)values.Length;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        return squares;
    }
}
