using FsCheck;
using FsCheck.Fluent;
using MathNet.Numerics.Distributions;
using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

/// <summary>Paddock's quantiles, compared with Math.NET's. FsCheck's message names the seed.</summary>
public class DistributionTests
{
    // Typical boundaries, and values between them and 1.
    private static readonly Arbitrary<double> Probabilities = Gen.OneOf(
            Gen.Choose(0, 1_000_000).Select(i => 0.5 + i / 2_000_001.0),
            Gen.Choose(2, 50).Select(bits => 1 - Math.ScaleB(1, -bits)),
            Gen.Elements(0.5, 0.95, 0.975, 0.977, 0.98, 0.99, 0.995, 0.999)
        )
        .ToArbitrary();

    private static readonly Arbitrary<int> Degrees = Gen.OneOf(
            Gen.Choose(1, 12),
            Gen.Choose(13, 500),
            Gen.Choose(501, 5_000)
        )
        .ToArbitrary();

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.85, 1.0364333894937896)]
    [InlineData(0.25, -0.6744897501960817)] // The check values from Wichura's paper begin here.
    [InlineData(0.001, -3.090232306167814)]
    [InlineData(1e-20, -9.262340089798408)]
    public void The_normal_quantile_matches_published_values(double probability, double quantile) =>
        Near.Equal(quantile, NormalDistribution.Quantile(probability), 2e-15);

    [Fact]
    public void The_normal_quantile_inverts_the_distribution_function() =>
        Check.One(
            Properties.Tried(2000),
            Prop.ForAll(Probabilities, p => IsNear(1 - p, Normal.CDF(0, 1, -NormalDistribution.Quantile(p)), 1e-12))
        );

    [Fact]
    public void The_normal_quantile_agrees_with_Math_NET() =>
        Check.One(
            Properties.Tried(2000),
            Prop.ForAll(Probabilities, p => IsNear(Normal.InvCDF(0, 1, p), NormalDistribution.Quantile(p), 1e-9))
        );

    [Theory] // Solved to 40 digits from the regularized incomplete beta function, for the exact value of each double.
    [InlineData(0.5, 7, 0)]
    [InlineData(0.5000001, 3, 2.7206990449193157e-7)]
    [InlineData(0.5000001, 10000, 2.5066909398017045e-7)]
    [InlineData(0.6, 7, 0.26316686135202276)]
    [InlineData(0.75, 3, 0.76489232840434528)]
    [InlineData(0.75, 63, 0.67840396105785756)]
    [InlineData(0.85, 9999, 1.0364871417740686)]
    [InlineData(0.85, 10000, 1.0364871363985603)]
    [InlineData(0.975, 1, 12.706204736174693)]
    [InlineData(0.975, 2, 4.3026527297494618)]
    [InlineData(0.975, 3, 3.1824463052837084)]
    [InlineData(0.975, 5, 2.5705818356363148)]
    [InlineData(0.95, 10, 1.8124611228116759)]
    [InlineData(0.95, 1000000, 1.6448551507220401)]
    [InlineData(0.977, 24, 2.1044147227048146)]
    [InlineData(0.98, 4, 2.9985278732065856)]
    [InlineData(0.98, 63, 2.0971464014810108)]
    [InlineData(0.99, 999, 2.3300864190394569)]
    [InlineData(0.99, 100000, 2.3263851653552677)]
    [InlineData(0.995, 30, 2.749995653567225)]
    [InlineData(0.999, 100, 3.1737394937387827)]
    [InlineData(0.999999, 9999, 4.7562299657612221)]
    [InlineData(0.999999, 10000, 4.7562296850509578)]
    [InlineData(0.9999999990686774, 8, 29.553157828884995)]
    [InlineData(0.9999999999999991, 3, 107476.49902291584)]
    [InlineData(0.9999999999999991, 5, 1606.032646263386)]
    [InlineData(0.9999999999999991, 500, 8.2189377929011568)]
    [InlineData(0.9999999999999991, 9999, 7.9688459114979442)]
    [InlineData(0.9999999999999991, 10000, 7.9688446289712217)]
    public void The_t_quantile_matches_values_solved_to_40_digits(double probability, int degrees, double quantile) =>
        Near.Equal(quantile, StudentDistribution.Quantile(probability, degrees), 1e-12);

    [Fact]
    public void The_t_quantile_inverts_the_distribution_function() =>
        Check.One(
            Properties.Tried(2000),
            Prop.ForAll(Probabilities, Degrees, (p, v) =>
                IsNear(1 - p, StudentT.CDF(0, 1, v, -StudentDistribution.Quantile(p, v)), 1e-9)
            )
        );

    [Fact]
    public void The_two_sided_p_value_of_t_agrees_with_Math_NET() =>
        Check.One(
            Properties.Tried(2000),
            Prop.ForAll(Gen.Choose(-60_000, 60_000).Select(i => i / 1000.0).ToArbitrary(), Degrees, (t, v) =>
            {
                var oracle = 2 * StudentT.CDF(0, 1, v, -Math.Abs(t));
                return Math.Abs(StudentDistribution.TwoSided(t, v) - oracle) <= Math.Max(1e-14, 1e-8 * oracle);
            })
        );

    [Fact]
    public void The_t_quantile_with_four_degrees_of_freedom_matches_its_closed_form() =>
        Check.One(Properties.Tried(2000), Prop.ForAll(Probabilities, p =>
            {
                // Shaw, Sampling Student's T distribution, Journal of Computational Finance 9 (2006).
                var alpha = 4 * p * (1 - p);
                var root = Math.Sqrt(alpha);
                return IsNear(
                    2 * Math.Sqrt(Math.Cos(Math.Acos(root) / 3) / root - 1),
                    StudentDistribution.Quantile(p, 4),
                    p > 0.6 ? 1e-11 : 1e-6
                );
            }));

    [Fact]
    public void Quantiles_are_symmetric_and_NaN_for_invalid_arguments()
    {
        Assert.Equal(-StudentDistribution.Quantile(0.75, 9), StudentDistribution.Quantile(0.25, 9));
        foreach (var p in (double[])[0, 1, -1, 2, double.NaN])
        {
            Assert.True(double.IsNaN(NormalDistribution.Quantile(p)));
            Assert.True(double.IsNaN(StudentDistribution.Quantile(p, 5)));
        }
        Assert.True(double.IsNaN(StudentDistribution.Quantile(0.9, 0)));
    }

    [Fact]
    public void Concurrent_callers_of_the_cached_t_quantile_get_the_same_values()
    {
        (double P, int V)[] keys =
        [
            .. from p in (double[])[0.9, 0.95, 0.99] from v in Enumerable.Range(3, 3000) select (p, v),
        ];
        double[] alone = [.. keys.Select(k => StudentDistribution.Quantile(k.P, k.V))];

        var wrong = 0;
        Parallel.For(0, 8 * keys.Length, i =>
        {
            var at = (int)(i * 7919L % keys.Length);
            if (StudentDistribution.Quantile(keys[at].P, keys[at].V) != alone[at])
                Interlocked.Increment(ref wrong);
        });

        Assert.Equal(0, wrong);
    }

    private static bool IsNear(double expected, double actual, double tolerance) =>
        Math.Abs(actual - expected) <= tolerance * Math.Abs(expected) + 1e-300;
}
