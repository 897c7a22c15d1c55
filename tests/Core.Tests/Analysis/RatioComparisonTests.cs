using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

public sealed class RatioComparisonTests
{
    [Fact]
    public void A_comparison_with_an_empty_side_is_undefined()
    {
        Assert.True(double.IsNaN(RatioComparison.Of([], [1, 2, 3]).Effect));
        Assert.True(double.IsNaN(RatioComparison.Of([1, 2, 3], []).P));
    }

    [Fact]
    public void A_comparison_of_two_single_values_has_an_effect_and_no_interval()
    {
        var found = RatioComparison.Of([100], [108]);

        Assert.Equal(0.08, found.Effect, 12);
        Assert.True(double.IsNaN(found.Low) && double.IsNaN(found.High) && double.IsNaN(found.P));
    }

    [Fact]
    public void Equal_values_show_no_difference_and_any_other_value_shows_a_certain_one()
    {
        var same = RatioComparison.Of([0.1, 0.1, 0.1], [0.1, 0.1]);
        Assert.Equal((0.0, 0.0, 0.0, 1.0), (same.Effect, same.Low, same.High, same.P));

        var other = RatioComparison.Of([100, 100, 100], [150]);
        Assert.Equal(0.5, other.Effect, 12);
        Assert.Equal((other.Effect, other.Effect, 0.0), (other.Low, other.High, other.P));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_value_that_is_not_positive_and_finite_gives_no_interval(double value) =>
        Assert.True(double.IsNaN(RatioComparison.Of([100, 101, value], [100, 99]).P));

    [Fact]
    public void A_single_head_value_is_compared_with_the_spread_of_the_base()
    {
        double[] quiet = [100, 101, 99, 100.5, 99.5, 100, 101, 99];

        Assert.True(RatioComparison.Of(quiet, [110]).P < 0.001);
        Assert.True(RatioComparison.Of(quiet, [100.8]).P > 0.05);
    }

    [Fact]
    public void The_confidence_interval_contains_the_true_ratio_in_95_percent_of_cases()
    {
        const int Rounds = 4000;
        var random = new Random(17);
        double Value(double level) =>
            level
            * Math.Exp(
                0.03 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())
            );
        var held = 0;
        for (var round = 0; round < Rounds; round++)
        {
            double[] before = [.. Enumerable.Range(0, 8).Select(_ => Value(100))],
                after = [.. Enumerable.Range(0, 3).Select(_ => Value(104))];
            var found = RatioComparison.Of(before, after);
            if (found.Low <= 0.04 && found.High >= 0.04)
                held++;
        }

        Assert.InRange(held / (double)Rounds, 0.94, 0.96);
    }
}
