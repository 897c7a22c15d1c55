namespace Paddock.Core.Analysis;

/// <summary>
/// The best split of the values from a fixed start to every end so far. Each new value costs one pass over the
/// interval.
/// </summary>
/// <remarks>
/// The scaled divergence of Matteson and James (2014) with distances |x - y|. The right side may end before the
/// interval does, so a new value adds only the splits whose right side ends with it, and the previous best remains
/// valid.
/// </remarks>
internal sealed class GrowingSplit(int start, int window)
{
    // inside[k]: sum of the pairwise distances among the first k + 1 values.
    private readonly double[] inside = new double[window];
    private readonly double[] behind = new double[window]; // behind[k]: the same among the values from index k on.
    private readonly (double Q, int At)[] best = new (double, int)[window + 1];
    private int length = 1;

    /// <returns>
    /// The largest divergence and the index of the first value of its right side. Of ties, the earliest.
    /// </returns>
    public (double Q, int At) Best(ReadOnlySpan<double> values, int end)
    {
        while (length < end - start)
            Grow(values.Slice(start, length + 1));
        return best[end - start];
    }

    private void Grow(ReadOnlySpan<double> interval)
    {
        var (last, suffix) = (interval[^1], 0.0);
        for (var k = length - 1; k >= 0; k--)
        {
            suffix += Math.Abs(interval[k] - last);
            behind[k] += suffix;
        }
        behind[length] = 0;
        var (total, size) = (behind[0], interval.Length);
        var top = length == 1 ? (Q: double.NegativeInfinity, At: int.MaxValue) : best[length];
        for (var a = 1; a < size; a++)
        {
            var (left, right, b) = (inside[a - 1], behind[a], size - a);
            var q = 2.0 / size * (total - left - right);
            if (a > 1)
                q -= 2.0 * b / (size * (a - 1.0)) * left;
            if (b > 1)
                q -= 2.0 * a / (size * (b - 1.0)) * right;
            if (q > top.Q || (q == top.Q && start + a < top.At))
                top = (q, start + a);
        }
        inside[length] = total;
        best[++length] = top;
    }
}
