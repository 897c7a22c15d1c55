using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The values that one report added to a series, one for each iteration.</summary>
/// <param name="At">The report's key, which grows along the history.</param>
public sealed record PastReport(DateTimeOffset Time, long At, IReadOnlyList<double> Values);

/// <summary>An alarm that a rule would have raised.</summary>
/// <param name="Report">The report's index in the history.</param>
/// <param name="Persists">
/// True when the values stayed at the new level; null where too few values came after the alarm.
/// </param>
public sealed record PastAlarm(int Report, bool? Persists);

/// <summary>
/// Replays the history of a series under a rule: finds the alarms it would have raised, and which of them persist.
/// </summary>
public static class Backtest
{
    // An alarm is checked against up to 30 values before it and after it, and at least 5 after it.
    private const int Around = 30,
        AroundLeast = 5;

    /// <summary>
    /// The alarms of proofs by waiting, since a history has no pairs and no reruns. Improvements are no alarms.
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

    /// <summary>The alarms of a threshold, on either side: it judges each report against the earlier ones.</summary>
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

    // True when the values moved at least half of the way to the reported level.
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
