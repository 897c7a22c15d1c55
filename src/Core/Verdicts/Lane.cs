using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// The values of one series on one kind of machine, as many as judging needs, and what was found in them.
/// </summary>
/// <remarks>
/// Values are kept in single precision, as multiples of the first value that is not 0: precise to a part in 16 million,
/// far below <see cref="Levels.EqualWithin"/>. Ordinals count the lane's values from 0; only the last values are kept.
/// </remarks>
internal sealed partial class Lane(SeriesState owner)
{
    public const int KeptMax = Levels.ReferenceMax + Levels.FreshMax + 4;
    private const int GrossMax = 8,
        ChangesMax = 8,
        GoodNewsReports = 10,
        Settling = 12; // For this many reports after its proof, a change's level and start are estimated again.
    private static readonly IReadOnlyList<ChangeEvent> Nothing = [];

    private readonly float[] values = new float[KeptMax];
    private readonly long[] ats = new long[KeptMax];
    private readonly SortedWindow beforeNewest = new();
    private readonly List<(long Ordinal, float Score)> gross = [];
    private readonly List<KeptChange> open = [];
    private readonly List<(KeptChange Change, bool Dismissed)> decided = [];
    private int kept;
    private long total,
        start;
    private Refusal refused;
    private (long From, long To) earlier; // Older values at today's level, from before a change that has returned.
    private double unit = 1;
    private SerialSums serial;
    private SharedVariance shared;
    private Pending? pending;

    public ulong Environment { get; set; }

    public int Kept => kept;

    public bool IsEmpty => kept == 0;

    public IEnumerable<Change> Open => open.Select(c => c.Told);

    public bool HasOpen => open.Count > 0;

    public bool IsCorrelated => serial.Coefficient(Levels.CutSuspicion) > 0;

    public Pending? Pending => pending;

    private long FirstKept => total - kept;

    // At least one value must precede a change.
    private long FirstUsable => Math.Max(start, FirstKept) + (earlier.To > Math.Max(earlier.From, FirstKept) ? 0 : 1);

    private float Newest => values[kept - 1];

    private double Scaled(double value) => Math.Clamp(value / unit, -float.MaxValue, float.MaxValue);

    private long AtOf(long ordinal) => ats[Math.Clamp(ordinal - FirstKept, 0, kept - 1)];

    /// <summary>
    /// The values to compare, oldest first, up to the ordinal: those since the last change, preceded by older values of
    /// the same level.
    /// </summary>
    private Span<float> Window(Span<float> buffer, long until)
    {
        var from = Math.Max(start, FirstKept);
        var length = (int)Math.Max(0, until - from);
        var (oldFrom, oldTo) = (Math.Max(earlier.From, FirstKept), Math.Min(earlier.To, from));
        var older = (int)Math.Max(0, oldTo - oldFrom);
        if (older > 0)
            values.AsSpan((int)(oldFrom - FirstKept), older).CopyTo(buffer);
        if (length > 0)
            values.AsSpan((int)(from - FirstKept), length).CopyTo(buffer[older..]);
        return buffer[..(older + length)];
    }

    // The last values of the reference, sorted.
    private static Span<float> Sorted(ReadOnlySpan<float> reference, Span<float> buffer)
    {
        reference = reference[Math.Max(0, reference.Length - Levels.ReferenceMax)..];
        reference.CopyTo(buffer);
        buffer[..reference.Length].Sort();
        return buffer[..reference.Length];
    }

    /// <summary>The reference of the newest value, sorted. Valid until the next value comes.</summary>
    private ReadOnlySpan<float> SortedBeforeNewest(ReadOnlySpan<float> window)
    {
        var hasOlder = earlier.To > Math.Max(earlier.From, FirstKept);
        return beforeNewest.Of(window[..^1], hasOlder ? null : (start, total - 1));
    }

    private void Push(long at, double value)
    {
        var isFirst = total == 0 || (unit == 1 && values.AsSpan(0, kept).IndexOfAnyExcept(0f) < 0);
        if (isFirst)
            unit = value != 0 ? Math.Abs(value) : 1;
        if (kept == KeptMax)
        {
            values.AsSpan(1).CopyTo(values);
            ats.AsSpan(1).CopyTo(ats);
            kept--;
        }
        (values[kept], ats[kept]) = ((float)Scaled(value), at);
        kept++;
        total++;
    }

    /// <returns>The events, and the smallest P that was seen.</returns>
    public (IReadOnlyList<ChangeEvent> Events, double? P) Append(long at, double value, Rules rules)
    {
        Push(at, value);
        var window = Window(stackalloc float[KeptMax], total);
        var reference = SortedBeforeNewest(window);
        Correlate(window, reference);
        GrowOlder();
        if (Returned() is { } returned)
            return (returned, null);

        var strongest = 1.0;
        var events = pending is { Reproduced: true } ? Repeat(rules) : Nothing;
        var isFree = pending is not { Reproduced: true } && events.Count == 0;
        if (isFree && Suspect(window, reference, rules, ref strongest) is { } hit)
            events = Raise(hit, window, rules);
        else if (pending is { Reproduced: false } p && (!rules.PairsCanRun || total - p.Last > Levels.FreshMax))
            pending = null;
        var isUndecided = events is [] or [{ Kind: EventKind.Suspected or EventKind.NotRepeated }, ..];
        if (isUndecided && Wait(window, rules, ref strongest) is { } waited)
            events = [.. events, .. waited];
        return (events, strongest < 1 ? strongest : (double?)null);
    }

    private void GrowOlder()
    {
        for (var k = open.Count - 1; k >= 0; k--)
        {
            open[k] = open[k] with { Age = open[k].Age + 1 };
            if (!open[k].Told.IsWorse && open[k].Age > GoodNewsReports)
                open.RemoveAt(k);
        }
    }

    // A value is added to the correlation only once it can no longer be a fresh one, so that a step does not look like
    // correlation.
    private void Correlate(ReadOnlySpan<float> window, ReadOnlySpan<float> sorted)
    {
        if (window.Length <= Levels.FreshMax || sorted.Length < Levels.RanksLeast)
            return;
        var (low, high) = (Spread.QuantileOfSorted(sorted, 0.05), Spread.QuantileOfSorted(sorted, 0.95));
        var median = Spread.MedianOfSorted(sorted);
        var size = Math.Max(Math.Abs(median), 1e-30);
        serial = serial.With((Math.Clamp(window[^(Levels.FreshMax + 1)], low, high) - median) / size);
    }

    private Hit? Suspect(ReadOnlySpan<float> window, ReadOnlySpan<float> reference, Rules rules, ref double strongest)
    {
        if (reference.Length < Levels.Least)
            return null;
        if (SeriesTests.AreEqual(reference))
            return SeriesTests.Equal(Newest, reference, rules.EffectMin);
        if (pending is { Kind: HitKind.Equal } p) // The reference already contains the suspect values.
        {
            var equal = Sorted(Window(stackalloc float[KeptMax], p.From), stackalloc float[KeptMax]);
            if (SeriesTests.Equal(Newest, equal, rules.EffectMin) is { } again && again.Side == p.Side)
                return again;
        }
        var spread = Spread.OfSorted(reference);
        var score = SeriesTests.GrossScore(Newest, reference);
        var side = Newest > spread.Median ? Side.Up : Side.Down;
        var isGross =
            score > Levels.GrossFactor
            && IsAmongTheGreatest(score)
            && SeriesTests.IsEffect(Newest, spread.Median, Math.Max(rules.EffectMin, Levels.GrossEffect));
        if (score > Levels.GrossFactor)
            Remember(score);
        if (
            window.Length - 1 < Levels.Mature
            && SeriesTests.IsFarOut(Newest, SeriesTests.YoungSpread(reference), side, rules.EffectMin)
        )
            return new(HitKind.Young, side, 1, double.NaN);
        var quiet = total <= refused.Until ? refused : default;
        if (isGross && quiet.Side != side)
            return new(HitKind.Gross, side, 1, double.NaN);
        var correlation = serial.Coefficient(Levels.CutSuspicion);
        return SeriesTests.Ranks(window, correlation, rules, waiting: false, quiet, ref strongest);
    }

    private bool IsAmongTheGreatest(double score) =>
        gross.Count(g => g.Ordinal >= total - 1 - Levels.ReferenceMax && g.Score >= score) < 2;

    private void Remember(double score)
    {
        if (gross.Count == GrossMax)
            gross.RemoveAt(0);
        gross.Add((total - 1, (float)Math.Min(score, float.MaxValue)));
    }

    private IReadOnlyList<ChangeEvent> Raise(Hit hit, ReadOnlySpan<float> window, Rules rules)
    {
        var isNew = pending is null || pending.Side != hit.Side || pending.Last < total - 2;
        var from = total - window.Length + BestSplit.Locate(window, Math.Max(1, window.Length - 2 * hit.Fresh - 10));
        if (hit.Fresh == 1)
            from = total - 1;
        from = Math.Max(isNew ? from : Math.Min(from, pending!.From), FirstUsable);
        pending = new(hit.Kind, hit.Side, from, total - 1, hit.P, EffectSince(from));
        return isNew ? [new(EventKind.Suspected, Suspicion: Suspicion(rules))] : Nothing;
    }

    /// <summary>
    /// Proof by waiting: a rank test of the latest values, or equal values at a new level after many equal ones.
    /// </summary>
    private IReadOnlyList<ChangeEvent>? Wait(ReadOnlySpan<float> window, Rules rules, ref double strongest)
    {
        if (EqualByWaiting(window, rules) is { } side)
            return Prove(side, total - Levels.EqualAfter, Proof.Equal, 0, null, rules);
        if (GrossByWaiting(window) is { } far)
        {
            if (rules.PairsCanRun)
                return null;
            var chance = RankSum.LeastP(window.Length - Levels.GrossWaiting, Levels.GrossWaiting);
            return Prove(far, total - Levels.GrossWaiting, Proof.Waiting, chance, null, rules);
        }
        var correlation = serial.Coefficient(Levels.CutProof);
        var ranks = SeriesTests.Ranks(window, correlation, rules, waiting: true, default, ref strongest);
        if (ranks is not { } hit)
            return null;
        if (rules.PairsCanRun)
            return pending is null ? Raise(hit, window, rules) : null;
        var from = total - window.Length + BestSplit.Locate(window, Math.Max(1, window.Length - 2 * hit.Fresh - 10));
        from = Math.Clamp(from, Math.Min(FirstUsable, total - 1), total - 1);
        return IsKnownLevel(window, hit.Fresh, rules) || !IsTold(hit.Side, EffectSince(from).Estimate, rules)
            ? null
            : Prove(hit.Side, from, Proof.Waiting, hit.P, null, rules);
    }

    // The reported effect is the effect since the commit at which the change is located. It may be smaller than that
    // of the tested values, or missing where the older half of the reference already had the new level.
    private static bool IsTold(Side side, double effect, Rules rules) =>
        (double.IsNaN(effect) || effect > 0 == (side == Side.Up)) && !(Math.Abs(effect) < rules.EffectMin);

    // Values that alternated between two levels and now stay at one of them have no new level: how often each of two
    // machines or layouts ran says nothing about the code. Only pairs can tell, not further values. A level that was
    // rare before may well be the usual one of slower code.
    private static bool IsKnownLevel(ReadOnlySpan<float> window, int fresh, Rules rules)
    {
        const double ShareMin = 0.25;
        var old = window[..^fresh];
        old = old[Math.Max(0, old.Length - Levels.ReferenceMax)..];
        var sorted = Sorted(old, stackalloc float[KeptMax]);
        if (SeriesTests.TwoLevels(old, sorted, rules.EffectMin, ShareMin) is not var (low, high))
            return false;
        var level = SeriesTests.Median(window[^fresh..]);
        var near = Math.Max(rules.EffectMin * Math.Abs(low), (high - low) / 6);
        return Math.Min(Math.Abs(level - low), Math.Abs(level - high)) <= near;
    }

    // In a young series no rank test can be significant enough. Values that are far enough apart, and stay there, need
    // no test.
    private static Side? GrossByWaiting(ReadOnlySpan<float> window)
    {
        if (window.Length - Levels.GrossWaiting is not (>= Levels.Least and < Levels.Mature))
            return null;
        Span<float> oldBuffer = stackalloc float[Lane.KeptMax],
            freshBuffer = stackalloc float[Lane.KeptMax];
        var old = Sorted(window[..^Levels.GrossWaiting], oldBuffer);
        var fresh = Sorted(window[^Levels.GrossWaiting..], freshBuffer);
        var (before, after) = (Spread.OfSorted(old), Spread.OfSorted(fresh));
        var side = after.Median > before.Median ? Side.Up : Side.Down;
        var apart = Math.Abs(after.Median - before.Median);
        return
            apart > Levels.GrossWaitingEffect * Math.Abs(before.Median)
            && apart > Levels.GrossWaitingFactor * Math.Max(before.Deviation, after.Deviation)
            && SeriesTests.AllBeyond(fresh, old, side)
            ? side
            : null;
    }

    private static Side? EqualByWaiting(ReadOnlySpan<float> window, Rules rules)
    {
        if (window.Length < Levels.EqualBefore + Levels.EqualAfter)
            return null;
        var old = window[..^Levels.EqualAfter];
        var fresh = window[^Levels.EqualAfter..];
        if (fresh[0] == old[^1] || !SeriesTests.AreEqual(SeriesTests.Ends(fresh)))
            return null; // The usual case, without a full scan.
        var ends = SeriesTests.Ends(old);
        if (!SeriesTests.AreEqual(ends))
            return null;
        var (from, to) = (ends.Least, SeriesTests.Ends(fresh).Least);
        return !SeriesTests.IsEffect(to, from, Math.Max(rules.EffectMin, Levels.EqualWithin)) ? null
            : to > from ? Side.Up
            : Side.Down;
    }
}
