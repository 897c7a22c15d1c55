using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// The verdict on one series from interleaved runs of two versions, without any history: the only way to tell the code
/// from the machine.
/// </summary>
/// <param name="State">Slower, faster, steady or noisy; young where too few pairs exist to prove anything.</param>
/// <param name="Base">The median of the base's values; <paramref name="Head"/> is the head's.</param>
/// <param name="Effect">The head's effect relative to the base, with a 95 % interval.</param>
/// <param name="P">P of the exact sign-flip test, for the direction in which the values moved.</param>
/// <param name="Sees">The relative change that this number of pairs shows with 95 % probability.</param>
/// <param name="Pairs">The number of pairs with a value on both sides.</param>
public sealed record Comparison(
    VerdictState State,
    double Base,
    double Head,
    Shift Effect,
    double P,
    double? Sees,
    int Pairs
)
{
    /// <summary>Fewer pairs cannot reach the level; pairs beyond the exact test's maximum are ignored.</summary>
    public const int PairsLeast = 10,
        PairsUsual = Levels.PairsLeast,
        PairsMost = SignFlip.PairsMax;

    private const double NoisyFrom = 0.25,
        Power = 0.95;

    /// <summary>The probability that a series without a change is called changed.</summary>
    public const double Level = Levels.Pairs;

    // Both sides are tested, so each has half of the level.
    private const double LevelOfSide = Level / 2;

    /// <param name="base">
    /// Value i of base and value i of <paramref name="head"/> are pair i; a pair with NaN or infinity is ignored.
    /// </param>
    public static Comparison Of(
        ReadOnlySpan<double> @base,
        ReadOnlySpan<double> head,
        Direction direction,
        double effectMin
    )
    {
        List<double> bases = [],
            heads = [];
        for (var i = 0; i < Math.Min(@base.Length, head.Length) && bases.Count < PairsMost; i++)
        {
            if (!double.IsFinite(@base[i]) || !double.IsFinite(head[i]))
                continue;
            bases.Add(@base[i]);
            heads.Add(head[i]);
        }
        if (bases.Count == 0)
            return new(VerdictState.Young, double.NaN, double.NaN, Shift.None, 1, null, 0);
        double[] differences = [.. heads.Zip(bases, (h, b) => h - b)];
        var before = Median(bases);
        var effect = Shift.OfPairs(differences).Relative(before);
        var side = effect.Estimate >= 0 ? Side.Up : Side.Down;
        var chance = SignFlip.P(side == Side.Up ? differences : [.. differences.Select(d => -d)]);
        var sees = SeenBy(differences, before, effectMin);
        return new(State(), before, Median(heads), effect, chance, sees, bases.Count);

        VerdictState State()
        {
            if (bases.Count < PairsLeast)
                return VerdictState.Young;
            var isThere = chance <= LevelOfSide && Math.Abs(effect.Estimate) >= effectMin;
            if (!isThere)
                return sees > NoisyFrom ? VerdictState.Noisy : VerdictState.Steady;
            return new Rules { Direction = direction }.IsWorse(side) ? VerdictState.Slower : VerdictState.Faster;
        }
    }

    // The paired test's usual sample size, plus the pairs that a rank test loses: as in Power.PairsFor.
    private static double? SeenBy(double[] differences, double before, double effectMin)
    {
        if (differences.Length < PairsLeast || before == 0)
            return null;
        float[] relative = [.. differences.Select(d => (float)(d / Math.Abs(before))).Order()];
        var deviation = Spread.OfSorted(relative).Deviation;
        var z = NormalDistribution.Quantile(1 - LevelOfSide) + NormalDistribution.Quantile(Power);
        return Math.Max(effectMin, z * deviation / Math.Sqrt(differences.Length - Levels.PairsMargin));
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
