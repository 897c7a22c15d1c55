using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

/// <summary>Tests and effect sizes of pairs, compared with the enumeration of all sign choices.</summary>
public class PairTests
{
    [Fact]
    public void The_p_value_matches_an_enumeration_of_all_sign_choices()
    {
        const int Seed = 31;
        var random = new Random(Seed);
        for (var round = 0; round < 100; round++)
        {
            double[] d =
            [
                .. Enumerable
                    .Range(0, random.Next(1, 13))
                    .Select(_ => round % 2 == 0 ? random.NextDouble() - 0.3 : random.Next(-2, 4)),
            ];
            var seen = d.Sum() - 1e-9;
            var hits = Enumerable
                .Range(0, 1 << d.Length)
                .Count(signs => d.Select((x, k) => (signs >> k & 1) == 0 ? x : -x).Sum() >= seen);
            var p = SignFlip.P(d);
            Assert.True(Math.Abs(p - (double)hits / (1 << d.Length)) < 1e-12, $"seed {Seed}, round {round}: {p}");
            random.Shuffle(d);
            Assert.Equal(p, SignFlip.P([.. d.Select(x => 8 * x)]));
        }
    }

    [Fact]
    public void The_p_value_of_twelve_positive_differences_is_1_in_4096()
    {
        Assert.Equal(1 / 4096.0, SignFlip.P([.. Enumerable.Range(1, 12).Select(i => i / 10.0)]));
        Assert.Equal(1, SignFlip.P([.. Enumerable.Range(1, 12).Select(i => -i / 10.0)]));
    }

    [Fact]
    public void The_p_value_of_forty_positive_differences_is_exact() =>
        Near.Equal(Math.Pow(2, -40), SignFlip.P([.. Enumerable.Range(1, 40).Select(i => (double)i)]));

    [Fact]
    public void No_pairs_zero_differences_and_non_finite_differences_have_a_p_value_of_1()
    {
        Assert.Equal(1, SignFlip.P([]));
        Assert.Equal(1, SignFlip.P([0, 0, 0, 0]));
        Assert.Equal(1, SignFlip.P([1, 2, double.NaN]));
        Assert.Equal(1, SignFlip.P([1, 2, double.PositiveInfinity]));
        Assert.Equal(0.5, SignFlip.P([1]));
    }

    [Fact]
    public void The_false_alarm_rate_at_a_level_of_5_percent_is_about_5_percent()
    {
        const int Seed = 32;
        var random = new Random(Seed);
        var alarms = Enumerable
            .Range(0, 4000)
            .Count(_ => SignFlip.P([.. Enumerable.Range(0, 12).Select(_ => Noise.Normal(random))]) <= 0.05);
        Assert.True(alarms is > 150 and < 250, $"seed {Seed}: {alarms} of 4000 are false alarms");
    }

    [Fact]
    public void The_shift_of_pairs_is_the_median_of_their_Walsh_averages()
    {
        // Hollander, Wolfe and Chicken (2014), example 3.1 and 3.3: the depression scale, Z = Y - X.
        double[] differences = [-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010];
        var shift = Shift.OfPairs(differences, confidence: 0.96);
        Near.Equal(-0.46, shift.Estimate, 1e-9);
        Near.Equal(-0.786, shift.Low, 1e-9);
        Near.Equal(-0.010, shift.High, 1e-9);
    }
}
