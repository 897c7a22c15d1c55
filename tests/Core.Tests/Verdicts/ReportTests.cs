using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Reports of many series at once; <c>bench trust</c> simulates a thousand of them.</summary>
public class ReportTests
{
    [Fact]
    public void Reports_of_112_unchanged_series_raise_no_alarm_and_rarely_cost_a_rerun()
    {
        const int Seed = 91,
            Series = 112,
            History = 60,
            Reports = 150;
        var random = new Random(Seed);
        var states = Enumerable.Range(0, Series).Select(_ => new SeriesState()).ToArray();
        Rules[] rules = [.. Enumerable.Repeat(new Rules { Direction = Direction.LowerIsBetter }, Series)];
        var (paid, unclean) = (0, 0);
        for (var report = 0; report < History + Reports; report++)
        {
            Observation[] values = [.. states.Select((_, k) => new Observation(report, Value(random, k)))];
            var verdicts = ReportJudge.Append(states, values, rules);
            double[]?[] fresh =
            [
                .. verdicts.Select(
                    (v, k) =>
                        v.Suspicion is { RerunsWanted: > 0 and var n } && report >= History
                            ? Enumerable.Range(0, n).Select(_ => Value(random, k)).ToArray()
                            : null
                ),
            ];
            var confirmed = ReportJudge.Confirm(states, fresh, rules);
            if (report < History)
                continue;
            if (fresh.Any(f => f is not null))
                paid++;
            if (
                verdicts
                    .Concat(confirmed)
                    .Any(v => v.Events.Any(e => e.Kind is EventKind.Proven or EventKind.Reproduced))
            )
                unclean++;
        }
        Assert.True(paid <= 14 && unclean == 0, $"seed {Seed}: of {Reports}, {paid} cost reruns and {unclean} alarmed");
    }

    [Fact]
    public void One_slow_series_among_112_is_found_and_the_others_are_not_suspected()
    {
        var random = new Random(92);
        var states = Enumerable.Range(0, 112).Select(_ => new SeriesState()).ToArray();
        Rules[] rules = [.. Enumerable.Repeat(new Rules { Direction = Direction.LowerIsBetter }, 112)];
        for (var report = 0; report < 60; report++)
            ReportJudge.Append(
                states,
                [.. states.Select(_ => new Observation(report, 100 + Analysis.Noise.Normal(random)))],
                rules
            );

        var verdicts = ReportJudge.Append(
            states,
            [.. states.Select((_, k) => new Observation(60, (k == 7 ? 130 : 100) + Analysis.Noise.Normal(random)))],
            rules
        );
        Assert.Equal([7], Enumerable.Range(0, 112).Where(k => verdicts[k].State == VerdictState.Suspected));

        var confirmed = ReportJudge.Confirm(
            states,
            [.. states.Select((_, k) => k == 7 ? new double[] { 130, 131, 129, 130, 132 } : null)],
            rules
        );
        Assert.Equal([7], Enumerable.Range(0, 112).Where(k => confirmed[k].Suspicion is { IsReproduced: true }));
    }

    [Fact]
    public void Likely_changes_are_listed_only_beside_a_proven_change()
    {
        Verdict Of(VerdictState state, double? p, bool proven = false) =>
            new()
            {
                State = state,
                Value = 1,
                Median = 1,
                Spread = 0,
                P = p,
                Events = proven ? [new(EventKind.Proven)] : [],
            };
        Assert.Equal(
            [1],
            ReportJudge.PerhapsAlso([
                Of(VerdictState.Slower, 1e-6, proven: true),
                Of(VerdictState.Steady, 0.001),
                Of(VerdictState.Steady, 0.5),
            ])
        );
        Assert.Empty(ReportJudge.PerhapsAlso([Of(VerdictState.Steady, 0.001), Of(VerdictState.Steady, 0.5)]));
    }

    [Fact]
    public void The_significance_level_follows_from_the_accepted_number_of_false_alarms()
    {
        Assert.Equal(6e-5, Rules.LevelFor(alarms: 1, seriesCommits: 1000));
        Assert.Equal(1 / 280_000.0, Rules.LevelFor(alarms: 1, seriesCommits: 280_000));
        Assert.Equal(0, Rules.LevelFor(alarms: 0, seriesCommits: 280_000));
    }

    // Every third series is heavy-tailed, and every third has two levels.
    private static double Value(Random random, int series) =>
        (series % 3) switch
        {
            0 => 100 * (1 + 0.01 * Analysis.Noise.Normal(random)),
            1 => 100 * Math.Exp(0.03 * Analysis.Noise.Normal(random)),
            _ => 100 * (random.Next(10) == 0 ? 1.05 : 1) * (1 + 0.005 * Analysis.Noise.Normal(random)),
        };
}
