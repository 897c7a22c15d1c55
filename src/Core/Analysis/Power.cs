namespace Paddock.Core.Analysis;

/// <summary>
/// The power of the tests, so that "no change" comes with the smallest change that would have been noticed.
/// </summary>
/// <remarks>
/// Normal approximations. For the rank test: with its efficiency of 3/pi (Noether, Sample size determination for some
/// common nonparametric tests, JASA 82 (1987), 645-647). Where only the most extreme order passes: from the distance
/// between the extremes. The estimates are right to about a tenth for normal noise; with heavier tails, few runs see
/// less.
/// </remarks>
public static class Power
{
    /// <summary>
    /// The smallest step, in the units of <paramref name="deviation"/>, that <paramref name="fresh"/> values after
    /// <paramref name="old"/> ones show with probability <paramref name="power"/>; infinite where the level is
    /// unreachable.
    /// </summary>
    public static double StepSeen(int old, int fresh, double deviation, double level, double power = 0.9)
    {
        (old, fresh) = (Math.Min(old, RankSum.OldMax), Math.Min(fresh, RankSum.FreshMax));
        if (old < 1 || fresh < 1 || double.IsNaN(deviation))
            return double.PositiveInfinity;
        if (RankSum.Critical(old, fresh, level) is not { } critical)
            return double.PositiveInfinity;
        var average =
            (NormalDistribution.Quantile(1 - level) + NormalDistribution.Quantile(power))
            * Math.Sqrt((1.0 / old + 1.0 / fresh) * Math.PI / 3);
        // The number of (old, fresh) pairs that may miss, applied to the least fresh value.
        var missing = (double)old * fresh - critical;
        var extreme =
            NormalDistribution.Quantile(1 - (missing / fresh + 0.5) / (old + 1))
            + NormalDistribution.Quantile(Math.Pow(power, 1.0 / fresh)) * Math.Exp(-missing / (2.0 * old));
        return deviation * Math.Max(average, extreme);
    }

    /// <summary>
    /// The number of interleaved pairs that show a step: the paired test's rule of thumb, plus three pairs as its
    /// correction for small samples.
    /// </summary>
    /// <param name="step">Relative, above 0; a step of 0 gives <see cref="int.MaxValue"/>.</param>
    /// <param name="variation">The coefficient of variation of one run.</param>
    public static int PairsFor(double step, double variation, double level, double power = 0.95)
    {
        var least = (int)Math.Ceiling(-Math.Log2(level));
        if (!(step > 0))
            return int.MaxValue;
        var z = NormalDistribution.Quantile(1 - level) + NormalDistribution.Quantile(power);
        return (int)
            Math.Min(
                int.MaxValue,
                Math.Max(least, Math.Ceiling(2 * z * z * variation * variation / (step * step)) + 3)
            );
    }
}
