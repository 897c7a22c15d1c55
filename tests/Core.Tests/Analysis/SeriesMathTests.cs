using MathNet.Numerics.Statistics;
using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

/// <summary>Small functions: correlation, spread, split, power, and significance levels for multiple tests.</summary>
public class SeriesMathTests
{
    [Fact]
    public void Autocorrelation_is_detected_when_present_and_rarely_when_absent()
    {
        const int Seed = 51;
        var random = new Random(Seed);
        var (seen, blamed) = (0, 0);
        for (var round = 0; round < 200; round++)
        {
            if (Series(random, 0.5, 200).Coefficient(1.5) > 0.4)
                seen++;
            if (Series(random, 0, 200).Coefficient(1.5) > 0)
                blamed++;
        }
        Assert.True(seen >= 198 && blamed < 30, $"seed {Seed}: {seen} of 200 detected, {blamed} of 200 false");
    }

    [Fact]
    public void Autocorrelation_matches_the_textbook_formula_and_ignores_scale()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => Math.Sin(i / 5.0) + i % 7 * 0.1)];
        var mean = values.Average();
        var textbook =
            values.Zip(values.Skip(1), (a, b) => (a - mean) * (b - mean)).Sum()
            / values.Sum(v => (v - mean) * (v - mean));
        Assert.Equal(textbook, Of(values).Estimate, 0.02);
        Near.Equal(Of(values).Estimate, Of([.. values.Select(v => 1000 * v)]).Estimate);
    }

    [Fact]
    public void Few_or_equal_values_have_no_autocorrelation_and_NaN_is_ignored()
    {
        Assert.Equal(0, default(SerialSums).Coefficient(1));
        Assert.Equal(0, Of([.. Enumerable.Range(0, 19).Select(i => (double)i)]).Coefficient(1));
        Assert.Equal(0, Of([.. Enumerable.Repeat(0.1, 100)]).Coefficient(1));
        Assert.Equal(Of([1, 2, 3]), Of([1, double.NaN, 2, double.PositiveInfinity, 3]));
    }

    [Fact]
    public void Median_deviation_and_quantiles_agree_with_Math_NET()
    {
        var random = new Random(52);
        for (var n = 1; n < 60; n++)
        {
            float[] values =
            [
                .. Enumerable.Range(0, n).Select(_ => n % 3 == 0 ? random.Next(5) : (float)Noise.Normal(random)),
            ];
            Array.Sort(values);
            double[] wide = [.. values.Select(v => (double)v)];
            var median = wide.Median();
            var spread = Spread.OfSorted(values);
            Assert.Equal(median, spread.Median, 1e-9);
            Assert.Equal(1.4826 * wide.Select(v => Math.Abs(v - median)).Median(), spread.Deviation, 1e-9);
            Assert.Equal(wide.QuantileCustom(0.95, QuantileDefinition.R7), Spread.QuantileOfSorted(values, 0.95), 1e-6);
        }
        Assert.True(double.IsNaN(Spread.OfSorted([]).Median));
        Assert.Equal(new(7, 0), Spread.OfSorted([7]));
    }

    [Fact]
    public void The_best_split_is_where_the_level_changes()
    {
        Assert.Equal(4, BestSplit.Locate([1, 1, 1, 1, 2, 2, 2], 1));
        Assert.Equal(5, BestSplit.Locate([1, 1.1f, 1, 1.2f, 1, 2, 2.1f, 2], 1));
        Assert.Equal(2, BestSplit.Locate([1, 9, 9], 2));
        Assert.Equal((0, -1), (BestSplit.Locate([5], 1), BestSplit.Locate([], 1)));
    }

    [Fact]
    public void A_step_of_the_stated_detectable_size_is_usually_detected()
    {
        const int Seed = 53;
        var random = new Random(Seed);
        foreach (
            var (n, m, level) in ((int, int, double)[])
                [(120, 3, 6e-6), (120, 12, 3e-6), (40, 8, 1e-4), (30, 5, 1e-3), (120, 1, 0.01)]
        )
        {
            var step = Power.StepSeen(n, m, 1, level);
            var critical = RankSum.Critical(n, m, level)!.Value;
            var seen = Enumerable
                .Range(0, 500)
                .Count(_ =>
                {
                    float[] old = [.. Enumerable.Range(0, n).Select(_ => (float)Noise.Normal(random))];
                    return RankSum.Above(
                            [.. Enumerable.Range(0, m).Select(_ => (float)(step + Noise.Normal(random)))],
                            old
                        ) >= critical;
                });
            Assert.True(
                seen is > 375 and < 496,
                $"seed {Seed}: step {step} seen in {seen} of 500, with {m} values after {n} at level {level}"
            );
        }
        Assert.Equal(double.PositiveInfinity, Power.StepSeen(10, 3, 1, 6e-6));
        Assert.Equal(double.PositiveInfinity, Power.StepSeen(0, 3, 1, 0.1));
        Assert.Equal(0, Power.StepSeen(30, 5, 0, 1e-3));
    }

    [Theory] // Pairs that a one-sided paired t-test was measured to need for 95 % power.
    [InlineData(0.005, 1, 40)]
    [InlineData(0.005, 0.5, 146)]
    [InlineData(0.001, 2, 17)]
    [InlineData(0.0001, 3, 13)]
    public void The_number_of_pairs_for_a_step_is_close_to_the_measured_number(
        double level,
        double effectByVariation,
        int pairs
    ) => Assert.InRange(Power.PairsFor(effectByVariation * 0.01, 0.01, level), pairs - 4, pairs + 3);

    [Fact]
    public void A_step_of_zero_has_no_sufficient_number_of_pairs_and_a_noiseless_step_needs_nine()
    {
        Assert.Equal(int.MaxValue, Power.PairsFor(0, 0.01, 0.0025));
        Assert.Equal(9, Power.PairsFor(1, 0, 0.0025));
    }

    [Fact]
    public void The_Benjamini_Hochberg_threshold_rejects_four_tests_in_the_example_of_the_paper()
    {
        double[] p =
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.3240,
            0.4262,
            0.5719,
            0.6528,
            0.7590,
            1,
        ];
        Assert.Equal(0.0095, BenjaminiHochberg.Threshold(p, 15, 0.05)); // Section 4.1 of the paper.
        Array.Reverse(p);
        Assert.Equal(0.0095, BenjaminiHochberg.Threshold(p, 15, 0.05));
    }

    [Fact]
    public void The_Benjamini_Hochberg_threshold_counts_all_tests_including_those_without_a_p_value()
    {
        Assert.Equal(0, BenjaminiHochberg.Threshold([], 0, 0.01));
        Assert.Equal(0, BenjaminiHochberg.Threshold([double.NaN], 1, 0.01));
        Assert.Equal(0.004, BenjaminiHochberg.Threshold([0.004], 1, 0.01));
        Assert.Equal(0, BenjaminiHochberg.Threshold([0.004], 112, 0.01));
    }

    [Fact]
    public void Alpha_spending_never_exceeds_its_budget_and_returns_only_the_unattained_level()
    {
        var random = new Random(54);
        var (budget, spent) = (new AlphaSpending(1, 1000), 0.0);
        for (var test = 0; test < 3000; test++)
        {
            var attained = budget.Next * random.NextDouble();
            spent += attained;
            budget = budget.After(attained);
        }
        Assert.True(spent <= 1 + 1e-9);
        Assert.Equal(0.001, new AlphaSpending(1, 1000).Next);
        Assert.Equal(0.001, new AlphaSpending(1, 1000).After(0.001).Next, 1e-12);
        Assert.True(new AlphaSpending(1, 1000).After(0).Next > 0.001);
        Assert.Equal((0, 0), (new AlphaSpending(0, 0).Next, new AlphaSpending(0.1, 10).After(1).Next));
    }

    private static SerialSums Of(double[] values) =>
        values.Aggregate(default(SerialSums), (sums, value) => sums.With(value));

    private static SerialSums Series(Random random, double correlation, int count)
    {
        var (sums, x) = (default(SerialSums), Noise.Normal(random));
        for (var i = 0; i < count; i++)
        {
            sums = sums.With(x);
            x = correlation * x + Math.Sqrt(1 - correlation * correlation) * Noise.Normal(random);
        }
        return sums;
    }
}
