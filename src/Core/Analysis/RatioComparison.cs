namespace Paddock.Core.Analysis;

/// <summary>How much larger a set of positive values is than another set.</summary>
/// <param name="Effect">
/// The relative difference of the geometric means: 0.08 is 8 % more. NaN where it is undefined.
/// </param>
/// <param name="Low">The lower end of the 95 % interval; NaN where there are too few values for one.</param>
/// <param name="P">
/// The probability of a difference this large if the sets do not differ; NaN where there are too few values.
/// </param>
public readonly record struct RatioComparison(double Effect, double Low, double High, double P)
{
    private const double Confidence = 0.95;

    /// <summary>Compares the head's values with the base's.</summary>
    /// <remarks>
    /// Student's t test with pooled variance on the logarithms (Student, The probable error of a mean, Biometrika 6,
    /// 1908). The variance is pooled because a head often has a single value, so that only the base's history can tell
    /// its spread. The test needs three values in total, at least one on each side. Equal values have no spread, so any
    /// value that differs from them is proven. Values that are not positive and finite have no logarithm, and yield no
    /// interval.
    /// </remarks>
    public static RatioComparison Of(ReadOnlySpan<double> @base, ReadOnlySpan<double> head)
    {
        if (@base.Length == 0 || head.Length == 0)
            return new(double.NaN, double.NaN, double.NaN, double.NaN);
        if (!IsPositive(@base) || !IsPositive(head))
            return new(Mean(head) / Mean(@base) - 1, double.NaN, double.NaN, double.NaN);
        var (before, after) = (Logarithms(@base), Logarithms(head));
        var (from, to) = (Mean(before), Mean(after));
        var (difference, degrees) = (to - from, before.Length + after.Length - 2);
        if (degrees < 1)
            return new(Math.Exp(difference) - 1, double.NaN, double.NaN, double.NaN);
        var error = Math.Sqrt(
            (Squares(before, from) + Squares(after, to)) / degrees * (1.0 / before.Length + 1.0 / after.Length)
        );
        var reach = StudentDistribution.Quantile(0.5 + Confidence / 2, degrees) * error;
        var p =
            error > 0 ? StudentDistribution.TwoSided(difference / error, degrees)
            : difference == 0 ? 1
            : 0;
        return new(Math.Exp(difference) - 1, Math.Exp(difference - reach) - 1, Math.Exp(difference + reach) - 1, p);
    }

    private static bool IsPositive(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
            if (!(value > 0) || !double.IsFinite(value))
                return false;
        return true;
    }

    private static double[] Logarithms(ReadOnlySpan<double> values)
    {
        var logarithms = new double[values.Length];
        for (var i = 0; i < logarithms.Length; i++)
            logarithms[i] = Math.Log(values[i]);
        return logarithms;
    }

    // Equal values must have exactly their own mean; the sum of many, divided by their count, may differ from it.
    private static double Mean(ReadOnlySpan<double> values)
    {
        if (!values.ContainsAnyExcept(values[0]))
            return values[0];
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        return sum / values.Length;
    }

    private static double Squares(ReadOnlySpan<double> values, double mean)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += (value - mean) * (value - mean);
        return sum;
    }
}
