using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Alternating runs of base and head, without a history.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void A_slowdown_of_5_percent_at_1_percent_noise_is_found_with_the_right_size()
    {
        var found = Of(100, 105, new Random(1));

        Assert.Equal(VerdictState.Slower, found.State);
        Assert.InRange(found.Effect.Estimate, 0.04, 0.06);
        Assert.InRange(found.P, 0, 0.00125);
        Assert.InRange(found.Sees!.Value, 0.01, 0.05);
    }

    [Fact]
    public void The_direction_of_the_measure_decides_what_is_slower()
    {
        Assert.Equal(VerdictState.Faster, Of(105, 100, new Random(2)).State);
        Assert.Equal(VerdictState.Slower, Of(105, 100, new Random(2), direction: Direction.HigherIsBetter).State);
        Assert.Equal(VerdictState.Slower, Of(105, 100, new Random(2), direction: Direction.Unknown).State);
    }

    [Fact]
    public void Unchanged_series_are_called_changed_in_about_1_of_400_comparisons()
    {
        var random = new Random(3);
        var wrong = Enumerable
            .Range(0, 8_000)
            .Count(_ => Of(100, 100, random, effectMin: 0).State is VerdictState.Slower or VerdictState.Faster);

        Assert.InRange(wrong, 1, 32); // A rate of 0.0025 would be 20; the attained level is a little lower.
    }

    [Fact]
    public void A_change_below_the_minimum_effect_is_steady_however_certain_it_is()
    {
        Assert.Equal(VerdictState.Steady, Of(100, 101, new Random(4), spread: 0.0001, effectMin: 0.02).State);
        Assert.Equal(VerdictState.Slower, Of(100, 101, new Random(4), spread: 0.0001, effectMin: 0.005).State);
    }

    [Fact]
    public void Equal_counts_are_steady_and_different_counts_are_changed()
    {
        double[] counts = [.. Enumerable.Repeat(1_000_000.0, 12)];
        var same = Comparison.Of(counts, counts, Direction.LowerIsBetter, 0.01);
        Assert.Equal((VerdictState.Steady, 0.01), (same.State, same.Sees!.Value));
        Assert.Equal(
            VerdictState.Slower,
            Comparison.Of(counts, [.. counts.Select(c => c + 20_000)], Direction.LowerIsBetter, 0.01).State
        );
    }

    [Fact]
    public void Pairs_with_non_finite_values_are_dropped_and_too_few_pairs_are_called_young()
    {
        double[] @base = [.. Enumerable.Repeat(100.0, 12)],
            head = [.. Enumerable.Repeat(200.0, 12)];
        (@base[0], head[1], head[2]) = (double.NaN, double.PositiveInfinity, double.NaN);

        var found = Comparison.Of(@base, head, Direction.LowerIsBetter, 0.01);

        Assert.Equal((VerdictState.Young, 9), (found.State, found.Pairs));
        Assert.Equal(
            (VerdictState.Young, 0),
            (Comparison.Of([], [], default, 0.01).State, Comparison.Of([], [], default, 0.01).Pairs)
        );
    }

    [Fact]
    public void A_comparison_with_too_much_spread_is_called_noisy()
    {
        Assert.Equal(VerdictState.Noisy, Of(100, 100, new Random(5), spread: 0.5).State);
    }

    private static Comparison Of(
        double @base,
        double head,
        Random random,
        double spread = 0.01,
        double effectMin = 0.01,
        Direction direction = Direction.LowerIsBetter
    )
    {
        return Comparison.Of(Values(@base), Values(head), direction, effectMin);

        double[] Values(double level) =>
            [.. Enumerable.Range(0, 12).Select(_ => level * (1 + spread * Analysis.Noise.Normal(random)))];
    }
}
