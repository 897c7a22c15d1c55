using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Core.Verdicts;

/// <summary>One series of a branch, oldest report first.</summary>
/// <param name="Testbed">Series of one testbed are judged together.</param>
public sealed record PastSeries(Guid Testbed, string Units, IReadOnlyList<PastReport> Reports);

/// <summary>The alarms of one series.</summary>
/// <param name="Threshold">The alarms of the threshold beside the verdicts; empty without one.</param>
public sealed record ReplayedSeries(IReadOnlyList<PastAlarm> Verdicts, IReadOnlyList<PastAlarm> Threshold);

/// <summary>
/// Replays a whole history under verdicts, and under a threshold beside them: counts the alarms of each week.
/// </summary>
public static class BacktestReplay
{
    /// <param name="rules">How a series is judged; the number of series is added here.</param>
    /// <returns>The counts, and the alarms of each series in the order of the history.</returns>
    public static (BacktestResult Result, IReadOnlyList<ReplayedSeries> Series) Of(
        IReadOnlyList<PastSeries> history,
        Model? model,
        Func<PastSeries, Rules> rules
    )
    {
        Dictionary<DateOnly, BacktestWeek> weeks = [];
        List<ReplayedSeries> replayed = [];
        var beside = history.CountBy(series => series.Testbed).ToDictionary();
        foreach (var series in history)
        {
            var alarms = new ReplayedSeries(
                Backtest.Verdicts(series.Reports, rules(series) with { Series = beside[series.Testbed] }),
                model is null ? [] : Backtest.Threshold(series.Reports, model)
            );
            replayed.Add(alarms);
            foreach (var report in series.Reports)
                Count(report, week => week with { Results = week.Results + 1 });
            foreach (var alarm in alarms.Verdicts)
                Count(series.Reports[alarm.Report], week => week with { Verdicts = With(week.Verdicts, alarm) });
            foreach (var alarm in alarms.Threshold)
                Count(series.Reports[alarm.Report], week => week with { Threshold = With(week.Threshold!, alarm) });
        }
        var ordered = weeks.Values.OrderBy(week => week.Monday).ToList();
        var result = new BacktestResult(
            history.Count,
            ordered.Sum(week => week.Results),
            Sum(ordered, week => week.Verdicts),
            model is null ? null : Sum(ordered, week => week.Threshold),
            ordered
        );
        return (result, replayed);

        void Count(PastReport report, Func<BacktestWeek, BacktestWeek> change)
        {
            var day = DateOnly.FromDateTime(report.Time.UtcDateTime);
            var monday = day.AddDays(-((int)day.DayOfWeek + 6) % 7);
            var none = new BacktestWeek(monday, 0, new(0, 0, 0), model is null ? null : new(0, 0, 0));
            weeks[monday] = change(weeks.GetValueOrDefault(monday) ?? none);
        }
    }

    private static BacktestAlarms Sum(List<BacktestWeek> weeks, Func<BacktestWeek, BacktestAlarms?> of) =>
        new(
            weeks.Sum(week => of(week)?.Raised ?? 0),
            weeks.Sum(week => of(week)?.Persist ?? 0),
            weeks.Sum(week => of(week)?.Gone ?? 0)
        );

    private static BacktestAlarms With(BacktestAlarms alarms, PastAlarm alarm) =>
        new(
            alarms.Raised + 1,
            alarms.Persist + (alarm.Persists == true ? 1 : 0),
            alarms.Gone + (alarm.Persists == false ? 1 : 0)
        );
}
