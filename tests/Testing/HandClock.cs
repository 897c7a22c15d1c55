namespace Paddock.Testing;

/// <summary>
/// A clock that stands still until the test advances it. Each timer fires at its own due time on the way.
/// FakeTimeProvider moves to the end first, so its timers would see the end time.
/// </summary>
/// <remarks>
/// In one long advance, a timer with a short period fires only about a thousand times, in even steps of whole periods;
/// its last firing is where it would be without that limit. A server has timers of one second; in 89 days each would
/// fire 7.7 million times.
/// </remarks>
public sealed class HandClock(DateTimeOffset start) : TimeProvider
{
    private const int FiresMax = 1000; // Approximate, per timer and advance.
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
    /// Advances step by step until the task is complete, for results that depend on timers firing at their own time.
    /// </summary>
    public async Task AdvanceUntilAsync(Task happened, TimeSpan step)
    {
        while (!happened.IsCompleted)
        {
            Advance(step);
            // Not a test's wait: lets other threads do the work that the timers triggered.
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

        /// <param name="step">The smallest distance to the next due time, if the advance goes that far.</param>
        /// <param name="end">The end of the advance.</param>
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
