using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Series with known alarms.</summary>
public sealed class BacktestTests
{
    private static readonly Rules LowerIsBetter = new() { Direction = Direction.LowerIsBetter };
    private static readonly Model Percentage = new(ModelTest.Percentage, UpperBoundary: 0.1);

    [Fact]
    public void A_step_in_the_worse_direction_is_one_persistent_alarm()
    {
        var alarm = Assert.Single(Backtest.Verdicts(History([.. Values(40, 100), .. Values(40, 135)]), LowerIsBetter));

        Assert.InRange(alarm.Report, 40, 50);
        Assert.True(alarm.Persists);
        Assert.Empty(Backtest.Verdicts(History([.. Values(40, 100), .. Values(40, 70)]), LowerIsBetter));
        Assert.Empty(Backtest.Verdicts([], LowerIsBetter));
    }

    [Fact]
    public void A_threshold_alarms_on_an_outlier_that_does_not_persist_and_verdicts_do_not()
    {
        double[] values = [.. Values(20, 100), 150, .. Values(20, 100)];

        var alarm = Assert.Single(Backtest.Threshold(History(values), Percentage));

        Assert.Equal((20, false), (alarm.Report, alarm.Persists));
        Assert.Empty(Backtest.Verdicts(History(values), LowerIsBetter));
    }

    [Fact]
    public void Persistence_is_unknown_with_too_few_values_after_an_alarm()
    {
        var alarms = Backtest.Threshold(History([.. Values(20, 100), .. Values(4, 150)]), Percentage);

        Assert.NotEmpty(alarms);
        Assert.All(alarms, alarm => Assert.Null(alarm.Persists));
    }

    [Fact]
    public void A_time_window_excludes_older_values()
    {
        // Reports are an hour apart, so the window holds only the previous value, and slow drift never alarms.
        double[] creep = [.. Enumerable.Range(0, 30).Select(i => 100 * Math.Pow(1.05, i))];

        Assert.Empty(Backtest.Threshold(History(creep), Percentage with { Window = 3600 }));
        Assert.NotEmpty(Backtest.Threshold(History(creep), Percentage));
    }

    private static List<PastReport> History(double[] values) =>
        [.. values.Select((value, i) => new PastReport(DateTimeOffset.UnixEpoch.AddHours(i), i, [value]))];

    private static double[] Values(int count, double level)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => level * (1 + 0.01 * Analysis.Noise.Normal(random)))];
    }
}
