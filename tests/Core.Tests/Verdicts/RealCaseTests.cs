using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Series from real users, and the verdicts that they should have received.</summary>
public class RealCaseTests
{
    private static readonly double[] TenRuns = [1.56, 1.55, 1.58, 31.2, 1.54, 1.57, 1.56, 1.55, 1.59, 1.56];

    [Fact]
    public void A_fivefold_slowdown_after_ten_runs_is_reproduced_at_once_despite_an_earlier_outlier()
    {
        var story = new Story().Run(TenRuns);

        var suspected = story.Add(7.8);
        Assert.Equal(
            (VerdictState.Suspected, 5, false),
            (suspected.State, suspected.Suspicion!.RerunsWanted, suspected.Suspicion.IsReproduced)
        );

        var reproduced = story.Rerun(7.8);
        Assert.Equal(
            (VerdictState.Suspected, true, 3),
            (reproduced.State, reproduced.Suspicion!.IsReproduced, reproduced.Suspicion.ReportsWanted)
        );
        Assert.InRange(reproduced.Suspicion.Effect.Estimate, 3.8, 4.2);

        story.Run(3, 7.8);
        Assert.Equal(
            (VerdictState.Slower, 11, Proof.Repeats),
            (story.Last.State, story.Last.Change!.Since, story.Last.Change.Proof)
        );
        Assert.Equal([EventKind.Suspected, EventKind.Reproduced, EventKind.Proven], story.Events.Select(e => e.Kind));
    }

    [Fact]
    public void Pairs_prove_a_fivefold_slowdown_after_ten_runs_at_once()
    {
        var story = new Story().Run(TenRuns);
        Assert.True(story.Add(7.8).Suspicion!.Base < 11);

        var proven = story.RunPairs(1.56, 7.8);

        Assert.Equal((VerdictState.Slower, 11, Proof.Pairs), (proven.State, proven.Change!.Since, proven.Change.Proof));
        Assert.InRange(proven.Change.Effect.Estimate, 3.9, 4.1);
        Assert.InRange(proven.Change.Before, 1.55, 1.57);
    }

    [Fact]
    public void A_report_of_many_series_needs_fewer_further_reports_to_prove_a_reproduced_change()
    {
        foreach (var (series, further) in ((int, int)[])[(112, 1), (10, 2), (1, 3)])
        {
            var story = new Story(new() { Direction = Direction.LowerIsBetter, Series = series }).Run(TenRuns);
            story.Add(7.8);
            story.Rerun(7.8);
            story.Run(further - 1, 7.8);
            Assert.Equal((VerdictState.Suspected, 1), (story.Last.State, story.Last.Suspicion!.ReportsWanted));
            Assert.Equal(VerdictState.Slower, story.Add(7.8).State);
        }
    }

    [Fact]
    public void A_step_raises_one_alert_that_lasts_until_it_is_accepted()
    {
        var story = new Story().Run(60, 100).Run(20, 135);

        var alert = Assert.Single(story.Events, e => e.Kind == EventKind.Proven).Change!;
        Assert.Equal((61, true, Proof.Waiting), (alert.Since, alert.IsWorse, alert.Proof));
        Assert.InRange(alert.Effect.Estimate, 0.33, 0.37);
        Assert.All(story.Verdicts.SkipWhile(v => v.State != VerdictState.Slower), v =>
            Assert.Equal((VerdictState.Slower, alert.Number), (v.State, v.Change!.Number))
        );
        Assert.Equal(VerdictState.Slower, story.Last.State);

        Assert.Equal(VerdictState.Steady, story.Say(story.State.Accept(alert.Number, story.Rules)).State);
        Assert.Equal(EventKind.Accepted, story.Last.Events.Single().Kind);
        Assert.All(story.Run(20, 135).Verdicts[^20..], v =>
            Assert.True(v.State is VerdictState.Steady or VerdictState.Suspected)
        );
        Assert.Single(story.Events, e => e.Kind == EventKind.Proven);
    }

    [Fact]
    public void A_branch_inherits_the_regression_of_its_base_and_raises_no_event()
    {
        var main = new Story().Run(60, 100).Run(5, 135);

        var branch = new Story(main.Rules, main.State.Fork(), seed: 72).Run(2, 135);

        Assert.All(branch.Verdicts, v => Assert.Equal((VerdictState.Slower, true), (v.State, v.Change!.Inherited)));
        Assert.Empty(branch.Events);
        Assert.False(main.State.Look(main.Rules).Change!.Inherited);
    }

    [Fact]
    public void A_pull_request_is_compared_with_its_merge_base_and_not_with_a_later_regression()
    {
        var main = new Story().Run(60, 100);
        var mergeBase = main.State.Write();
        main.Run(5, 135);

        var innocent = new Story(main.Rules, SeriesState.Read(mergeBase)!.Fork(), seed: 73).Run(1, 100);
        var guilty = new Story(main.Rules, SeriesState.Read(mergeBase)!.Fork(), seed: 74).Run(1, 120);
        var proven = guilty.RunPairs(100, 120);

        Assert.Equal(VerdictState.Steady, innocent.Last.State);
        Assert.Equal((VerdictState.Slower, false, 61), (proven.State, proven.Change!.Inherited, proven.Change.Since));
    }

    [Fact]
    public void An_improvement_is_called_faster_for_a_while_and_then_steady()
    {
        var story = new Story().Run(60, 100).Run(5, 73);

        Assert.Equal((VerdictState.Faster, false), (story.Last.State, story.Last.Change!.IsWorse));
        Assert.Equal(VerdictState.Steady, story.Run(25, 73).Last.State);
        Assert.DoesNotContain(story.Verdicts, v => v.State == VerdictState.Slower);
    }

    [Fact]
    public void A_drop_in_throughput_is_slower_despite_much_lower_first_runs()
    {
        double[] about2000 = [2041.23, 2005.57, 2003.65, 1993.85, 2037.31, 1957.02, 2008.6, 1989.22, 2008.4];
        double[] about51000 =
        [
            48940.8,
            49888.44,
            52839.76,
            51858.1,
            50557.26,
            50399.23,
            50480.63,
            53284.96,
            51736.12,
            50911.82,
            51975.98,
            48824.99,
            49600.16,
            52048.49,
            51996.9,
            53878.9,
            51663.98,
            45473.08,
            49932.3,
            52461.16,
            54302.79,
            54130.03,
            52984.67,
            53919.37,
            49968.43,
        ];
        Rules throughput = new() { Direction = Direction.HigherIsBetter };
        var story = new Story(throughput).Run(about2000).Run(about51000);

        Assert.Equal(10, Assert.Single(story.Events, e => e.Kind == EventKind.Proven).Change!.Since);
        Assert.Equal((VerdictState.Suspected, true), (story.Add(20_000).State, story.Last.Suspicion!.IsWorse));
        Assert.True(story.Rerun(20_000).Suspicion!.IsReproduced);
        Assert.Equal((VerdictState.Slower, Side.Down), (story.RunPairs(51_000, 20_000).State, story.Last.Change!.Side));
    }

    [Fact]
    public void A_value_of_100_after_eight_zeros_is_proven_by_equal_reruns()
    {
        var story = new Story().Run(0, 0, 0, 0, 0, 0, 0, 0);
        Assert.Equal(5, story.Add(100).Suspicion!.RerunsWanted);

        var proven = story.Rerun(100, variation: 0);

        Assert.Equal((VerdictState.Slower, 9, Proof.Equal), (proven.State, proven.Change!.Since, proven.Change.Proof));
        Assert.Equal(
            (0, 100, double.PositiveInfinity),
            (proven.Change.Before, proven.Change.After, proven.Change.Effect.Estimate)
        );
    }

    [Fact]
    public void Alternation_between_two_levels_raises_no_alert_and_a_shift_of_both_levels_is_detected()
    {
        foreach (var share in (int[])[2, 3])
        {
            var story = new Story();
            for (var i = 0; i < 60; i++)
                story.Run(1, i % share == 0 ? 112 : 100);
            Assert.DoesNotContain(story.Events, e => e.Kind == EventKind.Proven);
            var (low, high) = story.Last.TwoLevels!.Value;
            Assert.Equal((100, 112), (low, high), (a, b) =>
                Math.Abs(a.Item1 - b.Item1) < 1 && Math.Abs(a.Item2 - b.Item2) < 1
            );

            for (var i = 0; i < 20; i++)
                story.Run(1, i % share == 0 ? 134 : 120);
            Assert.Equal(VerdictState.Slower, story.Last.State);
        }
    }

    [Fact]
    public void Random_switching_between_two_levels_raises_no_alert()
    {
        var random = new Random(75);
        var story = new Story();
        for (var i = 0; i < 300; i++)
            story.Run(1, random.Next(2) == 0 ? 112 : 100);
        Assert.DoesNotContain(story.Events, e => e.Kind == EventKind.Proven);
        Assert.NotNull(story.Last.TwoLevels);
        Assert.Null(new Story().Run(300, 100).Last.TwoLevels);
        Assert.Null(new Story().Run(30, 100).Run(3, 112).Last.TwoLevels);
    }

    [Fact]
    public void Values_that_stay_at_one_of_two_known_levels_are_a_change_only_if_pairs_prove_it()
    {
        var random = new Random(76);
        var story = new Story();
        for (var i = 0; i < 60; i++)
            story.Run(1, random.Next(2) == 0 ? 112 : 100);
        var before = story.State.Write();

        story.Run(20, 112);
        Assert.DoesNotContain(story.Events, e => e.Kind == EventKind.Proven);

        var asked = new Story(
            new() { Direction = Direction.LowerIsBetter, PairsCanRun = true },
            SeriesState.Read(before)!
        );
        while (asked.Verdicts.Count < 20 && asked.Run(1, 112).Last.Suspicion is null) { }
        Assert.Equal(VerdictState.Slower, asked.RunPairs(100, 112).State);
        Assert.Equal(VerdictState.Slower, new Story(from: SeriesState.Read(before)!).Run(20, 130).Last.State);
    }

    [Fact]
    public void Instruction_counts_are_steady_below_the_minimum_effect_and_proven_at_once_above_it()
    {
        var story = new Story().Run([.. Enumerable.Repeat(1_000_000.0, 30)]);
        Assert.Equal((VerdictState.Steady, 0.01), (story.Last.State, story.Last.SeesSoon));

        Assert.Equal(VerdictState.Steady, story.Add(1_000_020).State);
        Assert.Empty(story.Last.Events);

        Assert.Equal(VerdictState.Suspected, story.Add(1_020_000).State);
        Assert.Equal((VerdictState.Slower, 32), (story.Rerun(1_020_000, variation: 0).State, story.Last.Change!.Since));
    }

    [Fact]
    public void Three_equal_commits_prove_a_deterministic_change_without_reruns()
    {
        var story = new Story().Run([.. Enumerable.Repeat(1_000_000.0, 30)]).Run([1_020_000, 1_020_000]);
        Assert.Equal(VerdictState.Suspected, story.Last.State);
        Assert.Equal((VerdictState.Slower, 31), (story.Add(1_020_000).State, story.Last.Change!.Since));
    }

    [Fact]
    public void Another_environment_is_not_compared_and_the_old_environment_keeps_its_history()
    {
        var story = new Story().Run(40, 100, environment: 7);

        var other = story.Add(150, environment: 8);
        Assert.Equal((VerdictState.NotComparable, 7UL), (other.State, other.EnvironmentBefore));
        Assert.Equal(EventKind.EnvironmentChanged, Assert.Single(other.Events).Kind);
        Assert.Equal(VerdictState.NotComparable, story.Add(150, environment: 8).State);
        Assert.Equal((VerdictState.Young, 2), (story.Run(6, 150, environment: 8).Last.State, story.Last.Kinds));

        Assert.Equal(VerdictState.Steady, story.Add(100, environment: 7).State);
        Assert.Equal(VerdictState.Suspected, story.Add(140, environment: 7).State);
    }

    [Fact]
    public void An_environment_that_is_reported_for_the_first_time_continues_the_history()
    {
        var story = new Story().Run(40, 100);
        Assert.Equal(VerdictState.Steady, story.Add(100, environment: 7).State);
        Assert.Equal(VerdictState.Steady, story.Add(100).State);
    }

    [Fact]
    public void Another_harness_version_is_not_compared_and_one_reported_for_the_first_time_is()
    {
        var (old, @new) = (KindKey.Of(7, harness: 8), KindKey.Of(7, harness: 9));
        var story = new Story().Run(40, 100, environment: KindKey.Of(7, harness: 0));

        Assert.Equal(VerdictState.Steady, story.Add(100, environment: old).State);
        Assert.Equal(VerdictState.Steady, story.Add(100, environment: KindKey.Of(7, harness: 0)).State);
        var other = story.Add(150, environment: @new);
        Assert.Equal((VerdictState.NotComparable, 8), (other.State, KindKey.Id(other.EnvironmentBefore!.Value)));
        Assert.Equal(VerdictState.Steady, story.Add(100, environment: old).State);
        Assert.Equal(2, story.Last.Kinds);
    }

    [Fact]
    public void A_change_names_the_range_of_commits_in_which_it_may_have_begun()
    {
        var clear = new Story().Run(60, 100).Run(20, 135).Events.Single(e => e.Kind == EventKind.Proven);
        List<ChangeEvent> faint =
        [
            .. Enumerable
                .Range(1, 10)
                .SelectMany(seed => new Story(seed: seed).Run(60, 100, 0.05).Run(60, 107, 0.05).Events)
                .Where(e => e.Kind == EventKind.Proven),
        ];

        Assert.Equal((61L, 61L), clear.Between);
        Assert.All(faint, e => Assert.InRange(e.Change!.Since, e.Between!.Value.First, e.Between.Value.Last));
        Assert.Contains(faint, e => e.Between!.Value.Last > e.Between.Value.First);
    }

    [Fact]
    public void A_return_to_the_old_level_ends_the_alert_and_restores_the_old_baseline()
    {
        var story = new Story().Run(60, 100).Run(8, 135).Run(6, 100);

        Assert.Equal(
            [EventKind.Proven, EventKind.Returned],
            story.Events.Select(e => e.Kind).Where(k => k is EventKind.Proven or EventKind.Returned)
        );
        Assert.Equal(VerdictState.Steady, story.Last.State);
        Assert.Equal(VerdictState.Slower, story.Run(6, 135).Last.State);
    }

    [Fact]
    public void A_partial_fix_is_a_separate_change_and_the_regression_stays_open()
    {
        var story = new Story().Run(60, 100).Run(40, 140).Run(30, 120);

        Assert.Equal([true, false], story.Events.Where(e => e.Kind == EventKind.Proven).Select(e => e.Change!.IsWorse));
        Assert.DoesNotContain(story.Events, e => e.Kind == EventKind.Returned);
        Assert.Equal((VerdictState.Slower, 61), (story.Last.State, story.Last.Change!.Since));
    }

    [Fact]
    public void A_suspicion_that_pairs_refute_becomes_steady()
    {
        var story = new Story(new() { Direction = Direction.LowerIsBetter, PairsCanRun = true }).Run(60, 100);
        Assert.Equal(VerdictState.Suspected, story.Add(118).State);
        Assert.Equal(
            (VerdictState.Steady, EventKind.Refuted),
            (story.RunPairs(100, 100).State, story.Last.Events.Single().Kind)
        );
    }

    [Fact]
    public void A_reproduced_change_that_the_next_report_does_not_show_is_reported_as_not_repeated()
    {
        var story = new Story().Run(TenRuns);
        story.Add(7.8);
        story.Rerun(7.8);
        Assert.Equal(EventKind.NotRepeated, story.Add(1.56).Events.Single().Kind);
        Assert.NotEqual(VerdictState.Suspected, story.Last.State);
    }

    [Fact]
    public void A_series_with_too_much_noise_is_called_noisy_and_a_short_series_young()
    {
        Assert.Equal(VerdictState.Noisy, new Story().Run(60, 100, variation: 0.3).Last.State);
        var young = new Story().Run(8, 100).Last;
        Assert.Equal(VerdictState.Young, young.State);
        Assert.InRange(young.RunsMissing!.Value, 3, 60);
        Assert.InRange(new Story().Run(120, 100).Last.SeesSoon!.Value, 0.03, 0.06);
        Assert.InRange(new Story().Run(120, 100).Last.SeesLater!.Value, 0.01, 0.03);
    }
}
