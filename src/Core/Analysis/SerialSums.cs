namespace Paddock.Core.Analysis;

/// <summary>
/// How much each value resembles the previous one, from running sums that are updated in one step per value.
/// </summary>
/// <remarks>
/// The lag-1 autocorrelation (Box and Jenkins, Time Series Analysis, 1970, chapter 2) of values that the caller has
/// clipped, with a memory of about <see cref="Memory"/> values. Below <see cref="CountMin"/> values, and without a
/// spread, it is 0.
/// </remarks>
/// <param name="Count">The number of values so far, with the same exponential decay as the sums.</param>
public readonly record struct SerialSums(double Count, double Sum, double Squares, double Products, double Last)
{
    public const double Memory = 400,
        CountMin = 20;

    /// <summary>Adds one value, given relative to an origin near the series' level. NaN is left out.</summary>
    public SerialSums With(double value)
    {
        if (!double.IsFinite(value))
            return this;
        var keep = Count < Memory ? 1 : 1 - 1 / Memory;
        return new(
            Count * keep + 1,
            Sum * keep + value,
            Squares * keep + value * value,
            Products * keep + (Count > 0 ? value * Last : 0),
            value
        );
    }

    /// <summary>The estimated autocorrelation, between -1 and 1.</summary>
    public double Estimate
    {
        get
        {
            if (Count < CountMin)
                return 0;
            var mean = Sum / Count;
            var variance = Squares - Count * mean * mean;
            return variance > 1e-14 * Squares
                ? Math.Clamp((Products - (Count - 1) * mean * mean) / variance, -1, 1)
                : 0;
        }
    }

    /// <summary>
    /// The coefficient to whiten with: 0 unless the estimate exceeds <paramref name="cut"/> standard errors; else the
    /// estimate plus <paramref name="over"/> standard errors, since too large a coefficient only makes a test quieter.
    /// </summary>
    public double Coefficient(double cut, double over = 2)
    {
        if (Count < CountMin)
            return 0;
        var (estimate, error) = (Estimate, 1 / Math.Sqrt(Count));
        return estimate > cut * error ? Math.Min(0.95, estimate + over * error) : 0;
    }
}
