namespace Paddock.Core.Analysis;

/// <summary>Robust level and spread: a few outliers do not move them.</summary>
/// <remarks>
/// Median and 1.4826 times the median absolute deviation (Hampel, The influence curve and its role in robust
/// estimation, JASA 69 (1974), 383-393), which equals the standard deviation for normal values. No values give NaN and
/// NaN; a single value gives itself and 0.
/// </remarks>
public readonly record struct Spread(double Median, double Deviation)
{
    public const double Normal = 1.4826;

    /// <param name="sorted">In ascending order, without NaN.</param>
    public static Spread OfSorted(ReadOnlySpan<float> sorted)
    {
        if (sorted.IsEmpty)
            return new(double.NaN, double.NaN);
        var median = MedianOfSorted(sorted);
        // Distances grow to both sides of the median, so walking outwards visits the smaller half of them in order.
        var right = sorted.Length / 2;
        var left = right - 1;
        var (previous, distance) = (0.0, 0.0);
        for (var taken = 0; taken <= sorted.Length / 2; taken++)
        {
            var (below, above) = (
                left >= 0 ? median - sorted[left] : double.PositiveInfinity,
                right < sorted.Length ? sorted[right] - median : double.PositiveInfinity
            );
            (previous, distance) = (distance, Math.Min(below, above));
            if (below < above)
                left--;
            else
                right++;
        }
        return new(median, Normal * (sorted.Length % 2 == 1 ? distance : (previous + distance) / 2));
    }

    public static double MedianOfSorted(ReadOnlySpan<float> sorted) =>
        sorted.IsEmpty ? double.NaN
        : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
        : ((double)sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;

    /// <summary>The quantile by linear interpolation: type 7 of Hyndman and Fan (1996).</summary>
    public static double QuantileOfSorted(ReadOnlySpan<float> sorted, double probability)
    {
        if (sorted.IsEmpty)
            return double.NaN;
        var rank = probability * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (rank - below) * ((double)sorted[above] - sorted[below]);
    }
}
