using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The significance levels of the tests, and the sample sizes that go with them: docs/verdicts.</summary>
internal static class Levels
{
    /// <summary>The most values in the reference, and the most fresh values beside it.</summary>
    public const int ReferenceMax = RankSum.OldMax,
        FreshMax = RankSum.FreshMax;

    /// <summary>
    /// Below <see cref="Least"/> values nothing is judged; below <see cref="Mature"/> only gross changes are.
    /// </summary>
    public const int Least = 5,
        Mature = 20;

    /// <summary>The share of clean reports that raise a suspicion, and the part of it for the smallest size.</summary>
    public const double SuspicionOfReport = 0.05,
        SmallestShare = 0.6;

    /// <summary>The level of proof by waiting for all series of a report together.</summary>
    public const double WaitingOfReport = 5e-4;

    /// <summary>
    /// The level of the exact rank test of reruns, and the false discovery rates among a report's series.
    /// </summary>
    public const double Reruns = 5e-4,
        ReportRate = 0.01,
        PerhapsRate = 0.1;

    public const double Pairs = 0.0025;

    /// <summary>The level at which one further report repeats what reruns showed.</summary>
    public const double Repeat = 0.05;

    /// <summary>The fewest old values for a rank test.</summary>
    public const int RanksLeast = 10;

    public const double GrossEffect = 0.15,
        GrossFactor = 3,
        RobustFactor = 3;

    /// <summary>
    /// In a young series without pairs: how many values in a row, and how far from all before, are a proof.
    /// </summary>
    public const int GrossWaiting = 8;

    public const double GrossWaitingEffect = 0.3,
        GrossWaitingFactor = 5;

    /// <summary>
    /// Values this close (relative) count as equal; and how many equal values make, and change, a series without a
    /// spread.
    /// </summary>
    public const double EqualWithin = 1e-4;

    public const int EqualBefore = 30,
        EqualAfter = 3,
        EqualReruns = 5;

    /// <summary>Standard errors from which correlation counts: for a suspicion, and for a proof by waiting.</summary>
    public const double CutSuspicion = 1.5,
        CutProof = 1.0;

    /// <summary>The P of a refuted suspicion that no rank test raised.</summary>
    public const double UnrankedP = 0.01;

    /// <summary>Two changes at most this many values apart are the same change, found twice.</summary>
    public const int SameWithin = 5;

    public const int QuietAfterRefusal = 3,
        PairsMargin = 3,
        PairsLeast = 12;

    /// <summary>
    /// Shared variance of reruns up to which one report is enough, and how many sets of reruns are needed to know it.
    /// </summary>
    public const double SharedMost = 0.05;

    public const int SharedSets = 8;

    public static ReadOnlySpan<int> SuspicionSizes => [1, 2, 3, 5, 8, 13];

    public static ReadOnlySpan<int> WaitingSizes => [3, 5, 8, 13, 20];

    public static ReadOnlySpan<double> WaitingShares => [0.5, 0.2, 0.1, 0.05, 0.05];

    /// <summary>
    /// The level of a suspicion, for one direction and one size. The smallest size that can reach its share gets most
    /// of the level; the larger sizes divide the rest.
    /// </summary>
    public static double Suspicion(int series, int old, int size)
    {
        var side = SuspicionOfReport / Math.Max(series, 1) / 2;
        var sizes = SuspicionSizes;
        for (var k = 0; k < sizes.Length; k++)
        {
            if (RankSum.LeastP(Math.Min(old, ReferenceMax), sizes[k]) > SmallestShare * side)
                continue;
            if (size < sizes[k])
                return 0;
            return size == sizes[k] ? SmallestShare * side : (1 - SmallestShare) * side / (sizes.Length - 1 - k);
        }
        return 0;
    }

    /// <summary>
    /// The level of pairs. With few series in a report each is suspected more often, so a proof needs a stricter level
    /// for as few false alarms.
    /// </summary>
    public static double PairsOf(int series) => series < 5 ? Pairs * 0.4 : Pairs;

    /// <summary>In how many further reports a reproduced suspicion must repeat.</summary>
    public static int Repeats(int series) =>
        series >= 100 ? 1
        : series >= 10 ? 2
        : 3;

    public static int RerunsOf(int values) => values < 10 ? 10 : 5;
}
