using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>How a suspicion is proven or refuted.</summary>
internal sealed partial class Lane
{
    private const double MedianError = 1.2533; // The standard error of a median, relative to that of a mean.
    private const int PlaceBefore = 30; // Values before a change that are used to locate its start.
    private const double PlaceLimit = 10; // With 6, two of 400 changes moved away from their true start; with 10, none.

    /// <summary>The current suspicion, in the measure's units and the caller's keys.</summary>
    public Suspicion? Suspicion(Rules rules)
    {
        if (pending is not { } p)
            return null;
        var before = Window(stackalloc float[KeptMax], p.From).Length;
        var isEqual = p.Kind == HitKind.Equal;
        var reruns =
            p.Reproduced || p.Last != total - 1 ? 0
            : isEqual ? Levels.EqualReruns
            : Levels.RerunsOf(before);
        var reports = p.Reproduced && !IsCorrelated ? Levels.Repeats(rules.Series) - p.Repeats : 0;
        var wanted = Math.Abs(p.Effect.Estimate);
        var pairs = double.IsFinite(wanted)
            ? Power.PairsFor(wanted, RelativeSpread(), Levels.PairsOf(rules.Series))
            : Levels.PairsLeast;
        return new(
            p.Side,
            rules.IsWorse(p.Side),
            AtOf(p.From),
            AtOf(Math.Max(p.From - Levels.PairsMargin, FirstUsable - 1)),
            AtOf(p.Last),
            p.Effect,
            p.Reproduced,
            reruns,
            Math.Max(0, reports),
            Math.Clamp(pairs, Levels.PairsLeast, SignFlip.PairsMax)
        );
    }

    /// <summary>
    /// The P of the fresh values in a mature series without a change; NaN where the rank test does not decide.
    /// </summary>
    public double RerunChance(ReadOnlySpan<double> fresh)
    {
        if (pending is not { Reproduced: false } p || p.Kind == HitKind.Equal || p.Last != total - 1)
            return double.NaN;
        Span<float> buffer = stackalloc float[KeptMax];
        if (Window(buffer, p.From).Length < Levels.Mature)
            return double.NaN;
        var old = Window(buffer, total); // Suspect values belong to the old side: they were selected for being unusual.
        old = old[Math.Max(0, old.Length - Levels.ReferenceMax)..];
        Span<float> scaled = stackalloc float[Levels.FreshMax];
        scaled = Scale(fresh, scaled);
        var above = p.Side == Side.Up ? RankSum.Above(scaled, old) : RankSum.Below(scaled, old);
        var chance = RankSum.UpperTail(old.Length, scaled.Length, above);
        if (chance <= Levels.Reruns || old.IndexOfAny(scaled) < 0)
            return chance;
        var sign = p.Side == Side.Up ? 1 : -1;
        return RankSum.ExactP(
            [.. old.ToArray().Select(v => (double)sign * v)],
            [.. scaled.ToArray().Select(v => (double)sign * v)]
        );
    }

    /// <param name="level">The level of the rank test; the other rules have no level.</param>
    public IReadOnlyList<ChangeEvent> Confirm(ReadOnlySpan<double> fresh, Rules rules, double level)
    {
        if (pending is not { Reproduced: false } p || p.Last != total - 1 || fresh.IsEmpty)
            return Nothing;
        Span<float> scaled = stackalloc float[Levels.FreshMax];
        Span<float> buffer = stackalloc float[KeptMax],
            sortBuffer = stackalloc float[KeptMax];
        scaled = Scale(fresh, scaled);
        var reference = Sorted(Window(buffer, p.From), sortBuffer);
        var spread = reference.Length < Levels.Mature ? SeriesTests.YoungSpread(reference) : Spread.OfSorted(reference);
        var median = SeriesTests.Median(scaled);
        var isThere =
            SeriesTests.IsEffect(median, spread.Median, rules.EffectMin)
            && median > spread.Median == (p.Side == Side.Up);
        Share(scaled, spread.Median);

        if (p.Kind == HitKind.Equal)
        {
            isThere = isThere && scaled.IndexOfAnyExceptInRange(Less(Newest), More(Newest)) < 0;
            if (isThere && scaled.Length >= Levels.EqualReruns)
                return Prove(p.Side, p.From, Proof.Equal, 0, null, rules);
        }
        else if (reference.Length < Levels.Mature)
        {
            isThere =
                isThere
                && SeriesTests.AllBeyond([Newest, .. scaled], reference, p.Side)
                && SeriesTests.IsFarOut(Newest, spread, p.Side, rules.EffectMin)
                && SeriesTests.IsFarOut(median, spread, p.Side, rules.EffectMin);
        }
        else
            isThere = isThere && (p = p with { P = RerunChance(fresh) }).P <= level;

        if (!isThere)
            return Refute(rules);
        pending = p with { Reproduced = true, Effect = Between(Window(buffer, p.From), scaled) };
        return shared.Share <= Levels.SharedMost && !IsCorrelated
            ? Prove(p.Side, p.From, Proof.Repeats, p.P, pending.Effect, rules)
            : [new(EventKind.Reproduced, Suspicion: Suspicion(rules))];
    }

    private static float Less(float value) => (float)(value - Levels.EqualWithin * Math.Abs(value));

    private static float More(float value) => (float)(value + Levels.EqualWithin * Math.Abs(value));

    private ChangeEvent[] Refute(Rules rules)
    {
        ChangeEvent refuted = new(EventKind.Refuted, Suspicion: Suspicion(rules));
        var chance = double.IsNaN(pending!.P) ? Levels.UnrankedP : pending.P;
        refused = new(pending.Side, total + Levels.QuietAfterRefusal, chance);
        pending = null;
        return [refuted];
    }

    private void Share(ReadOnlySpan<float> fresh, double median)
    {
        if (fresh.Length < 2 || median == 0)
            return;
        var (mean, within) = (0.0, 0.0);
        foreach (var value in fresh)
            mean += value / median / fresh.Length;
        foreach (var value in fresh)
            within += (value / median - mean) * (value / median - mean) / (fresh.Length - 1);
        shared = shared.With(within, (mean - 1) * (mean - 1));
    }

    // Judges one more report after reruns reproduced the suspicion.
    private IReadOnlyList<ChangeEvent> Repeat(Rules rules)
    {
        Span<float> buffer = stackalloc float[KeptMax],
            sortBuffer = stackalloc float[KeptMax];
        var p = pending!;
        var reference = Sorted(Window(buffer, p.From), sortBuffer);
        var spread = reference.Length < Levels.Mature ? SeriesTests.YoungSpread(reference) : Spread.OfSorted(reference);
        ReadOnlySpan<float> newest = [Newest];
        var beyond = p.Side == Side.Up ? RankSum.Above(newest, reference) : RankSum.Below(newest, reference);
        var repeats =
            SeriesTests.IsEffect(Newest, spread.Median, rules.EffectMin)
            && (
                reference.Length >= Levels.Mature ? RankSum.UpperTail(reference.Length, 1, beyond) <= Levels.Repeat
                : p.Kind == HitKind.Equal ? beyond == reference.Length
                : SeriesTests.IsFarOut(Newest, spread, p.Side, rules.EffectMin)
            );
        if (!repeats)
        {
            ChangeEvent ended = new(EventKind.NotRepeated, Suspicion: Suspicion(rules));
            pending = null;
            return [ended];
        }
        pending = p with { Repeats = p.Repeats + 1, Last = total - 1 };
        return !IsCorrelated && pending.Repeats >= Levels.Repeats(rules.Series)
            ? Prove(p.Side, p.From, Proof.Repeats, p.P, null, rules)
            : Nothing;
    }

    /// <param name="inTurns">
    /// False where all runs of one side came after all of the other. The machine may have changed in between, so the
    /// runs can refute and reproduce, but not prove.
    /// </param>
    public (IReadOnlyList<ChangeEvent> Events, double? P) Pairs(
        ReadOnlySpan<double> @base,
        ReadOnlySpan<double> head,
        Rules rules,
        long? since,
        bool inTurns = true
    )
    {
        var count = Math.Min(Math.Min(@base.Length, head.Length), SignFlip.PairsMax);
        if (count == 0 || kept == 0)
            return (Nothing, null);
        var differences = new double[count];
        for (var i = 0; i < count; i++)
            differences[i] = head[i] - @base[i];
        double[] bases = [.. @base[..count]];
        Array.Sort(bases);
        var effect = Shift.OfPairs(differences).Relative((bases[(count - 1) / 2] + bases[count / 2]) / 2);
        var (side, level) = pending is { } p
            ? (p.Side, Levels.PairsOf(rules.Series))
            : (effect.Estimate > 0 ? Side.Up : Side.Down, Levels.PairsOf(rules.Series) / 2); // Both sides are tested.
        if (side == Side.Down)
            for (var i = 0; i < count; i++)
                differences[i] = -differences[i];
        var chance = SignFlip.P(differences);
        var isThere = chance <= level && Math.Abs(effect.Estimate) >= rules.EffectMin;
        if (!isThere)
            return (pending is null ? Nothing : Refute(rules), chance);
        if (!inTurns)
            return (Confirm(head, rules, Levels.Reruns), chance);
        var from = pending?.From ?? (since is { } at ? Ordinal(at) : total - 1);
        return (Prove(side, from, Proof.Pairs, chance, effect, rules), chance);
    }

    // The ordinal of the first kept value at or after this key.
    private long Ordinal(long at) =>
        FirstKept + (Array.FindIndex(ats, 0, kept, a => a >= at) is var i and >= 0 ? i : kept - 1);

    private ChangeEvent[] Prove(Side side, long from, Proof proof, double chance, Shift? effect, Rules rules)
    {
        from = Math.Clamp(from, Math.Min(FirstUsable, total - 1), total - 1);
        Span<float> buffer = stackalloc float[KeptMax],
            sortBuffer = stackalloc float[KeptMax];
        var before = Window(buffer, from);
        var oldFrom = earlier.To > Math.Max(earlier.From, FirstKept) ? earlier.From : start;
        var reference = Sorted(before, sortBuffer);
        var spread = Spread.OfSorted(reference);
        var after = SeriesTests.Median(values.AsSpan((int)(from - FirstKept)..kept));
        var size = effect ?? Between(before, values.AsSpan((int)(from - FirstKept)..kept));

        // Back at the level before an open regression: that regression has ended, and this is no new change.
        var ended = open.FindIndex(c => c.Told.IsWorse && c.Told.Side != side && IsBack(c, after));
        if (ended >= 0)
            return End(ended, from);

        Change told = new(
            owner.NextNumber(),
            side,
            rules.IsWorse(side),
            AtOf(from),
            AtOf(total - 1),
            spread.Median * unit,
            after * unit,
            size,
            proof,
            chance
        );
        var between = Keys(MayBegin(Math.Max(start, FirstKept), from));
        if (open.Count == ChangesMax)
            open.RemoveAt(open.FindIndex(c => !c.Told.IsWorse) is var good and >= 0 ? good : 1);
        open.Add(
            new(told)
            {
                From = from,
                OldFrom = oldFrom,
                Start = start,
                Cusum = new(spread.Median, after, spread.Deviation, serial.Coefficient(Levels.CutSuspicion, over: 0)),
                OldError = MedianError * spread.Deviation / Math.Sqrt(Math.Max(1, reference.Length)),
            }
        );
        Restart(from, (0, 0));
        return [new(EventKind.Proven, told, Between: between)];
    }

    // Uses only the values just before the change; older ones may be outliers, or at another level.
    private (long First, long Last) MayBegin(long oldest, long from)
    {
        oldest = Math.Max(oldest, from - PlaceBefore);
        var (first, last) = BestSplit.Around(values.AsSpan((int)(oldest - FirstKept)..kept), (int)(from - oldest));
        return (oldest + first, oldest + last);
    }

    // Commits without a value may lie between two values of the series.
    private (long First, long Last) Keys((long First, long Last) between) =>
        (between.First > FirstKept ? AtOf(between.First - 1) + 1 : AtOf(between.First), AtOf(between.Last));

    /// <summary>
    /// Where the newest change began, according to the values since. Only few values proved it, so an outlier among
    /// them or noise can have moved its start. The lane itself keeps the start that was proven.
    /// </summary>
    private ChangePlace? Place()
    {
        if (open.Count == 0 || open[^1] is not { Age: >= 1 and <= Settling, Told.Inherited: false } change)
            return null;
        var oldest = Math.Max(Math.Max(change.Start, FirstKept), change.From - PlaceBefore);
        if (change.From != start || oldest >= change.From)
            return null;
        // Values are clipped at half a step beyond the old level, and at the new level: another change may have
        // followed soon after.
        var (old, level) = (change.Cusum.Old, Scaled(change.Told.After));
        var (low, high) = old < level ? (old - (level - old) / 2, level) : (level, old + (old - level) / 2);
        Span<float> clipped = stackalloc float[KeptMax];
        clipped = clipped[..(int)(total - oldest)];
        for (var i = 0; i < clipped.Length; i++)
            clipped[i] = (float)Math.Clamp(values[(int)(oldest - FirstKept) + i], low, high);
        var at = BestSplit.Locate(clipped, 1);
        var (first, last) = BestSplit.Around(clipped, at, PlaceLimit);
        var isSameWay =
            SeriesTests.Median(clipped[at..]) > SeriesTests.Median(clipped[..at]) == (change.Told.Side == Side.Up);
        if (!isSameWay)
            return null;
        var between = Keys((oldest + first, oldest + last));
        return new(change.Told.Number, AtOf(oldest + at), between.First, between.Last);
    }

    private void Restart(long from, (long, long) older)
    {
        (start, earlier, pending, refused) = (from, older, null, default);
        gross.Clear();
    }

    private Shift EffectSince(long from) =>
        Between(Window(stackalloc float[KeptMax], from), values.AsSpan((int)(from - FirstKept)..kept));

    private static Shift Between(ReadOnlySpan<float> old, ReadOnlySpan<float> fresh)
    {
        double[] wide = [.. old.ToArray().Select(v => (double)v)],
            late = [.. fresh.ToArray().Select(v => (double)v)];
        return old.IsEmpty ? Shift.None : Shift.Between(wide, late).Relative(SeriesTests.Median(old));
    }

    private Span<float> Scale(ReadOnlySpan<double> fresh, Span<float> into)
    {
        var count = 0;
        foreach (var value in fresh)
            if (double.IsFinite(value) && count < into.Length)
                into[count++] = (float)Scaled(value);
        return into[..count];
    }
}
