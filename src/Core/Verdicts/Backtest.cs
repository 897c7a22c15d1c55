using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The values that one report brought to a series, one of each iteration.</summary>
/// <param name="At">Grows along the history.</param>
public sealed record PastReport(DateTimeOffset Time, long At, IReadOnlyList<double> Values);

/// <summary>An alarm that a rule would have raised.</summary>
/// <param name="Report">Its index in the history.</param>
/// <param name="Persists">Whether the values stayed there; null where too few came after it.</param>
public sealed record PastAlarm(int Report, bool? Persists);

/// <summary>
/// Replays the history of a series under a rule: which alarms it would have raised, and which of them last.
/// </summary>
public static class Backtest
{
    // What an alarm is held against: so many values before it and after it, and at least so many.
    private const int Around = 30,
        AroundLeast = 5;

    /// <summary>
    /// The alarms of verdicts by waiting: a history has no pairs and no reruns. Improvements are no alarms.
    /// </summary>
    public static List<PastAlarm> Verdicts(IReadOnlyList<PastReport> history, Rules rules)
    {
        List<PastAlarm> alarms = [];
        var state = new SeriesState();
        for (var i = 0; i < history.Count; i++)
            foreach (var e in state.Append(new(i, Median(history[i].Values)), rules).Events)
                if (e is { Kind: EventKind.Proven, Change: { IsWorse: true } change })
                    alarms.Add(new(i, Persists(history, (int)change.Since, i, change.After)));
        return alarms;
    }

    /// <summary>The alarms of a threshold, as it judges each report against what came before; on either side.</summary>
    public static List<PastAlarm> Threshold(IReadOnlyList<PastReport> history, Model model)
    {
        List<PastAlarm> alarms = [];
        List<(DateTimeOffset Time, double Value)> past = [];
        for (var i = 0; i < history.Count; i++)
        {
            var report = history[i];
            double[] newestFirst =
            [
                .. Enumerable
                    .Reverse(past)
                    .Where(one => model.Window is not { } window || one.Time >= report.Time.AddSeconds(-(double)window))
                    .Select(one => one.Value),
            ];
            var limits = Judge.Limits(model, newestFirst);
            if (report.Values.Where(value => limits.Violation(value) is not null).ToList() is [var outside, ..])
                alarms.Add(new(i, Persists(history, i, i, outside)));
            past.AddRange(report.Values.Select(value => (report.Time, value)));
        }
        return alarms;
    }

    // At least half of the way to the level that was told.
    private static bool? Persists(IReadOnlyList<PastReport> history, int since, int told, double level)
    {
        double[] before = [.. history.Take(since).TakeLast(Around).Select(report => Median(report.Values))];
        double[] after = [.. history.Skip(told + 1).Take(Around).Select(report => Median(report.Values))];
        if (before.Length == 0 || after.Length < AroundLeast)
            return null;
        var (from, to) = (Median(before), Median(after));
        return Math.Sign(to - from) == Math.Sign(level - from) && Math.Abs(to - from) >= Math.Abs(level - from) / 2;
    }

    private static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
