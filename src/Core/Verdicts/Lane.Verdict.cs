using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The verdict on a lane's newest value.</summary>
internal sealed partial class Lane
{
    private const double NoisyFrom = 0.25,
        YoungUntil = 0.05;

    public Verdict Verdict(
        Rules rules,
        IReadOnlyList<ChangeEvent> events,
        double? p,
        IReadOnlyList<Change> open,
        int kinds,
        ulong? before
    )
    {
        var window = Window(stackalloc float[KeptMax], total);
        var sorted = SortedBeforeNewest(window);
        var spread = Spread.OfSorted(sorted);
        var relative = Relative(spread);
        var isEqual = SeriesTests.AreEqual(sorted);
        var (soon, later) = Seen(window.Length, isEqual ? 0 : relative, rules);
        var levels = SeriesTests.TwoLevels(
            window[Math.Max(0, window.Length - Levels.ReferenceMax)..],
            sorted,
            rules.EffectMin
        );
        var worse = open.Count == 0 ? null : open.FirstOrDefault(c => c.IsWorse);
        var better = open.Count == 0 ? null : open.LastOrDefault(c => !c.IsWorse);
        var isShown = pending is { } shown && (shown.Reproduced || shown.Last == total - 1 || rules.PairsCanRun);
        var isYoung = window.Length < (isEqual ? Levels.Least + 1 : Levels.Mature);
        var state =
            before is not null && kept <= Levels.Least ? VerdictState.NotComparable
            : worse is not null ? VerdictState.Slower
            : isShown ? VerdictState.Suspected
            : better is not null ? VerdictState.Faster
            : isYoung ? VerdictState.Young
            : !(later <= NoisyFrom) ? VerdictState.Noisy
            : VerdictState.Steady;
        return new()
        {
            State = state,
            Value = Newest * unit,
            Median = spread.Median * unit,
            Change = worse ?? better,
            Open = open,
            Suspicion = isShown ? Suspicion(rules) : null,
            Place = Place(),
            Events = events,
            P = p,
            Spread = relative,
            SeesSoon = soon,
            SeesLater = later,
            RunsMissing = isYoung ? Missing(window.Length, relative, rules) : null,
            IsCorrelated = IsCorrelated,
            TwoLevels = levels is var (low, high) ? (low * unit, high * unit) : null,
            Kinds = kinds,
            EnvironmentBefore = before,
        };
    }

    private double RelativeSpread() =>
        Relative(Spread.OfSorted(Sorted(Window(stackalloc float[KeptMax], total), stackalloc float[KeptMax])));

    private static double Relative(Spread spread) =>
        spread.Deviation == 0 ? 0
        : spread.Median == 0 ? double.PositiveInfinity
        : spread.Deviation / Math.Abs(spread.Median);

    /// <summary>
    /// The smallest changes that would be proven within 3 and within 12 runs. Without pairs: proven by waiting. With
    /// pairs: suspected, and then proven by the pairs.
    /// </summary>
    private static (double? Soon, double? Later) Seen(int count, double spread, Rules rules)
    {
        if (count < Levels.Least || !double.IsFinite(spread))
            return (null, null);
        var least = Math.Max(rules.EffectMin, Levels.EqualWithin);
        return spread == 0 ? (least, least) : (Seen(count, spread, 3, rules), Seen(count, spread, 12, rules));
    }

    private static double? Seen(int count, double spread, int runs, Rules rules)
    {
        var least = double.PositiveInfinity;
        var sizes = rules.PairsCanRun ? Levels.SuspicionSizes : Levels.WaitingSizes;
        for (var k = 0; k < sizes.Length && sizes[k] <= runs; k++)
        {
            var level = rules.PairsCanRun
                ? Levels.Suspicion(rules.Series, count, sizes[k])
                : rules.WaitingOfSeries * Levels.WaitingShares[k] / 2;
            if (level > 0)
                least = Math.Min(least, spread * KnownSteps.Of(count, sizes[k], level));
        }
        var byPairs = rules.PairsCanRun ? ByPairs * spread : 0;
        least = Math.Max(Math.Max(least, byPairs), rules.EffectMin);
        return double.IsFinite(least) ? least : null;
    }

    // The step, in standard deviations of one run, that the usual number of pairs shows with 95 % power.
    private static readonly double ByPairs =
        Math.Sqrt(2.0 / (Levels.PairsLeast - 3))
        * (NormalDistribution.Quantile(1 - Levels.Pairs) + NormalDistribution.Quantile(0.95));

    private static int Missing(int count, double spread, Rules rules)
    {
        var needed = Levels.Mature;
        if (Seen(Levels.ReferenceMax, spread, rules).Later <= YoungUntil)
        {
            (needed, var most) = (count, Levels.ReferenceMax);
            while (needed < most)
            {
                var middle = (needed + most) / 2;
                if (Seen(middle, spread, rules).Later <= YoungUntil)
                    most = middle;
                else
                    needed = middle + 1;
            }
        }
        return Math.Max(needed - count, 1);
    }
}
