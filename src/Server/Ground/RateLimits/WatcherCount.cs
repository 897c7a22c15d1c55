using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>Counts the open event streams of each caller, so that one caller cannot take all of them.</summary>
internal sealed class WatcherCount(int max)
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(15);

    private readonly Dictionary<CallerKey, int> counts = [];
    private readonly Lock gate = new();

    /// <exception cref="Refusal">The caller has the maximum open already.</exception>
    public void Add(CallerKey caller)
    {
        lock (gate)
        {
            var count = counts.GetValueOrDefault(caller);
            if (count >= max)
                throw new Refusal(
                    Because.TooMany,
                    $"You have {count} event streams open already, and PADDOCK_JOB_WATCHERS_PER_CALLER_MAX allows no "
                        + "more; close one first."
                )
                {
                    RetryAfter = AgainAfter,
                };
            counts[caller] = count + 1;
        }
    }

    public void Remove(CallerKey caller)
    {
        lock (gate)
        {
            if (--counts[caller] == 0)
                counts.Remove(caller);
        }
    }
}
