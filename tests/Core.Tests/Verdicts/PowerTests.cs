using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>
/// Simulates what verdicts find and how often they are wrong. <c>bench trust</c> and docs/verdicts go further.
/// </summary>
public class PowerTests
{
    [Theory]
    [InlineData(1.3, false, 90)]
    [InlineData(1.3, true, 90)]
    [InlineData(1.5, false, 99)]
    [InlineData(1.5, true, 99)]
    [InlineData(5, true, 99)]
    public void A_large_slowdown_of_a_young_series_is_reproduced_in_the_same_run(
        double factor,
        bool hasOutlier,
        int percent
    )
    {
        const int Seed = 101,
            Rounds = 400;
        var found = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var story = new Story(seed: Seed + round).Run(5, 100, 0.05);
            story.Run(1, hasOutlier ? 2000 : 100, 0.05).Run(4, 100, 0.05).Run(1, 100 * factor, 0.05);
            if (
                story.Last.Suspicion is { RerunsWanted: > 0 }
                && story.Rerun(100 * factor, 0.05).Suspicion is { IsReproduced: true }
            )
                found++;
        }
        Assert.True(100.0 * found / Rounds >= percent, $"seed {Seed}: {found} of {Rounds} reproduced");
    }

    [Fact]
    public void A_slowdown_of_5_percent_at_1_percent_noise_is_reproduced_at_once_in_a_mature_series()
    {
        const int Seed = 102,
            Rounds = 200;
        var found = Enumerable
            .Range(0, Rounds)
            .Count(round =>
            {
                var story = new Story(seed: Seed + round).Run(120, 100).Run(1, 105);
                return story.Last.Suspicion is { RerunsWanted: > 0 }
                    && story.Rerun(105).Suspicion is { IsReproduced: true };
            });
        Assert.True(found >= 0.9 * Rounds, $"seed {Seed}: {found} of {Rounds} reproduced");
    }

    [Theory]
    [InlineData(110, 0.03)]
    [InlineData(135, 0.05)]
    public void A_regression_rarely_ends_by_mistake_and_its_real_end_is_detected_quickly(double level, double variation)
    {
        const int Seed = 103,
            Rounds = 1000;
        var (wrong, delays) = (0, new List<int>());
        for (var round = 0; round < Rounds; round++)
        {
            var story = new Story(seed: Seed + round).Run(80, 100, variation).Run(1, level, variation);
            story.RunPairs(100, level, variation, pairs: 24);
            if (story.Last.State != VerdictState.Slower)
                continue;
            var lasting = new Story(story.Rules, SeriesState.Read(story.State.Write()), seed: -round).Run(
                50,
                level,
                variation
            );
            if (lasting.Events.Any(e => e.Kind == EventKind.Returned))
                wrong++;
            var runs = 0;
            for (
                story.Run(10, level, variation);
                !story.Events.Any(e => e.Kind == EventKind.Returned) && runs < 50;
                runs++
            )
                story.Run(1, 100, variation);
            delays.Add(runs);
        }
        delays.Sort();
        Assert.True(
            delays.Count > Rounds * 0.8
                && wrong <= Rounds / 200
                && delays[delays.Count / 2] <= 4
                && delays[delays.Count * 9 / 10] <= 6,
            $"seed {Seed}: {delays.Count} proven, {wrong} wrongly ended, median delay {delays[delays.Count / 2]}, 90 % "
                + $"{delays[delays.Count * 9 / 10]}"
        );
    }

    [Fact]
    public void An_unchanged_young_series_is_rarely_suspected_and_never_reproduced()
    {
        const int Seed = 104;
        var (suspected, reproduced) = (0, 0);
        for (var round = 0; round < 1000; round++)
        {
            var story = new Story(seed: Seed + round).Run(5, 100, 0.05);
            for (var i = 0; i < 14; i++)
            {
                if (story.Run(1, 100, 0.05).Last.Suspicion is not { RerunsWanted: > 0 })
                    continue;
                suspected++;
                if (story.Rerun(100, 0.05).Suspicion is { IsReproduced: true })
                    reproduced++;
            }
        }
        Assert.True(
            reproduced == 0 && suspected < 300,
            $"seed {Seed}: {suspected} suspected, {reproduced} reproduced, of 14,000"
        );
    }
}
