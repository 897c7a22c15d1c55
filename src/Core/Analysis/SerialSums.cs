namespace Paddock.Core.Analysis;

/// <summary>How far each value resembles the one before it: running sums, one step a value.</summary>
/// <remarks>
/// The lag-1 autocorrelation (Box and Jenkins, Time Series Analysis, 1970, chapter 2) of values that the caller has
/// clipped, with a memory of about <see cref="Memory"/> values. Below <see cref="CountMin"/> values, and without a
/// spread, nothing is visible: 0.
/// </remarks>
/// <param name="Count">Values so far, faded as the sums are.</param>
public readonly record struct SerialSums(double Count, double Sum, double Squares, double Products, double Last)
{
    public const double Memory = 400,
        CountMin = 20;

    /// <summary>With one more value, measured from an origin near the level. NaN is left out.</summary>
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

    /// <summary>The estimate itself, between -1 and 1.</summary>
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
    /// The coefficient to whiten with, 0 where none is visible: above <paramref name="cut"/> standard errors, and then
    /// <paramref name="over"/> of them more, since too much only makes a test quieter.
    /// </summary>
    public double Coefficient(double cut, double over = 2)
    {
        if (Count < CountMin)
            return 0;
        var (estimate, error) = (Estimate, 1 / Math.Sqrt(Count));
        return estimate > cut * error ? Math.Min(0.95, estimate + over * error) : 0;
    }
}
