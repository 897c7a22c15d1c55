using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The rule that raised a suspicion.</summary>
internal enum HitKind
{
    Ranks,
    Gross,
    Young,
    Equal,
}

/// <param name="Fresh">How many of the newest values are unusual.</param>
internal readonly record struct Hit(HitKind Kind, Side Side, int Fresh, double P);

/// <summary>A recently refuted suspicion. Its side stays quiet for a while, unless new values are much rarer.</summary>
/// <param name="Until">The last count of values for which the refusal holds.</param>
/// <param name="P">P of the refuted suspicion.</param>
internal readonly record struct Refusal(Side? Side, long Until, double P)
{
    /// <summary>The largest P at which the same side is suspected again.</summary>
    public double Most => P / 10;
}

/// <summary>
/// The tests of one series. Their input is the values to compare: the reference, then the newest values.
/// </summary>
internal static class SeriesTests
{
    /// <summary>
    /// Exact rank tests of the last values at several sizes, on whitened values where correlation is visible.
    /// </summary>
    /// <param name="refused">Default where no refusal is in force.</param>
    /// <param name="strongest">The smallest P seen, over all sizes and sides.</param>
    public static Hit? Ranks(
        ReadOnlySpan<float> window,
        double correlation,
        Rules rules,
        bool waiting,
        Refusal refused,
        ref double strongest
    )
    {
        var sizes = waiting ? Levels.WaitingSizes : Levels.SuspicionSizes;
        Span<float> white = stackalloc float[window.Length];
        scoped var tested = window;
        if (correlation > 0 && window.Length > 1)
        {
            for (var i = 1; i < window.Length; i++)
                white[i - 1] = (float)(window[i] - correlation * window[i - 1]);
            tested = white[..(window.Length - 1)];
        }
        for (var k = 0; k < sizes.Length; k++)
        {
            var size = sizes[k];
            if (tested.Length - size < Levels.RanksLeast)
                break;
            var fresh = tested[^size..];
            var old = tested[Math.Max(0, tested.Length - size - Levels.ReferenceMax)..^size];
            var allowed = waiting
                ? rules.WaitingOfSeries * Levels.WaitingShares[k] / 2
                : Levels.Suspicion(rules.Series, old.Length, size);
            if (allowed <= 0)
                continue;
            var up = RankSum.UpperTail(old.Length, size, RankSum.Above(fresh, old));
            var down = RankSum.UpperTail(old.Length, size, RankSum.Below(fresh, old));
            strongest = Math.Min(strongest, Math.Min(up, down));
            var side = up < down ? Side.Up : Side.Down;
            if (Math.Min(up, down) > (refused.Side == side ? Math.Min(allowed, refused.Most) : allowed))
                continue;
            if (!IsEffect(Median(window[^size..]), Median(window[..^size]), rules.EffectMin))
                continue;
            return new(HitKind.Ranks, side, size, Math.Min(up, down));
        }
        return null;
    }

    /// <summary>True when two levels differ by at least the minimum effect; from 0, any distance is enough.</summary>
    public static bool IsEffect(double level, double from, double effectMin) =>
        level != from && Math.Abs(level - from) >= effectMin * Math.Abs(from);

    /// <summary>Tests the newest value in a series without a spread: a minimum effect is a hit.</summary>
    public static Hit? Equal(float value, ReadOnlySpan<float> sortedReference, double effectMin)
    {
        var level = Spread.MedianOfSorted(sortedReference);
        return IsEffect(value, level, Math.Max(effectMin, Levels.EqualWithin))
            ? new(HitKind.Equal, value > level ? Side.Up : Side.Down, 1, double.NaN)
            : null;
    }

    public static bool AreEqual(ReadOnlySpan<float> sorted) => !sorted.IsEmpty && AreEqual((sorted[0], sorted[^1]));

    public static bool AreEqual((float Least, float Most) ends) =>
        ends.Most - ends.Least <= Levels.EqualWithin * Math.Max(Math.Abs(ends.Least), Math.Abs(ends.Most));

    public static (float Least, float Most) Ends(ReadOnlySpan<float> values)
    {
        var (least, most) = (values[0], values[0]);
        foreach (var value in values)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        return (least, most);
    }

    /// <summary>
    /// The value's distance from the median, divided by the second greatest distance in the reference, so that one
    /// outlier does not set the scale.
    /// </summary>
    public static double GrossScore(float value, ReadOnlySpan<float> sortedReference)
    {
        var median = Spread.MedianOfSorted(sortedReference);
        Span<double> ends =
        [
            median - sortedReference[0],
            median - sortedReference[1],
            sortedReference[^1] - median,
            sortedReference[^2] - median,
        ];
        ends.Sort();
        var distance = Math.Abs(value - median);
        return distance == 0 ? 0 : distance / Math.Max(0, ends[2]);
    }

    /// <summary>
    /// True when the value is beyond the robust spread and beyond a small effect: the rule for young series.
    /// </summary>
    public static bool IsFarOut(double value, Spread spread, Side side, double effectMin) =>
        (value > spread.Median ? Side.Up : Side.Down) == side
        && IsEffect(value, spread.Median, Math.Max(effectMin, Levels.GrossEffect))
        && Math.Abs(value - spread.Median) > Levels.RobustFactor * spread.Deviation;

    /// <summary>
    /// True when every fresh value is beyond every old one. From eight old values on, a lone outlier, more than three
    /// times as far out as the next value, is ignored.
    /// </summary>
    public static bool AllBeyond(ReadOnlySpan<float> fresh, ReadOnlySpan<float> sortedReference, Side side)
    {
        var isLone = HasLone(sortedReference, side);
        var limit = side == Side.Up ? sortedReference[isLone ? ^2 : ^1] : sortedReference[isLone ? 1 : 0];
        foreach (var value in fresh)
            if (side == Side.Up ? !(value > limit) : !(value < limit))
                return false;
        return true;
    }

    /// <summary>
    /// The spread of a young reference without its lone outlier, if any: among so few values, one outlier makes the
    /// spread too wide.
    /// </summary>
    public static Spread YoungSpread(ReadOnlySpan<float> sortedReference) =>
        Spread.OfSorted(
            HasLone(sortedReference, Side.Up) ? sortedReference[..^1]
            : HasLone(sortedReference, Side.Down) ? sortedReference[1..]
            : sortedReference
        );

    private static bool HasLone(ReadOnlySpan<float> sorted, Side side)
    {
        if (sorted.Length < 8)
            return false;
        var median = Spread.MedianOfSorted(sorted);
        var (far, next) = side == Side.Up ? (sorted[^1], sorted[^2]) : (sorted[0], sorted[1]);
        return Math.Abs(far - median) > 3 * Math.Abs(next - median);
    }

    public static double Median(ReadOnlySpan<float> values)
    {
        Span<float> sorted = stackalloc float[values.Length];
        values.CopyTo(sorted);
        sorted.Sort();
        return Spread.MedianOfSorted(sorted);
    }

    /// <summary>
    /// The two levels between which values alternate; null without them. They are far apart compared with their own
    /// spreads, both are visited often, and the values switch many times.
    /// </summary>
    public static (double Low, double High)? TwoLevels(
        ReadOnlySpan<float> inOrder,
        ReadOnlySpan<float> sorted,
        double effectMin,
        double shareMin = 0.15
    )
    {
        const double Distance = 6;
        const int SwitchesMin = 6;
        if (sorted.Length < Levels.Mature)
            return null;
        var (cut, gap, edge) = (0, 0.0, (int)Math.Ceiling(shareMin * sorted.Length));
        for (var k = edge; k <= sorted.Length - edge; k++)
            if (sorted[k] - sorted[k - 1] > gap)
                (cut, gap) = (k, sorted[k] - sorted[k - 1]);
        if (cut == 0)
            return null;
        var (low, high) = (Spread.OfSorted(sorted[..cut]), Spread.OfSorted(sorted[cut..]));
        if (!IsEffect(high.Median, low.Median, effectMin))
            return null;
        if (high.Median - low.Median < Distance * Math.Max(low.Deviation, high.Deviation))
            return null;
        var switches = 0;
        for (var i = 1; i < inOrder.Length; i++)
            if (inOrder[i] >= sorted[cut] != inOrder[i - 1] >= sorted[cut])
                switches++;
        return switches >= SwitchesMin ? (low.Median, high.Median) : null;
    }
}
