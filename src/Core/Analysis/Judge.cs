using System.Buffers;

namespace Paddock.Core.Analysis;

/// <summary>Computes the limits for the next value from a history.</summary>
public static class Judge
{
    private const int StackMax = 256;

    /// <summary>
    /// The limits for the metric that follows <paramref name="historyNewestFirst"/>. A history longer than the model's
    /// maximum is cut here. An empty history yields no limits, not even static ones: the first metric of a series is
    /// never judged.
    /// </summary>
    /// <remarks>
    /// The history has no times, so the window is not applied: the caller leaves out values that are too old.
    /// </remarks>
    public static Boundary Limits(Model model, ReadOnlySpan<double> historyNewestFirst)
    {
        if (model.LowerBoundary is null && model.UpperBoundary is null)
            return default;
        var sample =
            historyNewestFirst.Length > model.MaxSampleSize
                ? historyNewestFirst[..(int)model.MaxSampleSize]
                : historyNewestFirst;
        if (sample.IsEmpty || sample.Length < model.MinSampleSize)
            return default;

        return model.Test switch
        {
            ModelTest.Static => Finite(null, model.LowerBoundary, model.UpperBoundary),
            ModelTest.Percentage => Percentage(model, Sample.Mean(sample)),
            ModelTest.ZScore => ZScore(model, sample),
            ModelTest.TTest => TTest(model, sample),
            ModelTest.LogNormal => LogNormal(model, sample),
            ModelTest.Iqr => Iqr(model, sample),
            ModelTest.DeltaIqr => DeltaIqr(model, sample),
        };
    }

    /// <summary>The reason why <see cref="Limits"/> yields none for this history.</summary>
    public static NoLimits WhyNone(Model model, ReadOnlySpan<double> historyNewestFirst)
    {
        var sample =
            historyNewestFirst.Length > model.MaxSampleSize
                ? historyNewestFirst[..(int)model.MaxSampleSize]
                : historyNewestFirst;
        var least = model.Test is ModelTest.ZScore or ModelTest.TTest or ModelTest.LogNormal or ModelTest.DeltaIqr
            ? 2
            : 1;
        if (sample.Length < least || sample.Length < model.MinSampleSize)
            return NoLimits.TooLittleHistory;
        return model.Test switch
        {
            ModelTest.LogNormal when sample.ContainsAnyExceptInRange(double.Epsilon, double.MaxValue) =>
                NoLimits.NotPositive,
            ModelTest.ZScore or ModelTest.TTest or ModelTest.LogNormal when IsEven(sample) => NoLimits.NoSpread,
            ModelTest.DeltaIqr when sample[..^1].Contains(0) => NoLimits.StepFromZero,
            _ => NoLimits.OutOfRange,
        };
    }

    // Values that differ only in their last bits may have a computed deviation of 0.
    private static bool IsEven(ReadOnlySpan<double> sample)
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in sample)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        return most - least <= Math.Max(Math.Abs(least), Math.Abs(most)) * 1e-12;
    }

    // Uses the mean, not |mean|, so a negative mean has crossed limits (lower above upper).
    private static Boundary Percentage(Model model, double mean) =>
        Finite(mean, mean - mean * model.LowerBoundary, mean + mean * model.UpperBoundary);

    private static Boundary ZScore(Model model, ReadOnlySpan<double> sample)
    {
        var (mean, deviation) = Sample.MeanAndDeviation(sample);
        return Finite(
            mean,
            mean - deviation * Normal(model.LowerBoundary),
            mean + deviation * Normal(model.UpperBoundary)
        );
    }

    /// <remarks>
    /// The prediction interval for one more value of a normal series: Hahn and Meeker, Statistical Intervals (1991),
    /// 4.4.
    /// </remarks>
    private static Boundary TTest(Model model, ReadOnlySpan<double> sample)
    {
        var (mean, deviation) = Sample.MeanAndDeviation(sample);
        if (!double.IsFinite(deviation))
            return default; // Also covers n = 1, which has no degree of freedom.
        var spread = deviation * Math.Sqrt(1 + 1.0 / sample.Length);
        var degrees = sample.Length - 1;
        return Finite(
            mean,
            mean - spread * StudentT(model.LowerBoundary, degrees),
            mean + spread * StudentT(model.UpperBoundary, degrees)
        );
    }

    private static Boundary LogNormal(Model model, ReadOnlySpan<double> sample)
    {
        var rented = sample.Length > StackMax ? ArrayPool<double>.Shared.Rent(sample.Length) : null;
        Span<double> logs = rented is null ? stackalloc double[StackMax] : rented;
        logs = logs[..sample.Length];
        for (var i = 0; i < logs.Length; i++)
            logs[i] = Math.Log(sample[i]); // Zero gives -infinity and a negative value NaN: no limits.
        var (mean, deviation) = Sample.MeanAndDeviation(logs);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);

        // The lower limit is the upper quantile mirrored at the baseline, as in v0; it is not the lower quantile.
        var baseline = Math.Exp(mean);
        return Finite(
            baseline,
            model.LowerBoundary is { } lower
                ? 2 * baseline - Math.Exp(mean + deviation * NormalDistribution.Quantile(lower))
                : null,
            model.UpperBoundary is { } upper ? Math.Exp(mean + deviation * NormalDistribution.Quantile(upper)) : null
        );
    }

    private static Boundary Iqr(Model model, ReadOnlySpan<double> sample)
    {
        var (first, median, third) = Sample.Quartiles(sample);
        var range = third - first;
        return Finite(median, median - range * model.LowerBoundary, median + range * model.UpperBoundary);
    }

    private static Boundary DeltaIqr(Model model, ReadOnlySpan<double> sample)
    {
        if (sample.Length < 2)
            return default;
        var (_, median, _) = Sample.Quartiles(sample);
        var (first, _, third) = Sample.DeltaQuartiles(sample);
        var range = median * (third - first);
        return Finite(median, median - range * model.LowerBoundary, median + range * model.UpperBoundary);
    }

    private static double? Normal(double? probability) => probability is { } p ? NormalDistribution.Quantile(p) : null;

    private static double? StudentT(double? probability, int degrees) =>
        probability is { } p ? StudentDistribution.Quantile(p, degrees) : null;

    // One undefined limit removes all limits: JSON has no infinity, and half a verdict reads like a whole one.
    private static Boundary Finite(double? baseline, double? lower, double? upper) =>
        double.IsFinite(baseline ?? 0) && double.IsFinite(lower ?? 0) && double.IsFinite(upper ?? 0)
            ? new(baseline, lower, upper)
            : default;
}
