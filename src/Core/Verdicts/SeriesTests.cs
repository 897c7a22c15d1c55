using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>Why something is suspected.</summary>
internal enum HitKind
{
    Ranks,
    Gross,
    Young,
    Equal,
}

/// <param name="Fresh">How many of the newest values are unusual.</param>
internal readonly record struct Hit(HitKind Kind, Side Side, int Fresh, double P);

/// <summary>What was refuted a moment ago: it is quiet for a while, unless what comes is much rarer.</summary>
/// <param name="Until">The last total of values for which it holds.</param>
/// <param name="P">Of what was refuted.</param>
internal readonly record struct Refusal(Side? Side, long Until, double P)
{
    /// <summary>The P up to which the same side is suspected again.</summary>
    public double Most => P / 10;
}

/// <summary>The tests of one series, on the values that are compared: the reference, then the newest ones.</summary>
internal static class SeriesTests
{
    /// <summary>
    /// The exact rank tests of the last values at several sizes, on whitened values where correlation is visible.
    /// </summary>
    /// <param name="refused">None where there is nothing to be quiet about.</param>
    /// <param name="strongest">The least P seen, of any size and side.</param>
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

    /// <summary>Whether a level lies at least the minimum effect from another; any distance from 0 does.</summary>
    public static bool IsEffect(double level, double from, double effectMin) =>
        level != from && Math.Abs(level - from) >= effectMin * Math.Abs(from);

    /// <summary>A series without a spread, and a newest value that is another.</summary>
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
    /// This value's distance from the median, divided by the second greatest distance in the reference: one wild value
    /// sets no scale.
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

    /// <summary>Beyond the robust spread and beyond what is small, as young series are judged.</summary>
    public static bool IsFarOut(double value, Spread spread, Side side, double effectMin) =>
        (value > spread.Median ? Side.Up : Side.Down) == side
        && IsEffect(value, spread.Median, Math.Max(effectMin, Levels.GrossEffect))
        && Math.Abs(value - spread.Median) > Levels.RobustFactor * spread.Deviation;

    /// <summary>
    /// Whether every fresh value is beyond every old one. One lone wild value, more than three times as far out as the
    /// next, is ignored from eight old values on.
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
    /// The spread of a young reference without its lone wild value, if it has one: among so few, one value alone makes
    /// the spread wider than it is.
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
    /// The two levels between which values alternate, if they do: far apart for their own spread, both visited often,
    /// and many times.
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
