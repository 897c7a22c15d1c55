using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>How an open change ends (its values return, or a person decides it), or is restored.</summary>
internal sealed partial class Lane
{
    private ChangeEvent[]? Returned()
    {
        for (var k = 0; k < open.Count; k++)
        {
            var change = open[k];
            if (!change.Told.IsWorse)
                continue;
            var cusum = Settled(change).With(Newest);
            open[k] = change with { Cusum = cusum };
            var recent = Math.Min(cusum.Since, kept);
            if (cusum.IsReached && IsBackOrPast(change, SeriesTests.Median(values.AsSpan(kept - recent, recent))))
                return End(k, total - recent);
        }
        return null;
    }

    // The new level was computed from the few values that proved it; the first values after them estimate it better.
    private ReturnCusum Settled(KeptChange change)
    {
        var since = (int)(total - 1 - change.From);
        if (change.Age > Settling || change.From != start || change.Cusum.Sum > 0 || since is < 2 or > Settling * 2)
            return change.Cusum;
        return change.Cusum with { New = SeriesTests.Median(values.AsSpan(kept - 1 - since, since)) };
    }

    // Later changes end with it: the values are where they were before all of them.
    private ChangeEvent[] End(int index, long from)
    {
        var first = open[index];
        ChangeEvent[] ended =
        [
            .. open.Where(c => c.From >= first.From).Select(c => new ChangeEvent(EventKind.Returned, c.Told)),
        ];
        open.RemoveAll(c => c.From >= first.From);
        Restart(from, (first.OldFrom, first.From));
        return ended;
    }

    private static bool IsBack(KeptChange change, double level) => Math.Abs(Left(change, level)) <= Room(change);

    // A value beyond the old level has left the new level, too.
    private static bool IsBackOrPast(KeptChange change, double level) => Left(change, level) <= Room(change);

    // The remaining part of the change, in the change's direction.
    private static double Left(KeptChange change, double level) =>
        (level - change.Cusum.Old) * Math.Sign(change.Cusum.New - change.Cusum.Old);

    private static double Room(KeptChange change)
    {
        var (old, distance) = (change.Cusum.Old, Math.Abs(change.Cusum.New - change.Cusum.Old));
        return Math.Max(0.01 * Math.Abs(old), distance / 4) + change.OldError;
    }

    /// <returns>Null where no change with this number is open.</returns>
    public ChangeEvent? Decide(int number, bool dismissed)
    {
        var index = open.FindIndex(c => c.Told.Number == number);
        if (index < 0)
            return null;
        if (decided.Count == ChangesMax)
            decided.RemoveAt(0);
        decided.Add((open[index], dismissed));
        open.RemoveAt(index);
        return new(dismissed ? EventKind.Dismissed : EventKind.Accepted, decided[^1].Change.Told);
    }

    public ChangeEvent? Reopen(int number)
    {
        var index = decided.FindIndex(d => d.Change.Told.Number == number);
        if (index < 0)
            return null;
        var change = decided[index].Change;
        decided.RemoveAt(index);
        open.Add(change with { Cusum = change.Cusum with { Sum = 0, Since = 0 } });
        open.Sort((a, b) => a.From.CompareTo(b.From));
        return new(EventKind.Reopened, change.Told);
    }

    /// <summary>Adds a known change, after the value at which it was proven was appended.</summary>
    public void Restore(Change change)
    {
        var from = Math.Clamp(Ordinal(change.Since), Math.Min(FirstUsable, total - 1), total - 1);
        var spread = Spread.OfSorted(Sorted(Window(stackalloc float[KeptMax], from), stackalloc float[KeptMax]));
        var deviation = double.IsNaN(spread.Deviation) ? 0 : spread.Deviation;
        var (old, level) = (Scaled(change.Before), Scaled(change.After));
        open.RemoveAll(c =>
            c.Told.Number == change.Number
            || (c.Told.Side == change.Side && Math.Abs(c.From - from) <= Levels.SameWithin)
        );
        open.Add(
            new(change)
            {
                From = from,
                OldFrom = start,
                Start = start,
                Cusum = new(old, level, deviation, serial.Coefficient(Levels.CutSuspicion, over: 0)),
                OldError = MedianError * deviation / Math.Sqrt(Math.Max(1, from - start)),
            }
        );
        Restart(from, (0, 0));
    }

    public void Inherit()
    {
        for (var k = 0; k < open.Count; k++)
            open[k] = open[k] with { Told = open[k].Told with { Inherited = true } };
    }
}
