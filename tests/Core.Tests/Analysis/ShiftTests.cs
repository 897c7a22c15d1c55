using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

public class ShiftTests
{
    [Fact]
    public void The_shift_is_the_median_of_all_pairwise_differences()
    {
        var shift = Shift.Between([1, 2, 4], [10, 13]);
        Assert.Equal((9, 6, 12), (shift.Estimate, shift.Low, shift.High)); // 6 8 9 9 11 12, too few for an interval.
    }

    [Fact]
    public void The_confidence_interval_contains_the_true_shift_at_its_nominal_rate()
    {
        const int Seed = 41;
        var random = new Random(Seed);
        var held = Enumerable
            .Range(0, 1000)
            .Count(_ =>
            {
                var shift = Shift.Between(Values(random, 40, 100), Values(random, 8, 105));
                return shift.Low <= 5 && 5 <= shift.High;
            });
        Assert.True(held is > 930 and < 975, $"seed {Seed}: {held} of 1000 intervals contain the shift");
    }

    [Fact]
    public void The_shift_scales_with_the_values_and_ignores_offset_and_order()
    {
        var random = new Random(42);
        var (old, fresh) = (Values(random, 30, 8), Values(random, 7, 9));
        var shift = Shift.Between(old, fresh);
        random.Shuffle(old);
        var moved = Shift.Between([.. old.Select(v => 2 * v + 5)], [.. fresh.Select(v => 2 * v + 5)]);
        Near.Equal(2 * shift.Estimate, moved.Estimate);
        Near.Equal(2 * shift.Low, moved.Low);
        Near.Equal(2 * shift.High, moved.High);
        Near.Equal(-shift.High, Shift.Between([.. old.Select(v => -v)], [.. fresh.Select(v => -v)]).Low);
    }

    [Fact]
    public void Empty_samples_have_no_shift_and_a_shift_relative_to_zero_is_infinite()
    {
        Assert.Equal(Shift.None, Shift.Between([], [1]));
        Assert.Equal(Shift.None, Shift.Between([1], []));
        Assert.Equal(Shift.None, Shift.OfPairs([]));
        Assert.Equal(new(2, 2, 2), Shift.Between([1], [3]));
        Assert.Equal(new(0, 0, 0), Shift.Between([7, 7, 7], [7, 7]));
        Assert.Equal(double.PositiveInfinity, Shift.Between([0, 0], [100]).Relative(0).Estimate);
        Assert.Equal(new(0.5, 0.5, 0.5), new Shift(5, 5, 5).Relative(-10));
    }

    private static double[] Values(Random random, int count, double level) =>
        [.. Enumerable.Range(0, count).Select(_ => level + Noise.Normal(random))];
}
