using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

public class ReturnCusumTests
{
    [Theory]
    [InlineData(110, 3, 5)]
    [InlineData(135, 5, 3)]
    public void A_return_is_detected_within_six_runs_and_rarely_reported_for_a_lasting_change(
        double level,
        double deviation,
        int most
    )
    {
        const int Seed = 61;
        var random = new Random(Seed);
        List<int> delays = [];
        var wrong = 0;
        for (var round = 0; round < 2000; round++)
        {
            var lasting = new ReturnCusum(100, level, deviation, 0);
            for (var i = 0; i < 50; i++)
                lasting = lasting.With(level + deviation * Noise.Normal(random));
            if (lasting.IsReached)
                wrong++;
            var (back, runs) = (new ReturnCusum(100, level, deviation, 0), 0);
            for (; !back.IsReached; runs++)
                back = back.With(100 + deviation * Noise.Normal(random));
            delays.Add(runs);
        }
        delays.Sort();
        Assert.True(
            wrong <= 20 && delays[1000] <= most && delays[1800] <= 6,
            $"seed {Seed}: {wrong} of 2000 wrong, median delay {delays[1000]}, 90 % {delays[1800]}"
        );
    }

    [Fact]
    public void A_return_needs_three_values_however_clear_they_are()
    {
        var cusum = new ReturnCusum(100, 200, 0, 0).With(100).With(100);
        Assert.False(cusum.IsReached);
        Assert.Equal(2, cusum.Since);
        Assert.True(cusum.With(100).IsReached);
        Assert.Equal(0, cusum.With(200).With(200).Sum);
    }

    [Fact]
    public void A_change_of_size_zero_and_NaN_values_add_nothing_to_the_sum()
    {
        Assert.Equal(0, new ReturnCusum(100, 100, 1, 0).With(100).Sum);
        Assert.Equal(0, new ReturnCusum(100, 200, 1, 0).With(double.NaN).Sum);
    }

    [Fact]
    public void The_sum_does_not_depend_on_scale_and_direction()
    {
        var random = new Random(62);
        var (up, down) = (new ReturnCusum(100, 110, 3, 0.2), new ReturnCusum(-200, -220, 6, 0.2));
        for (var i = 0; i < 100; i++)
        {
            var value = 104 + 5 * Noise.Normal(random);
            (up, down) = (up.With(value), down.With(-2 * value));
            Assert.Equal(up.Sum, down.Sum, 1e-9);
        }
    }
}
