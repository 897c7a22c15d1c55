using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Tests.Ground;

public sealed class BurstTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1),
        Max = TimeSpan.FromSeconds(10),
        Step = TimeSpan.FromSeconds(0.5);

    private readonly HandClock clock = new();

    [Fact]
    public async Task A_burst_ends_after_a_pause_and_holds_each_thing_once()
    {
        var burst = new Burst<int>(Pause, Max, most: 8, clock);
        burst.Add(1);
        burst.Add(2);
        burst.Add(1);

        var first = burst.NextAsync(CancellationToken.None);
        Assert.False(first.IsCompleted);
        await clock.AdvanceUntilAsync(first, Step);
        burst.Add(3);
        var second = burst.NextAsync(CancellationToken.None);
        await clock.AdvanceUntilAsync(second, Step);

        Assert.Equal([1, 2], await first);
        Assert.Equal([3], await second);
    }

    [Fact]
    public async Task A_burst_without_a_pause_ends_when_its_time_is_over()
    {
        var burst = new Burst<int>(Pause, Max, most: 1000, clock);
        var began = clock.GetUtcNow();
        burst.Add(0);

        var next = burst.NextAsync(CancellationToken.None);
        for (var i = 1; !next.IsCompleted; i++)
        {
            burst.Add(i % 100);
            clock.Advance(Step);
            await Task.WhenAny(next, Task.Delay(5)); // Not a test's wait: lets the burst take what was added.
        }

        Assert.InRange(clock.GetUtcNow() - began, Max, 2 * Max);
        Assert.True((await next).Count > 5);
    }

    [Fact]
    public async Task Who_waits_for_the_end_of_a_burst_waits_while_something_is_announced_but_not_for_ever()
    {
        var burst = new Burst<int>(Pause, Max, most: 8, clock);
        var none = burst.PassAsync(clock.GetTimestamp(), CancellationToken.None);
        burst.Add(1);
        var brief = burst.PassAsync(clock.GetTimestamp(), CancellationToken.None);
        Assert.False(brief.IsCompleted);
        await clock.AdvanceUntilAsync(brief, Step);
        var began = clock.GetUtcNow();
        burst.Add(2);
        var endless = burst.PassAsync(clock.GetTimestamp(), CancellationToken.None);
        while (!endless.IsCompleted)
        {
            burst.Add(3);
            clock.Advance(Step);
            await Task.WhenAny(endless, Task.Delay(5)); // Not a test's wait: lets the waiting task go on.
        }

        Assert.True(none.IsCompletedSuccessfully);
        Assert.InRange(clock.GetUtcNow() - began, Max, 2 * Max);
        // Who has waited for so long does not wait again, although the burst goes on.
        burst.Add(4);
        Assert.True(burst.PassAsync(began.UtcTicks, CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task What_is_added_to_a_full_burst_is_dropped_and_a_full_burst_does_not_wait()
    {
        var burst = new Burst<int>(Pause, Max, most: 3, clock);
        for (var i = 1; i <= 10; i++)
            burst.Add(i);

        Assert.Equal([1, 2, 3], await burst.NextAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_canceled_wait_for_a_burst_or_for_its_end_throws()
    {
        using var stop = new CancellationTokenSource();
        var empty = new Burst<int>(Pause, Max, most: 3, clock).NextAsync(stop.Token);
        var begun = new Burst<int>(Pause, Max, most: 3, clock);
        begun.Add(1);
        var next = begun.NextAsync(stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => empty);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }
}
