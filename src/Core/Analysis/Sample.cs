using System.Buffers;
using System.Numerics;

namespace Paddock.Core.Analysis;

/// <summary>Statistics of a sample. Undefined results are NaN.</summary>
internal static class Sample
{
    private const int StackMax = 256;
    private const int SortMax = 48; // Below this size, sorting is faster than choosing pivots.

    /// <summary>The arithmetic mean. NaN for an empty sample, not finite where the sum overflows.</summary>
    public static double Mean(ReadOnlySpan<double> values) => Sum(values) / values.Length;

    /// <summary>
    /// Mean and sample standard deviation (n - 1). The deviation is NaN for fewer than two values and where it would be
    /// 0.
    /// </summary>
    /// <remarks>
    /// Two passes (Chan, Golub and LeVeque, 1983): the textbook sum of squares loses all precision for a small spread
    /// around a large mean. The sums are naive, in the given order, because the last bit of the mean decides whether
    /// equal values have a deviation of 0, and v0's verdicts depend on that: docs/decisions/0006.
    /// </remarks>
    public static (double Mean, double Deviation) MeanAndDeviation(ReadOnlySpan<double> values)
    {
        var mean = Mean(values);
        var deviation = Math.Sqrt(SumOfSquares(values, mean) / (values.Length - 1));
        return (mean, deviation > 0 && double.IsFinite(deviation) ? deviation : double.NaN);
    }

    /// <summary>
    /// Quartiles by linear interpolation between ranks: type 7 of Hyndman and Fan (1996). All three of a single value
    /// are that value.
    /// </summary>
    public static (double First, double Median, double Third) Quartiles(ReadOnlySpan<double> values)
    {
        var rented = values.Length > StackMax ? ArrayPool<double>.Shared.Rent(values.Length) : null;
        Span<double> ordered = rented is null ? stackalloc double[StackMax] : rented;
        ordered = ordered[..values.Length];
        values.CopyTo(ordered);
        var quartiles = QuartilesWithin(ordered);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return quartiles;
    }

    /// <summary>
    /// Quartiles of the relative steps between neighbors, |(x[i+1] - x[i]) / x[i]|; needs two values.
    /// </summary>
    /// <remarks>
    /// The sample is newest first, so the newer of two values is the divisor. A step from zero is infinite and sorts
    /// last.
    /// </remarks>
    public static (double First, double Median, double Third) DeltaQuartiles(ReadOnlySpan<double> values)
    {
        var rented = values.Length > StackMax ? ArrayPool<double>.Shared.Rent(values.Length) : null;
        Span<double> steps = rented is null ? stackalloc double[StackMax] : rented;
        steps = steps[..(values.Length - 1)];
        for (var i = 0; i < steps.Length; i++)
        {
            var step = Math.Abs((values[i + 1] - values[i]) / values[i]);
            steps[i] = double.IsNaN(step) ? double.PositiveInfinity : step;
        }
        var quartiles = QuartilesWithin(steps);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return quartiles;
    }

    // Reorders the values. The first quartile needs only the values below the median, the third only those above it.
    private static (double First, double Median, double Third) QuartilesWithin(Span<double> values)
    {
        var middle = (values.Length - 1) / 2;
        var median = Quantile(values, 0.5, ..);
        return (Quantile(values, 0.25, ..(middle + 1)), median, Quantile(values, 0.75, middle..));
    }

    /// <param name="unordered">
    /// The range whose values are not yet in order; it contains the rank below the quantile.
    /// </param>
    private static double Quantile(Span<double> values, double probability, Range unordered)
    {
        var rank = probability * (values.Length - 1);
        var below = (int)rank;
        var fraction = rank - below;
        Select(values[unordered], below - unordered.Start.GetOffset(values.Length));
        if (fraction == 0)
            return values[below];
        var above = values[below + 1];
        foreach (var value in values[(below + 2)..])
            above = Math.Min(above, value);
        return values[below] + fraction * (above - values[below]);
    }

    /// <summary>
    /// Moves to index <paramref name="rank"/> the value that sorting would put there, with no larger value before it
    /// and no smaller one behind it.
    /// </summary>
    /// <remarks>
    /// Hoare's Find (1961), in linear time. Where the pivots are poor, the remaining values are sorted.
    /// </remarks>
    private static void Select(Span<double> values, int rank)
    {
        var (from, to) = (0, values.Length - 1);
        for (var rounds = 2 * BitOperations.Log2((uint)values.Length | 1); to - from > SortMax && rounds > 0; rounds--)
        {
            var (low, middle, high) = (values[from], values[(from + to) / 2], values[to]);
            var pivot = Math.Max(Math.Min(low, middle), Math.Min(Math.Max(low, middle), high));
            var (i, j) = (from, to);
            while (i <= j)
            {
                while (values[i] < pivot)
                    i++;
                while (values[j] > pivot)
                    j--;
                if (i > j)
                    break;
                (values[i], values[j]) = (values[j], values[i]);
                (i, j) = (i + 1, j - 1);
            }
            if (rank <= j)
                to = j;
            else if (rank >= i)
                from = i;
            else
                return;
        }
        values[from..(to + 1)].Sort();
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        return sum;
    }

    private static double SumOfSquares(ReadOnlySpan<double> values, double center)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += (value - center) * (value - center);
        return sum;
    }
}
