using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

/// <summary>Limits that are missing, or that no likely value can cross.</summary>
public sealed class WeaknessTests
{
    [Theory]
    [InlineData(ModelTest.TTest, new double[] { 0, 0, 0, 0, 0, 0, 0, 0 }, NoLimits.NoSpread)]
    [InlineData(ModelTest.ZScore, new double[] { 5, 5 }, NoLimits.NoSpread)]
    [InlineData(ModelTest.LogNormal, new double[] { 7, 7, 7 }, NoLimits.NoSpread)]
    [InlineData(ModelTest.LogNormal, new double[] { 7, 0, 7 }, NoLimits.NotPositive)]
    [InlineData(ModelTest.LogNormal, new double[] { 7, -1, 7 }, NoLimits.NotPositive)]
    [InlineData(ModelTest.DeltaIqr, new double[] { 0, 0, 0, 1 }, NoLimits.StepFromZero)]
    [InlineData(ModelTest.TTest, new double[] { 1 }, NoLimits.TooLittleHistory)]
    [InlineData(ModelTest.TTest, new double[] { }, NoLimits.TooLittleHistory)]
    [InlineData(ModelTest.Static, new double[] { }, NoLimits.TooLittleHistory)]
    [InlineData(ModelTest.Percentage, new double[] { double.MaxValue, double.MaxValue }, NoLimits.OutOfRange)]
    public void Missing_limits_have_a_reason(ModelTest test, double[] history, NoLimits why)
    {
        var model = new Model(
            test,
            UpperBoundary: test is ModelTest.Static or ModelTest.Percentage or ModelTest.DeltaIqr ? 2 : 0.95
        );

        Assert.Equal(default, Judge.Limits(model, history));
        Assert.Equal(why, Judge.WhyNone(model, history));
    }

    [Fact]
    public void A_history_below_the_minimum_sample_size_is_too_short_whatever_its_spread()
    {
        var model = new Model(ModelTest.TTest, MinSampleSize: 9, UpperBoundary: 0.95);

        Assert.Equal(NoLimits.TooLittleHistory, Judge.WhyNone(model, [5, 5, 5]));
    }

    [Theory]
    [InlineData(ModelTest.TTest, 38_000.0, -16_697.0, null, 20_000, true, "below zero")]
    [InlineData(ModelTest.Percentage, 10.0, -5.0, null, 1, true, "below zero")]
    [InlineData(ModelTest.Static, null, 0.0, null, 1, true, "below zero")]
    [InlineData(ModelTest.TTest, 10.0, -1.0, 12.0, 9, false, "lower limit below zero")]
    [InlineData(ModelTest.TTest, 10.0, null, 2_750.0, 23.1, false, "+27,400 %")]
    [InlineData(ModelTest.ZScore, 10.0, 4.0, null, 9, false, "-60 %")]
    public void Limits_that_can_hardly_or_never_be_crossed_are_weak(
        ModelTest test,
        double? baseline,
        double? lower,
        double? upper,
        double value,
        bool cannot,
        string words
    )
    {
        var weakness = Weakness.Of(test, new(baseline, lower, upper), value);

        Assert.Equal(cannot, weakness?.CannotFire);
        Assert.Contains(words, weakness?.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ModelTest.TTest, 10.0, 8.0, 12.0, 10)]
    [InlineData(ModelTest.Percentage, 10.0, null, 30.0, 23.1)] // A percentage that the user chose.
    [InlineData(ModelTest.Static, null, null, 30.0, 23.1)]
    [InlineData(ModelTest.TTest, -10.0, -12.0, null, -11)] // A measure with negative values.
    public void Limits_that_can_be_crossed_are_not_weak(
        ModelTest test,
        double? baseline,
        double? lower,
        double? upper,
        double value
    ) => Assert.Null(Weakness.Of(test, new(baseline, lower, upper), value));

    [Theory]
    [InlineData("nanoseconds (ns)", Direction.LowerIsBetter)]
    [InlineData("ns/op", Direction.LowerIsBetter)]
    [InlineData("B/op", Direction.LowerIsBetter)]
    [InlineData("bytes (B)", Direction.LowerIsBetter)]
    [InlineData("instructions", Direction.LowerIsBetter)]
    [InlineData("misses (%)", Direction.LowerIsBetter)]
    [InlineData("msec/usec/nsec", Direction.LowerIsBetter)]
    [InlineData("operations / second (ops/s)", Direction.HigherIsBetter)]
    [InlineData("bytes / second (B/s)", Direction.HigherIsBetter)]
    [InlineData("MiB/s", Direction.HigherIsBetter)]
    [InlineData("req/sec", Direction.HigherIsBetter)]
    [InlineData("hits (%)", Direction.HigherIsBetter)]
    [InlineData("hits", Direction.Unknown)]
    [InlineData("Measure (units)", Direction.Unknown)]
    [InlineData("points", Direction.Unknown)]
    [InlineData("", Direction.Unknown)]
    public void The_units_of_a_measure_determine_its_direction(string units, Direction direction) =>
        Assert.Equal(direction, Directions.Of(units));
}
