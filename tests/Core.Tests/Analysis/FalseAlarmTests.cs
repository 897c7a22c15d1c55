using Paddock.Core.Analysis;
using Xunit.Abstractions;

namespace Paddock.Core.Tests.Analysis;

/// <summary>On unchanged data, a boundary of 95 % raises a false alarm in 5 % of the cases.</summary>
public class FalseAlarmTests(ITestOutputHelper output)
{
    private const int Seed = 20_260_101;

    [Theory]
    [InlineData(2, 0.95)]
    [InlineData(5, 0.95)]
    [InlineData(10, 0.99)]
    [InlineData(64, 0.98)]
    public void The_t_test_has_its_nominal_false_alarm_rate_at_any_sample_size(int count, double boundary) =>
        AssertRate(
            1 - boundary,
            AlarmRate(new Model(ModelTest.TTest, UpperBoundary: boundary), count, normal => 100 + 5 * normal)
        );

    [Fact]
    public void The_two_sided_t_test_has_its_nominal_false_alarm_rate() =>
        AssertRate(
            0.05,
            AlarmRate(new Model(ModelTest.TTest, LowerBoundary: 0.975, UpperBoundary: 0.975), 12, normal => -3 + normal)
        );

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.95)]
    public void The_z_score_has_its_nominal_false_alarm_rate_for_large_samples(double boundary) =>
        AssertRate(
            1 - boundary,
            AlarmRate(new Model(ModelTest.ZScore, UpperBoundary: boundary), 500, normal => 100 + 5 * normal),
            slack: 0.002
        );

    [Fact]
    public void The_log_normal_test_has_its_nominal_false_alarm_rate_for_large_samples() =>
        AssertRate(
            0.05,
            AlarmRate(new Model(ModelTest.LogNormal, UpperBoundary: 0.95), 500, normal => Math.Exp(2 + 0.5 * normal)),
            slack: 0.002
        );

    [Fact]
    public void The_z_score_exceeds_its_nominal_false_alarm_rate_for_small_samples()
    {
        // The z-score treats the deviation of five values as the true deviation; the t-test corrects this.
        var (rate, _) = AlarmRate(new Model(ModelTest.ZScore, UpperBoundary: 0.95), 5, normal => 100 + 5 * normal);
        Assert.InRange(rate, 0.08, 0.12);
    }

    private (double Rate, int Rounds) AlarmRate(Model model, int count, Func<double, double> draw)
    {
        var random = new Random(Seed);
        var (history, alarms, rounds) = (new double[count], 0, count > 50 ? 5_000 : 30_000);
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < count; i++)
                history[i] = draw(NextNormal(random));
            if (Judge.Limits(model, history).Violation(draw(NextNormal(random))) is not null)
                alarms++;
        }
        output.WriteLine($"seed {Seed}: {model.Test} of {count} values alarms in {100.0 * alarms / rounds:F2} %");
        return (alarms / (double)rounds, rounds);
    }

    // Four standard errors of the observed rate. The slack allows for tests that are only approximate.
    private static void AssertRate(double expected, (double Rate, int Rounds) seen, double slack = 0)
    {
        var margin = 4 * Math.Sqrt(expected * (1 - expected) / seen.Rounds) + slack;
        Assert.InRange(seen.Rate, expected - margin, expected + margin);
    }

    /// <summary>Box and Muller (1958), which is independent of the quantile function under test.</summary>
    private static double NextNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
