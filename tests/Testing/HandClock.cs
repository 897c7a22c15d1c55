namespace Paddock.Testing;

/// <summary>
/// A clock that stands still until the test moves it; timers fire as it passes them, each at its own time. The
/// library's FakeTimeProvider moves to the end first, so that a timer on the way sees the time of the end.
/// </summary>
/// <remarks>
/// In one long advance, a timer with a short period fires about a thousand times, in even steps of whole periods, and
/// for the last time where it would have without that limit. A server has timers of one second; in 89 days each of
/// them would fire 7.7 million times.
/// </remarks>
public sealed class HandClock(DateTimeOffset start) : TimeProvider
{
    private const int FiresMax = 1000; // Of one timer in one advance, about.
    private readonly Lock gate = new();
    private readonly List<HandTimer> timers = [];
    private DateTimeOffset now = start;

    public HandClock()
        : this(new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero)) { }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public void Advance(TimeSpan by)
    {
        var (end, step) = (GetUtcNow() + by, by / FiresMax);
        while (true)
        {
            HandTimer? next;
            lock (gate)
            {
                next = timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                now = next?.Due ?? end;
                next?.SetNext(step, end);
            }
            if (next is null)
                return;
            next.Fire();
        }
    }

    /// <summary>
    /// Goes on, step by step, until something has happened: for what follows from a timer in its own time.
    /// </summary>
    public async Task AdvanceUntilAsync(Task happened, TimeSpan step)
    {
        while (!happened.IsCompleted)
        {
            Advance(step);
            // Not a test's wait: it lets the other threads do what the timers told them.
            await Task.WhenAny(happened, Task.Delay(5));
        }
        await happened;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HandTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (gate)
            timers.Add(timer);
        return timer;
    }

    private sealed class HandTimer(HandClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan every = Timeout.InfiniteTimeSpan;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public void Fire() => callback(state);

        /// <param name="step">How far away the next time is at least, where the advance goes that far.</param>
        /// <param name="end">Where the advance ends.</param>
        public void SetNext(TimeSpan step, DateTimeOffset end)
        {
            if (every == Timeout.InfiniteTimeSpan)
            {
                Due = DateTimeOffset.MaxValue;
                return;
            }
            var periods = Math.Min(Math.Ceiling(step / every), Math.Floor((end - Due) / every));
            Due += every * Math.Max(1, periods);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                every = period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan;
                Due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : clock.now + dueTime;
            }
            return true;
        }

        public void Dispose()
        {
            lock (clock.gate)
                clock.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
