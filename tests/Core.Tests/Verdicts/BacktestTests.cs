using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Series with known alarms.</summary>
public sealed class BacktestTests
{
    private static readonly Rules LowerIsBetter = new() { Direction = Direction.LowerIsBetter };
    private static readonly Model Percentage = new(ModelTest.Percentage, UpperBoundary: 0.1);

    [Fact]
    public void A_step_is_one_alarm_of_verdicts_that_persists()
    {
        var alarm = Assert.Single(Backtest.Verdicts(History([.. Values(40, 100), .. Values(40, 135)]), LowerIsBetter));

        Assert.InRange(alarm.Report, 40, 50);
        Assert.True(alarm.Persists);
        Assert.Empty(Backtest.Verdicts(History([.. Values(40, 100), .. Values(40, 70)]), LowerIsBetter));
        Assert.Empty(Backtest.Verdicts([], LowerIsBetter));
    }

    [Fact]
    public void A_threshold_alarms_at_each_value_outside_and_an_outlier_does_not_persist()
    {
        double[] values = [.. Values(20, 100), 150, .. Values(20, 100)];

        var alarm = Assert.Single(Backtest.Threshold(History(values), Percentage));

        Assert.Equal((20, false), (alarm.Report, alarm.Persists));
        Assert.Empty(Backtest.Verdicts(History(values), LowerIsBetter));
    }

    [Fact]
    public void Too_few_values_after_an_alarm_cannot_tell_whether_it_persists()
    {
        var alarms = Backtest.Threshold(History([.. Values(20, 100), .. Values(4, 150)]), Percentage);

        Assert.NotEmpty(alarms);
        Assert.All(alarms, alarm => Assert.Null(alarm.Persists));
    }

    [Fact]
    public void A_window_leaves_out_what_is_too_old()
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
