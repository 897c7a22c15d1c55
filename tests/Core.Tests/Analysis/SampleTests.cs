using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

public class SampleTests
{
    [Theory]
    [InlineData(new double[] { 1, 2 }, 0.7071067811865476)]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 1.5811388300841898)]
    public void The_sample_deviation_divides_by_the_count_minus_one(double[] values, double deviation) =>
        Near.Equal(deviation, Sample.MeanAndDeviation(values).Deviation);

    [Theory]
    [InlineData(new double[] { })]
    [InlineData(new double[] { 5 })]
    [InlineData(new double[] { 5, 5, 5 })]
    [InlineData(new[] { 1.0, 1.0, 1.0 })]
    [InlineData(new[] { double.MaxValue, -double.MaxValue })]
    public void The_deviation_is_NaN_without_spread_and_on_overflow(double[] values) =>
        Assert.True(double.IsNaN(Sample.MeanAndDeviation(values).Deviation));

    [Fact]
    public void A_small_deviation_around_a_large_mean_is_not_lost_to_rounding()
    {
        var (mean, deviation) = Sample.MeanAndDeviation([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
        Near.Equal(1e9 + 10, mean);
        Near.Equal(Math.Sqrt(30), deviation); // The worked example in Chan, Golub and LeVeque.
    }

    [Theory]
    [InlineData(new double[] { 1, 2 }, 0.34657359027997264, 0.49012907173427356)]
    [InlineData(new double[] { 1, 2, 3 }, 0.5972531564093516, 0.5555483670248627)]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 0.9574983485564091, 0.6355094387463041)]
    [InlineData(new double[] { 5, 1, 4, 2, 3 }, 0.9574983485564091, 0.6355094387463041)]
    public void The_mean_and_deviation_of_logarithms_match_reference_values(
        double[] values,
        double mean,
        double deviation
    )
    {
        var logs = Sample.MeanAndDeviation([.. values.Select(v => Math.Log(v))]);
        Near.Equal(mean, logs.Mean);
        Near.Equal(deviation, logs.Deviation);
    }

    [Theory]
    [InlineData(new double[] { 1 }, 1, 1, 1)]
    [InlineData(new double[] { 1, 2 }, 1.25, 1.5, 1.75)]
    [InlineData(new double[] { 1, 2, 3 }, 1.5, 2, 2.5)]
    [InlineData(new double[] { 5, 3, 1, 2, 4 }, 2, 3, 4)]
    [InlineData(new double[] { -6, -6, 1, 1, 9, 9 }, -4.25, 1, 7)]
    public void Quartiles_are_interpolated_between_ranks(double[] values, double first, double median, double third) =>
        Assert.Equal((first, median, third), Sample.Quartiles(values));

    [Theory]
    [InlineData(new double[] { 1, 2 }, 1, 1, 1)]
    [InlineData(new double[] { 1, 2, 3 }, 0.625, 0.75, 0.875)]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 0.3125, 0.41666666666666663, 0.625)]
    [InlineData(new double[] { 5, 4, 3, 2, 1 }, 0.2375, 0.29166666666666663, 0.375)]
    [InlineData(new double[] { -6, -6, 1, 1, 9, 9 }, 0, 0, 1.1666666666666667)]
    public void Delta_quartiles_divide_each_step_by_the_newer_value(
        double[] newestFirst,
        double first,
        double median,
        double third
    )
    {
        var quartiles = Sample.DeltaQuartiles(newestFirst);
        Near.Equal(first, quartiles.First);
        Near.Equal(median, quartiles.Median);
        Near.Equal(third, quartiles.Third);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5000)]
    public void Mean_deviation_and_quartiles_agree_with_Math_NET_at_any_length(int length)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        double[] values = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() * 1e6 - 4e5)];

        Near.Equal(MathNet.Numerics.Statistics.Statistics.Mean(values), Sample.Mean(values));
        if (length > 1)
            Near.Equal(
                MathNet.Numerics.Statistics.Statistics.StandardDeviation(values),
                Sample.MeanAndDeviation(values).Deviation
            );
        var (first, median, third) = Sample.Quartiles(values);
        Near.Equal(Oracle(0.25), first);
        Near.Equal(Oracle(0.5), median);
        Near.Equal(Oracle(0.75), third);

        double Oracle(double p) =>
            MathNet.Numerics.Statistics.Statistics.QuantileCustom(
                values,
                p,
                MathNet.Numerics.Statistics.QuantileDefinition.R7
            );
    }

    [Fact]
    public void Quartiles_do_not_depend_on_the_order_of_values()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var (count, kinds) = (random.Next(1, 3000), random.Next(1, 50));
            double[] values = (round % 5) switch
            {
                0 => [.. Enumerable.Range(0, count).Select(i => (double)i)],
                1 => [.. Enumerable.Range(0, count).Select(i => (double)-i)],
                2 => [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(kinds))], // Ties.
                3 => [.. Enumerable.Range(0, count).Select(i => (double)Math.Min(i, count - i))], // Poor pivots.
                _ => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())],
            };
            double[] sorted = [.. values.Order()];

            var (first, median, third) = Sample.Quartiles(values);

            Assert.True((At(0.25), At(0.5), At(0.75)) == (first, median, third), $"seed {seed}, round {round}");

            double At(double p)
            {
                var (below, fraction) = ((int)(p * (count - 1)), p * (count - 1) % 1);
                return fraction == 0 ? sorted[below] : sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
            }
        }
    }
}
