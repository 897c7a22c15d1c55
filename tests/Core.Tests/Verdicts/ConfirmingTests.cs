using Paddock.Core.Analysis;
using Paddock.Core.Jobs;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Jobs that confirm a suspicion with pairs of runs of base and head.</summary>
public sealed class ConfirmingTests
{
    [Fact]
    public void A_plan_covers_all_suspicions_with_the_oldest_base_and_the_most_pairs()
    {
        var plan = Confirming.Plan([
            Suspected(from: 20, @base: 17, pairs: 12),
            Suspected(from: 18, @base: 15, pairs: 24),
        ]);
        Assert.Equal(new ConfirmationPlan(Base: 15, Pairs: 24), plan);
        Assert.Null(Confirming.Plan([]));
    }

    [Theory]
    [InlineData(17, 20, 18, true)] // The change began between base and head.
    [InlineData(17, 20, 20, true)] // The change began with the head itself.
    [InlineData(17, 20, 17, false)] // The base already has the change.
    [InlineData(17, 20, 21, false)] // The head does not have the change yet.
    public void Pairs_answer_a_change_that_began_after_the_base_and_not_after_the_head(
        long @base,
        long head,
        long since,
        bool answers
    )
    {
        Assert.Equal(answers, Confirming.Answers(@base, head, Suspected(since, @base)));
        Assert.Equal(!answers, Confirming.IsPointless(@base, head, [Suspected(since, @base)]));
    }

    [Fact]
    public void A_suspicion_that_the_newest_report_does_not_show_is_not_confirmed() =>
        Assert.Equal(
            [20],
            Confirming.Shown([Suspected(20, 17), Suspected(18, 15)], newest: 20).Select(one => one.Since)
        );

    [Fact]
    public void A_confirming_job_is_pointless_without_a_suspicion() => Assert.True(Confirming.IsPointless(17, 20, []));

    [Theory]
    [InlineData(12, 10, 3600, 12, 420)] // 12 pairs of two runs of 10 s, plus 50 % and a minute.
    [InlineData(40, 100, 6000, 19, 5760)] // As many pairs as fit.
    [InlineData(12, 0.01, 3600, 12, 96)] // A run counts as at least one second.
    public void A_confirming_job_runs_as_many_pairs_as_fit_into_the_longest_job(
        int wanted,
        double run,
        int max,
        int pairs,
        int timeout
    ) => Assert.Equal((pairs, timeout), Confirming.Fit(wanted, TimeSpan.FromSeconds(run), max));

    [Theory]
    [InlineData(12, 600, 21600)]
    [InlineData(12, 10, 60)]
    [InlineData(12, 10, 0)]
    public void A_confirming_job_is_not_run_when_too_few_pairs_fit_to_prove_anything(int wanted, double run, int max) =>
        Assert.Null(Confirming.Fit(wanted, TimeSpan.FromSeconds(run), max));

    [Fact]
    public void A_pair_order_has_both_sides_in_each_pair_and_survives_a_round_trip_as_text()
    {
        var order = PairOrder.Draw(40, new Random(7));
        Assert.True(PairOrder.TryParse(order.ToString(), out var read));
        Assert.Equal(order.Runs, read.Runs);
        Assert.All(Enumerable.Range(0, 40), pair => Assert.NotEqual(order.Runs[2 * pair], order.Runs[2 * pair + 1]));
        var firsts = Enumerable.Range(0, 40).Count(pair => order.Runs[2 * pair] == PairSide.Base);
        Assert.InRange(firsts, 10, 30); // The order within a pair is random.
    }

    [Fact]
    public void A_pair_order_sorts_the_results_of_runs_into_pairs()
    {
        Assert.True(PairOrder.TryParse("bhhb", out var order));
        var (ofBase, ofHead) = order.Split(["base 1", "head 1", "head 2", "base 2"]);
        Assert.Equal(["base 1", "base 2"], ofBase);
        Assert.Equal(["head 1", "head 2"], ofHead);
        Assert.Throws<ArgumentException>(() => order.Split(["base 1"]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("b")]
    [InlineData("bb")]
    [InlineData("bhb")]
    [InlineData("bhxx")]
    public void An_invalid_pair_order_is_refused(string? text) => Assert.False(PairOrder.TryParse(text, out _));

    [Fact]
    public void A_pair_order_with_too_many_pairs_is_refused() =>
        Assert.False(PairOrder.TryParse(string.Concat(Enumerable.Repeat("bh", PairOrder.PairsMax + 1)), out _));

    [Fact]
    public void Sides_run_one_after_the_other_can_refute_and_reproduce_a_change_but_not_prove_it()
    {
        var (rules, random) = (new Rules { Direction = Direction.LowerIsBetter }, new Random(11));
        var state = Suspicious(rules, random);
        double[] before = Noise(12, 100, random),
            after = Noise(12, 120, random);

        Assert.Contains(Copy(state).Apart(before, after, rules).Events, e => e.Kind == EventKind.Reproduced);
        Assert.Contains(Copy(state).Pairs(before, after, rules).Events, e => e.Kind == EventKind.Proven);
        Assert.Contains(Copy(state).Apart(after, after, rules).Events, e => e.Kind == EventKind.Refuted);
    }

    private static SeriesState Suspicious(Rules rules, Random random)
    {
        var state = new SeriesState();
        foreach (var (value, i) in Noise(40, 100, random).Select((value, i) => (value, i)))
            state.Append(new(i, value), rules);
        Assert.Equal(VerdictState.Suspected, state.Append(new(40, 120), rules).State);
        return state;
    }

    private static SeriesState Copy(SeriesState state) => SeriesState.Read(state.Write())!;

    private static double[] Noise(int count, double level, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ => level * (0.99 + 0.02 * random.NextDouble()))];

    private static Suspicion Suspected(long from, long @base, int pairs = 12) =>
        new(Side.Up, true, from, @base, from, new Shift(0.1, 0.05, 0.15), false, 5, 0, pairs);
}
