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
    public void Limits_are_the_published_ones(
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
    public void Each_side_has_its_own_boundary_or_none()
    {
        var both = Judge.Limits(new Model(ModelTest.ZScore, LowerBoundary: 0.9, UpperBoundary: 0.99), Worked);
        var lower = Judge.Limits(new Model(ModelTest.ZScore, LowerBoundary: 0.9), Worked);
        var upper = Judge.Limits(new Model(ModelTest.ZScore, UpperBoundary: 0.99), Worked);

        Assert.Equal(both with { UpperLimit = null }, lower);
        Assert.Equal(both with { LowerLimit = null }, upper);
        Assert.True(both.UpperLimit - both.Baseline > both.Baseline - both.LowerLimit);
    }

    [Theory, MemberData(nameof(EveryTest))]
    public void Without_a_history_there_are_no_limits(ModelTest test) =>
        Assert.Equal(default, Judge.Limits(Of(test), []));

    [Theory]
    [InlineData(ModelTest.Static, true)]
    [InlineData(ModelTest.Percentage, true)]
    [InlineData(ModelTest.ZScore, false)]
    [InlineData(ModelTest.TTest, false)]
    [InlineData(ModelTest.LogNormal, false)]
    [InlineData(ModelTest.Iqr, true)]
    [InlineData(ModelTest.DeltaIqr, false)]
    public void One_value_is_enough_for_tests_without_a_spread(ModelTest test, bool isEnough) =>
        Assert.Equal(isEnough, Judge.Limits(Of(test), [7]) != default);

    [Theory, MemberData(nameof(EveryTest))]
    public void Two_values_are_enough_for_every_test(ModelTest test) =>
        Assert.NotEqual(default, Judge.Limits(Of(test), [7, 8]));

    [Theory]
    [InlineData(ModelTest.ZScore, false)]
    [InlineData(ModelTest.TTest, false)]
    [InlineData(ModelTest.LogNormal, false)]
    [InlineData(ModelTest.Percentage, true)]
    [InlineData(ModelTest.Iqr, true)]
    [InlineData(ModelTest.DeltaIqr, true)]
    public void A_constant_history_has_limits_only_where_no_deviation_is_asked_for(ModelTest test, bool hasLimits) =>
        Assert.Equal(hasLimits, Judge.Limits(Of(test), [1, 1, 1]) != default);

    [Fact]
    public void A_constant_history_whose_mean_is_rounded_has_limits_as_v0_computes_them() =>
        Assert.NotEqual(default, Judge.Limits(Of(ModelTest.TTest), [0.1, 0.1, 0.1]));

    [Fact]
    public void A_constant_history_leaves_an_interquartile_range_of_nothing()
    {
        var limits = Judge.Limits(Of(ModelTest.Iqr), [5, 5, 5]);

        Assert.Equal(new Boundary(5, 5, 5), limits);
        Assert.Null(limits.Violation(5));
        Assert.Equal(BoundaryLimit.Upper, limits.Violation(Math.BitIncrement(5)));
    }

    [Fact]
    public void A_history_shorter_than_the_minimum_gives_no_limits()
    {
        var model = new Model(ModelTest.Percentage, MinSampleSize: 3, UpperBoundary: 0.1);

        Assert.Equal(default, Judge.Limits(model, [1, 2]));
        Assert.Equal(2, Judge.Limits(model, [1, 2, 3]).Baseline);
    }

    [Fact]
    public void A_history_longer_than_the_maximum_loses_its_oldest()
    {
        var model = new Model(ModelTest.Percentage, MaxSampleSize: 2, UpperBoundary: 0.1);

        Assert.Equal(15, Judge.Limits(model, [10, 20, 600]).Baseline);
        Assert.Equal(10, Judge.Limits(model, [10]).Baseline);
    }

    [Fact]
    public void The_minimum_is_held_against_what_the_maximum_left() =>
        Assert.Equal(
            default,
            Judge.Limits(new Model(ModelTest.Iqr, MinSampleSize: 3, MaxSampleSize: 2, UpperBoundary: 1), [1, 2, 3, 4])
        );

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_value_without_a_logarithm_leaves_log_normal_without_limits(double value) =>
        Assert.Equal(default, Judge.Limits(Of(ModelTest.LogNormal), [1, 2, value, 3]));

    [Theory]
    [InlineData(new double[] { 0, 1, 2 })] // An infinite relative step.
    [InlineData(new double[] { 0, 0, 0 })] // 0 / 0.
    public void A_step_from_zero_leaves_delta_iqr_without_limits(double[] history) =>
        Assert.Equal(default, Judge.Limits(Of(ModelTest.DeltaIqr), history));

    [Fact]
    public void A_negative_mean_has_its_percentage_limits_crossed()
    {
        var limits = Judge.Limits(new Model(ModelTest.Percentage, LowerBoundary: 0.1, UpperBoundary: 0.1), [-10]);

        Assert.Equal(new Boundary(-10, -9, -11), limits);
        Assert.Equal(BoundaryLimit.Lower, limits.Violation(-10));
    }

    [Fact]
    public void With_many_values_t_becomes_z_and_with_two_it_is_far_wider()
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
    public void Values_that_overflow_give_no_limits_rather_than_infinite_ones()
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
    public void Huge_and_tiny_values_scale_like_any_other()
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
    public void No_history_whatever_gives_a_number_that_json_cannot_hold()
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
    public void Only_what_is_strictly_beyond_a_limit_violates_it(
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
