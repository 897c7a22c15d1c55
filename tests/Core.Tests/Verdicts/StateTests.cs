using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>The state of a series that is stored between two reports.</summary>
public class StateTests
{
    [Fact]
    public void A_state_that_is_written_and_read_back_gives_the_same_verdicts()
    {
        const int Seed = 81;
        var random = new Random(Seed);
        for (var round = 0; round < 60; round++)
        {
            Rules rules = new()
            {
                Series = 1 + round % 3 * 60,
                PairsCanRun = round % 2 == 0,
                Direction = (Direction)(round % 3),
            };
            var (kept, read) = (new SeriesState(), new SeriesState());
            var level = 100.0;
            for (var i = 0; i < 250; i++)
            {
                if (random.Next(40) == 0)
                    level *= 0.8 + 0.4 * random.NextDouble();
                var value = round % 5 == 0 ? Math.Round(level) : level * (1 + 0.02 * Noise(random));
                Observation next = new(i * 3 + 5, value, (ulong)(random.Next(50) == 0 ? random.Next(1, 7) : 0));
                var (a, b) = (kept.Append(next, rules), read.Append(next, rules));
                Same(a, b, Seed, round, i);
                if (a.Suspicion is { RerunsWanted: > 0 } wanted && random.Next(2) == 0)
                {
                    double[] fresh =
                    [
                        .. Enumerable.Range(0, wanted.RerunsWanted).Select(_ => level * (1 + 0.02 * Noise(random))),
                    ];
                    Same(kept.Confirm(fresh, rules), read.Confirm(fresh, rules), Seed, round, i);
                }
                if (a.Open is [var change, ..] && random.Next(20) == 0)
                    Same(kept.Accept(change.Number, rules), read.Accept(change.Number, rules), Seed, round, i);
                read = SeriesState.Read(read.Write())!;
                Assert.Equal(kept.Write(), read.Write());
            }
        }
    }

    [Fact]
    public void A_stored_state_stays_small()
    {
        var story = new Story();
        for (var lane = 1UL; lane <= 6; lane++)
            story.Run(200, 100, environment: lane);
        Assert.InRange(story.State.Write().Length, 1, 4 * 1200);
        Assert.InRange(new Story().Run(1000, 100).State.Write().Length, 600, 1200);
        Assert.InRange(new Story().Run(10, 100).State.Write().Length, 50, 250);
    }

    [Fact]
    public void Damaged_bytes_and_bytes_of_another_version_are_not_read()
    {
        var blob = new Story().Run(60, 100).Run(8, 140).State.Write();
        Assert.Null(SeriesState.Read([]));
        Assert.Null(SeriesState.Read([0, .. blob.AsSpan(1)]));
        for (var length = 0; length < blob.Length; length++)
            Assert.Null(SeriesState.Read(blob.AsSpan(0, length)));
        Assert.Null(SeriesState.Read([.. blob, 0]));
        var random = new Random(82);
        for (var i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. blob];
            damaged[random.Next(1, blob.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Null(SeriesState.Read(damaged));
        }
    }

    [Fact]
    public void A_series_without_values_with_one_value_or_with_NaN_is_young()
    {
        SeriesState state = new();
        Assert.Equal(VerdictState.Young, state.Look(new()).State);
        Assert.Equal(VerdictState.Young, state.Append(new(1, double.NaN), new()).State);
        Assert.Null(state.LastAt);
        Assert.Equal(VerdictState.Young, state.Append(new(1, 5), new()).State);
        Assert.Equal(VerdictState.Young, state.Append(new(2, double.PositiveInfinity), new()).State);
        Assert.Equal(1, state.LastAt);
        Assert.Equal(VerdictState.Young, state.Confirm([1, 2], new()).State);
        Assert.Equal(VerdictState.Young, state.Accept(3, new()).State);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    [InlineData(-1)]
    public void Verdicts_do_not_depend_on_scale_and_sign(double factor)
    {
        var plain = new Story(new()).Run(60, 100).Run(10, 120).Run(10, 100);
        var scaled = new Story(new());
        foreach (var verdict in plain.Verdicts)
            scaled.Add(verdict.Value * factor);
        Assert.Equal(
            plain.Verdicts.Select(v => v.State),
            scaled.Verdicts.Select(v => v.State is VerdictState.Faster ? VerdictState.Slower : v.State)
        );
        Assert.Contains(plain.Verdicts, v => v.State == VerdictState.Slower);
    }

    [Fact]
    public void A_decision_can_be_undone_and_a_decision_on_an_unknown_change_does_nothing()
    {
        var story = new Story().Run(60, 100).Run(10, 140);
        var number = story.Last.Change!.Number;
        Assert.Equal(EventKind.Dismissed, story.State.Dismiss(number, story.Rules).Events.Single().Kind);
        Assert.Empty(story.State.Dismiss(number, story.Rules).Events);
        Assert.Equal(
            (EventKind.Reopened, VerdictState.Slower),
            (story.State.Reopen(number, story.Rules).Events.Single().Kind, story.State.Look(story.Rules).State)
        );
        Assert.Empty(story.State.Accept(99, story.Rules).Events);
    }

    [Fact]
    public void A_change_proven_by_pairs_is_restored_when_a_state_is_rebuilt()
    {
        var story = new Story().Run(60, 100);
        story.Add(118);
        var change = story.RunPairs(100, 118).Change!;
        var again = new SeriesState();
        foreach (var verdict in story.Verdicts.Take(61))
            again.Append(new((again.LastAt ?? 0) + 1, verdict.Value), story.Rules);

        again.Restore(change);

        Assert.Equal(change, again.Look(story.Rules).Change);
        foreach (var value in story.Values(6, 100, 0.01))
            story.Say(again.Append(new(again.LastAt!.Value + 1, value), story.Rules));
        Assert.Contains(story.Events, e => e.Kind == EventKind.Returned);
    }

    private static double Noise(Random random) => Analysis.Noise.Normal(random);

    private static void Same(Verdict a, Verdict b, int seed, int round, int at) =>
        Assert.True(
            a.State == b.State
                && a.Change == b.Change
                && a.Suspicion == b.Suspicion
                && a.P.Equals(b.P)
                && a.Events.SequenceEqual(b.Events)
                && a.SeesLater == b.SeesLater,
            $"seed {seed}, round {round}, value {at}: kept {a}, read back {b}"
        );
}
