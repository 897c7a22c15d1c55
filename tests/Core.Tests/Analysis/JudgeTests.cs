using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

public class JudgeTests
{
    private static readonly double[] Worked = [110, 100, 105, 95, 90];

    public static TheoryData<ModelTest, double, double[], double, double, double, double> CheckValues =>
        new()
        {
            // Test, boundary, history (newest first), baseline, lower, upper, tolerance. The values computed by hand
            // have seven digits.
            { ModelTest.Percentage, 5, [1], 1, -4, 6, 1e-9 },
            { ModelTest.Percentage, 0.1, [1, 1, 1], 1, 0.9, 1.1, 1e-9 },
            { ModelTest.Percentage, 0.1, Worked, 100, 90, 110, 1e-9 },
            { ModelTest.ZScore, 0.85, SampleOf(0, 1, 6), 0, -1.0364333894937896, 1.0364333894937896, 1e-9 },
            { ModelTest.ZScore, 0.977, SampleOf(100, 10, 25), 100, 80.04606689832175, 119.95393310167825, 1e-9 },
            { ModelTest.ZScore, 0.95, Worked, 100, 86.99629, 113.00371, 1e-7 },
            { ModelTest.TTest, 0.85, SampleOf(0, 1, 6), 0, -1.2483714094976244, 1.2483714094976244, 1e-9 },
            { ModelTest.TTest, 0.977, SampleOf(100, 10, 25), 100, 78.53909652847402, 121.46090347152598, 1e-9 },
            { ModelTest.TTest, 0.95, Worked, 100, 81.53767, 118.46233, 1e-7 },
            {
                ModelTest.LogNormal,
                0.85,
                Repeat([1, 2, 3, 4, 5], 6),
                2.6051710846973517,
                0.467218645251152,
                4.743123524143551,
                1e-9
            },
            {
                ModelTest.LogNormal,
                0.977,
                [.. Repeat([98, 99, 100, 101, 102], 5), 200],
                102.69192869301948,
                70.49040406473313,
                134.89345332130583,
                1e-9
            },
            { ModelTest.LogNormal, 0.95, Worked, 99.74925, 85.84837, 113.65012, 1e-7 },
            { ModelTest.Iqr, 1.5, [0, 1, 2, 3, 4], 2, -1, 5, 1e-9 },
            { ModelTest.Iqr, 2, Worked, 100, 80, 120, 1e-9 },
            { ModelTest.Iqr, 1, [-6, -6, 1, 1, 9, 9], 1, -10.25, 12.25, 1e-9 },
            { ModelTest.DeltaIqr, 2, Worked, 100, 91.99647, 108.00353, 1e-7 },
            { ModelTest.Static, 3, [1], double.NaN, 3, 3, 1e-9 },
        };

    [Theory, MemberData(nameof(CheckValues))]
    public void Limits_match_reference_values(
        ModelTest test,
        double boundary,
        double[] history,
        double baseline,
        double lower,
        double upper,
        double tolerance
    )
    {
        var limits = Judge.Limits(new Model(test, LowerBoundary: boundary, UpperBoundary: boundary), history);

        if (double.IsNaN(baseline))
            Assert.Null(limits.Baseline);
        else
            Near.Equal(baseline, limits.Baseline, tolerance);
        Near.Equal(lower, limits.LowerLimit, tolerance);
        Near.Equal(upper, limits.UpperLimit, tolerance);
    }

    [Fact]
    public void The_lower_and_the_upper_limit_have_separate_optional_boundaries()
    {
        var both = Judge.Limits(new Model(ModelTest.ZScore, LowerBoundary: 0.9, UpperBoundary: 0.99), Worked);
        var lower = Judge.Limits(new Model(ModelTest.ZScore, LowerBoundary: 0.9), Worked);
        var upper = Judge.Limits(new Model(ModelTest.ZScore, UpperBoundary: 0.99), Worked);

        Assert.Equal(both with { UpperLimit = null }, lower);
        Assert.Equal(both with { LowerLimit = null }, upper);
        Assert.True(both.UpperLimit - both.Baseline > both.Baseline - both.LowerLimit);
    }

    [Theory, MemberData(nameof(EveryTest))]
    public void An_empty_history_gives_no_limits(ModelTest test) => Assert.Equal(default, Judge.Limits(Of(test), []));

    [Theory]
    [InlineData(ModelTest.Static, true)]
    [InlineData(ModelTest.Percentage, true)]
    [InlineData(ModelTest.ZScore, false)]
    [InlineData(ModelTest.TTest, false)]
    [InlineData(ModelTest.LogNormal, false)]
    [InlineData(ModelTest.Iqr, true)]
    [InlineData(ModelTest.DeltaIqr, false)]
    public void A_single_value_gives_limits_only_for_static_percentage_and_IQR_tests(ModelTest test, bool isEnough) =>
        Assert.Equal(isEnough, Judge.Limits(Of(test), [7]) != default);

    [Theory, MemberData(nameof(EveryTest))]
    public void Two_different_values_give_limits_for_every_test(ModelTest test) =>
        Assert.NotEqual(default, Judge.Limits(Of(test), [7, 8]));

    [Theory]
    [InlineData(ModelTest.ZScore, false)]
    [InlineData(ModelTest.TTest, false)]
    [InlineData(ModelTest.LogNormal, false)]
    [InlineData(ModelTest.Percentage, true)]
    [InlineData(ModelTest.Iqr, true)]
    [InlineData(ModelTest.DeltaIqr, true)]
    public void A_constant_history_gives_limits_only_for_tests_that_need_no_deviation(ModelTest test, bool hasLimits) =>
        Assert.Equal(hasLimits, Judge.Limits(Of(test), [1, 1, 1]) != default);

    [Fact]
    public void A_constant_history_with_a_rounded_mean_gives_limits_as_in_v0() =>
        Assert.NotEqual(default, Judge.Limits(Of(ModelTest.TTest), [0.1, 0.1, 0.1]));

    [Fact]
    public void A_constant_history_gives_IQR_limits_equal_to_its_value()
    {
        var limits = Judge.Limits(Of(ModelTest.Iqr), [5, 5, 5]);

        Assert.Equal(new Boundary(5, 5, 5), limits);
        Assert.Null(limits.Violation(5));
        Assert.Equal(BoundaryLimit.Upper, limits.Violation(Math.BitIncrement(5)));
    }

    [Fact]
    public void A_history_below_the_minimum_sample_size_gives_no_limits()
    {
        var model = new Model(ModelTest.Percentage, MinSampleSize: 3, UpperBoundary: 0.1);

        Assert.Equal(default, Judge.Limits(model, [1, 2]));
        Assert.Equal(2, Judge.Limits(model, [1, 2, 3]).Baseline);
    }

    [Fact]
    public void A_history_above_the_maximum_sample_size_drops_its_oldest_values()
    {
        var model = new Model(ModelTest.Percentage, MaxSampleSize: 2, UpperBoundary: 0.1);

        Assert.Equal(15, Judge.Limits(model, [10, 20, 600]).Baseline);
        Assert.Equal(10, Judge.Limits(model, [10]).Baseline);
    }

    [Fact]
    public void The_minimum_sample_size_is_checked_after_the_maximum_is_applied() =>
        Assert.Equal(
            default,
            Judge.Limits(new Model(ModelTest.Iqr, MinSampleSize: 3, MaxSampleSize: 2, UpperBoundary: 1), [1, 2, 3, 4])
        );

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_value_of_zero_or_less_gives_no_log_normal_limits(double value) =>
        Assert.Equal(default, Judge.Limits(Of(ModelTest.LogNormal), [1, 2, value, 3]));

    [Theory]
    [InlineData(new double[] { 0, 1, 2 })] // An infinite relative step.
    [InlineData(new double[] { 0, 0, 0 })] // 0 / 0.
    public void A_step_from_zero_gives_no_delta_IQR_limits(double[] history) =>
        Assert.Equal(default, Judge.Limits(Of(ModelTest.DeltaIqr), history));

    [Fact]
    public void A_negative_mean_reverses_the_percentage_limits()
    {
        var limits = Judge.Limits(new Model(ModelTest.Percentage, LowerBoundary: 0.1, UpperBoundary: 0.1), [-10]);

        Assert.Equal(new Boundary(-10, -9, -11), limits);
        Assert.Equal(BoundaryLimit.Lower, limits.Violation(-10));
    }

    [Fact]
    public void The_t_test_limit_approaches_the_z_score_for_many_values_and_is_far_wider_for_two()
    {
        double Upper(ModelTest test, double[] history) =>
            Judge.Limits(new Model(test, UpperBoundary: 0.977), history).UpperLimit!.Value;

        Assert.Equal(
            Upper(ModelTest.ZScore, SampleOf(0, 1, 10_000)),
            Upper(ModelTest.TTest, SampleOf(0, 1, 10_000)),
            1e-3
        );
        Assert.InRange(Upper(ModelTest.TTest, [1, 2]), Upper(ModelTest.ZScore, [1, 2]) + 1, 100);
    }

    [Fact]
    public void Values_that_overflow_give_no_infinite_limits()
    {
        foreach (var test in Enum.GetValues<ModelTest>().Where(t => t != ModelTest.Static))
        {
            var limits = Judge.Limits(Of(test), [double.MaxValue, -double.MaxValue, double.MaxValue, double.MaxValue]);
            Assert.True(IsFinite(limits), $"{test}: {limits}");
        }
        Assert.Equal(
            default,
            Judge.Limits(new Model(ModelTest.Percentage, LowerBoundary: 0.1, UpperBoundary: 1e10), [1e300])
        );
    }

    [Fact]
    public void Limits_scale_with_huge_and_tiny_values()
    {
        foreach (var scale in (double[])[1e-150, 1e-9, 1e9, 1e150])
        {
            double[] scaled = [.. Worked.Select(v => v * scale)];
            foreach (var test in Enum.GetValues<ModelTest>().Where(t => t != ModelTest.Static))
            {
                var (expected, actual) = (Judge.Limits(Of(test), Worked), Judge.Limits(Of(test), scaled));
                Near.Equal(expected.Baseline!.Value * scale, actual.Baseline);
                Near.Equal(expected.LowerLimit!.Value * scale, actual.LowerLimit);
                Near.Equal(expected.UpperLimit!.Value * scale, actual.UpperLimit);
            }
        }
    }

    [Fact]
    public void Limits_of_any_history_are_finite()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        double[] awkward =
        [
            0,
            -0.0,
            double.Epsilon,
            -double.Epsilon,
            1e-300,
            1e300,
            double.MaxValue,
            double.MinValue,
            1,
            -1,
            0.1,
        ];
        for (var round = 0; round < 20_000; round++)
        {
            double[] history =
            [
                .. Enumerable.Range(0, random.Next(8)).Select(_ => awkward[random.Next(awkward.Length)]),
            ];
            foreach (var test in Enum.GetValues<ModelTest>())
            {
                var limits = Judge.Limits(Of(test), history);
                Assert.True(IsFinite(limits), $"seed {seed}: {test} of [{string.Join(' ', history)}] is {limits}");
            }
        }
    }

    [Theory]
    [InlineData(1.0, 3.0, 1.0, null)]
    [InlineData(1.0, 3.0, 3.0, null)]
    [InlineData(1.0, 3.0, 0.999, BoundaryLimit.Lower)]
    [InlineData(1.0, 3.0, 3.001, BoundaryLimit.Upper)]
    [InlineData(null, 3.0, -1e9, null)]
    [InlineData(1.0, null, 1e9, null)]
    [InlineData(null, null, 0.0, null)]
    public void A_value_violates_a_limit_only_when_strictly_beyond_it(
        double? lower,
        double? upper,
        double value,
        BoundaryLimit? violation
    ) => Assert.Equal(violation, new Boundary(null, lower, upper).Violation(value));

    public static TheoryData<ModelTest> EveryTest => [.. Enum.GetValues<ModelTest>()];

    private static Model Of(ModelTest test) => new(test, LowerBoundary: 0.75, UpperBoundary: 0.95);

    private static bool IsFinite(Boundary b) =>
        double.IsFinite(b.Baseline ?? 0) && double.IsFinite(b.LowerLimit ?? 0) && double.IsFinite(b.UpperLimit ?? 0);

    private static double[] Repeat(double[] values, int times) =>
        [.. Enumerable.Repeat(values, times).SelectMany(v => v)];

    /// <summary>Returns count values with this mean and sample deviation.</summary>
    private static double[] SampleOf(double mean, double deviation, int count)
    {
        double[] ramp = [.. Enumerable.Range(0, count).Select(i => i - (count - 1) / 2.0)];
        var unit = Math.Sqrt(ramp.Sum(v => v * v) / (count - 1));
        return [.. ramp.Select(v => mean + deviation * v / unit)];
    }
}
