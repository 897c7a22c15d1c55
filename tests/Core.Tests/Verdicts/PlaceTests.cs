using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Xunit.Abstractions;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>At which commit a proven change is placed, and when later values move it.</summary>
public sealed class PlaceTests(ITestOutputHelper output)
{
    private const int Step = 41; // The key of the first value of the new level.

    [Fact]
    public void Later_values_locate_a_change_better_and_rarely_move_it_away()
    {
        var (told, moved, covered, changes, wrong) = (0, 0, 0, 0, 0);
        for (var seed = 1; seed <= 400; seed++)
        {
            var (change, place) = PlaceOf(seed, 0.06, 0.03);
            if (change is null || place is null)
                continue;
            // The reported commit changes only when the interval excludes it.
            var since = place.MayBe(change.Since) ? change.Since : place.Since;
            changes++;
            told += change.Since == Step ? 1 : 0;
            moved += since == Step ? 1 : 0;
            covered += place.MayBe(Step) ? 1 : 0;
            wrong += !place.MayBe(change.Since) && Math.Abs(since - Step) > Math.Abs(change.Since - Step) ? 1 : 0;
        }
        output.WriteLine(
            $"of {changes} changes: {told} exact at first, {moved} later; {covered} in the interval; {wrong} moved away"
        );
        Assert.True(changes >= 300, $"{changes} changes of 400 were proven");
        Assert.True(moved >= told, $"{moved} changes are exact after moving, {told} before");
        Assert.True(covered >= changes * 0.9, $"the interval contains the step in {covered} of {changes} changes");
        Assert.True(wrong <= changes * 0.02, $"{wrong} of {changes} changes moved away from the step");
    }

    [Theory]
    [InlineData(0.01, 150)]
    [InlineData(0.02, 90)]
    public void A_change_placed_at_an_outlier_before_a_step_moves_to_the_step_later(double variation, int least)
    {
        // The proven change began at the first outlier. Where noise allows, the commit of the step is reported in the
        // end.
        var (atOutlier, atStep) = (0, 0);
        for (var seed = 1; seed <= 200; seed++)
        {
            var (first, told) = Told(
                seed,
                at =>
                    at is Step - 5 or Step - 3 ? 130
                    : at < Step ? 100
                    : 106,
                variation
            );
            atOutlier += first == Step - 5 ? 1 : 0;
            atStep += told == Step ? 1 : 0;
        }
        output.WriteLine($"{atOutlier} of 200 placed at the outlier first, {atStep} at the step in the end");
        Assert.True(
            atStep >= least,
            $"{atStep} of 200 are placed at the step in the end, {atOutlier} were placed at the outlier first"
        );
    }

    [Fact]
    public void A_second_step_soon_after_does_not_move_the_first_change()
    {
        var moved = 0;
        for (var seed = 1; seed <= 200; seed++)
        {
            var (first, told) = Told(
                seed,
                at =>
                    at < Step ? 100
                    : at < Step + 6 ? 106
                    : 118,
                0.01
            );
            moved += first == Step && told != Step ? 1 : 0;
        }
        Assert.True(moved <= 2, $"{moved} of 200 first changes moved");
    }

    // The commit that is reported for the first change when it is proven, and in the end.
    private static (long First, long Told) Told(int seed, Func<int, double> levels, double variation)
    {
        var story = new Story(seed: seed);
        Change? first = null;
        var told = 0L;
        for (var at = 1; at <= 75; at++)
        {
            story.Run(1, levels(at), variation);
            if (first is null && story.Last.Events.FirstOrDefault(e => e.Kind == EventKind.Proven) is { } proven)
                (first, told) = (proven.Change!, proven.Change!.Since);
            if (story.Last.Place is { } place && place.Number == first?.Number && !place.MayBe(told))
                told = place.Since;
        }
        return (first?.Since ?? 0, told);
    }

    private static (Change? Change, ChangePlace? Place) PlaceOf(int seed, double step, double variation)
    {
        var story = new Story(seed: seed).Run(Step - 1, 100, variation);
        for (var i = 0; i < 60; i++)
        {
            story.Run(1, 100 * (1 + step), variation);
            if (story.Last.Place is not null && story.Last.Change is { IsWorse: true } change)
            {
                var last = story.Last.Place;
                for (var k = 0; k < 11; k++)
                {
                    story.Run(1, 100 * (1 + step), variation);
                    last = story.Last.Place ?? last;
                }
                return (change, last);
            }
        }
        return default;
    }
}
