namespace Paddock.Core.Analysis;

/// <summary>What a test can see: so that "no change" comes with how large a change would have been noticed.</summary>
/// <remarks>
/// Normal approximations: of the rank test's, with its efficiency of 3/pi (Noether, Sample size determination for some
/// common nonparametric tests, JASA 82 (1987), 645-647), and where only the most extreme order passes, of the distance
/// between the extremes. Estimates, right to about a tenth for normal noise; heavier tails see less in few runs.
/// </remarks>
public static class Power
{
    /// <summary>
    /// The smallest step, in the units of <paramref name="deviation"/>, that <paramref name="fresh"/> values after
    /// <paramref name="old"/> ones show with chance <paramref name="power"/>; infinite where the level cannot be
    /// reached.
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
        // How many of the pairs may miss, set against the least of the fresh values.
        var missing = (double)old * fresh - critical;
        var extreme =
            NormalDistribution.Quantile(1 - (missing / fresh + 0.5) / (old + 1))
            + NormalDistribution.Quantile(Math.Pow(power, 1.0 / fresh)) * Math.Exp(-missing / (2.0 * old));
        return deviation * Math.Max(average, extreme);
    }

    /// <summary>
    /// How many interleaved pairs show a step, by the rule of thumb of the paired test with three pairs for its small
    /// size.
    /// </summary>
    /// <param name="step">Relative, above 0; a step of 0 takes no end of pairs.</param>
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
