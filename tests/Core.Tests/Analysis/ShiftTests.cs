using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

public class ShiftTests
{
    [Fact]
    public void The_effect_is_the_median_of_all_differences()
    {
        var shift = Shift.Between([1, 2, 4], [10, 13]);
        Assert.Equal((9, 6, 12), (shift.Estimate, shift.Low, shift.High)); // 6 8 9 9 11 12, too few for an interval.
    }

    [Fact]
    public void The_interval_holds_the_true_step_as_often_as_it_says()
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
        Assert.True(held is > 930 and < 975, $"seed {Seed}: {held} of 1000");
    }

    [Fact]
    public void Scale_and_shift_carry_over_and_order_does_not_matter()
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
    public void No_values_have_no_effect_one_has_its_own_and_from_zero_it_has_no_end()
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
