using Microsoft.Extensions.Time.Testing;

namespace Paddock.Testing;

/// <summary>A clock that stands still until the test moves it; timers fire as it passes them.</summary>
public sealed class HandClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    public HandClock()
        : this(new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero)) { }

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
}
