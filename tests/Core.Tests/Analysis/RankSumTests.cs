using FsCheck;
using FsCheck.Fluent;
using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

/// <summary>
/// Exact probabilities, compared with an enumeration of all orders and with published tables.
/// </summary>
public class RankSumTests
{
    private static readonly Arbitrary<double[]> Few = Gen.Choose(0, 6)
        .Select(v => (double)v)
        .ArrayOf()
        .Where(a => a.Length is >= 2 and <= 9)
        .ToArbitrary();

    [Fact]
    public void Tail_probabilities_match_an_enumeration_of_all_orders()
    {
        for (var n = 1; n <= 6; n++)
        for (var m = 1; m <= 5; m++)
        for (var u = -1; u <= n * m + 1; u++)
        {
            var orders = Subsets(n + m, m).Select(fresh => fresh.Select((at, k) => at - k).Sum()).ToList();
            Near.Equal((double)orders.Count(o => o >= u) / orders.Count, RankSum.UpperTail(n, m, u));
        }
    }

    [Theory] // Mann and Whitney (1947), Table I: P(U <= u), which is P(U >= nm - u).
    [InlineData(3, 3, 0, 0.050)]
    [InlineData(4, 4, 1, 0.029)]
    [InlineData(5, 5, 2, 0.016)]
    [InlineData(7, 6, 8, 0.037)]
    [InlineData(8, 8, 13, 0.025)]
    public void Tail_probabilities_match_the_published_table(int n, int m, int u, double p) =>
        Assert.Equal(p, Math.Round(RankSum.UpperTail(n, m, n * m - u), 3));

    [Fact]
    public void The_least_p_value_is_one_divided_by_the_number_of_orders()
    {
        Near.Equal(1 / 302_621.0, RankSum.LeastP(120, 3)); // C(123, 3)
        Near.Equal(1 / 121.0, RankSum.LeastP(120, 1));
        Near.Equal(MathNet.Numerics.SpecialFunctions.Binomial(140, 20), 1 / RankSum.LeastP(120, 20));
        Assert.Equal((1, 1, 1), (RankSum.UpperTail(0, 3, 1), RankSum.UpperTail(3, 0, 1), RankSum.UpperTail(3, 3, 0)));
        Assert.Equal(0, RankSum.UpperTail(3, 3, 10));
    }

    [Fact]
    public void The_critical_value_is_the_smallest_one_within_the_level()
    {
        foreach (
            var (n, m, level) in ((int, int, double)[])
                [(120, 3, 1e-5), (120, 13, 3e-6), (30, 5, 1e-3), (10, 2, 0.05), (1, 1, 0.5)]
        )
        {
            var critical = RankSum.Critical(n, m, level)!.Value;
            Assert.True(RankSum.UpperTail(n, m, critical) <= level);
            Assert.True(RankSum.UpperTail(n, m, critical - 1) > level);
        }
        Assert.Null(RankSum.Critical(77, 3, 1.2e-5));
        Assert.Equal(78 * 3, RankSum.Critical(78, 3, 1.2e-5));
        Assert.Null(RankSum.Critical(0, 3, 0.05));
    }

    [Fact]
    public void Pairs_are_counted_only_when_strictly_unequal_and_never_with_NaN()
    {
        var random = new Random(21);
        for (var round = 0; round < 100; round++)
        {
            float[] old =
            [
                .. Enumerable.Range(0, random.Next(130)).Select(_ => random.Next(20) == 0 ? float.NaN : random.Next(9)),
            ];
            float[] fresh =
            [
                .. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(20) == 0 ? float.NaN : random.Next(9)),
            ];
            Assert.Equal(fresh.Sum(f => old.Count(o => f > o)), RankSum.Above(fresh, old));
            Assert.Equal(fresh.Sum(f => old.Count(o => f < o)), RankSum.Below(fresh, old));
        }
    }

    [Fact]
    public void P_values_with_ties_match_an_enumeration_of_all_assignments() =>
        Check.One(Properties.Tried(200), Prop.ForAll(Few, Gen.Choose(1, 8).ToArbitrary(), (values, cut) =>
            {
                cut = Math.Min(cut, values.Length - 1);
                var seen = Doubled(values[..cut], values[cut..]);
                var all = Subsets(values.Length, values.Length - cut)
                    .Select(fresh =>
                        Doubled([.. values.Where((_, i) => !fresh.Contains(i))], [.. fresh.Select(i => values[i])])
                    )
                    .ToList();
                return Math.Abs(
                        (double)all.Count(u => u >= seen) / all.Count
                            - RankSum.ExactP(values.AsSpan(..cut), values.AsSpan(cut..))
                    ) < 1e-9;
            }));

    [Fact]
    public void P_values_without_ties_match_the_tail_probability_and_ignore_order_scale_and_offset()
    {
        const int Seed = 22;
        var random = new Random(Seed);
        for (var round = 0; round < 20; round++)
        {
            double[] old = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.NextDouble())];
            double[] fresh = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.NextDouble() + 0.2)];
            var p = RankSum.ExactP(old, fresh);
            Near.Equal(RankSum.UpperTail(old.Length, fresh.Length, fresh.Sum(f => old.Count(o => f > o))), p);
            random.Shuffle(old);
            random.Shuffle(fresh);
            Assert.True(
                Math.Abs(p - RankSum.ExactP([.. old.Select(v => 3 * v + 7)], [.. fresh.Select(v => 3 * v + 7)]))
                    < 1e-12,
                $"seed {Seed}, round {round}"
            );
        }
    }

    [Fact]
    public void Empty_samples_equal_samples_and_samples_with_NaN_have_a_p_value_of_1()
    {
        Assert.Equal(1, RankSum.ExactP([], [1]));
        Assert.Equal(1, RankSum.ExactP([1], []));
        Assert.Equal(1, RankSum.ExactP([5, 5, 5], [5, 5]));
        Assert.Equal(1, RankSum.ExactP([1, 2, double.NaN], [9]));
        Assert.Equal(0.5, RankSum.ExactP([1], [2]));
    }

    private static int Doubled(double[] old, double[] fresh) =>
        fresh.Sum(f =>
            old.Sum(o =>
                f > o ? 2
                : f == o ? 1
                : 0
            )
        );

    private static IEnumerable<int[]> Subsets(int of, int size) =>
        size == 0
            ?
            [
                [],
            ]
        : of < size ? []
        : Subsets(of - 1, size).Concat(Subsets(of - 1, size - 1).Select(s => (int[])[.. s, of - 1]));
}
