using Paddock.Core.Wire;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// Counts how often each of many did one thing, in a minute, an hour and a day at once. A span is the current bucket of
/// that length and the one before it, so it is up to twice as long; what is refused counts too, so hammering does not
/// pay.
/// </summary>
/// <param name="keysMax">How many are kept apart. When there are more, those are forgotten that have been quiet
/// longest.</param>
internal sealed class RateLimiter<TKey>(RateLimit limit, int keysMax)
    where TKey : notnull
{
    private static readonly long[] Lengths = [60, 3_600, 86_400]; // Seconds.

    private readonly long[] limits = [limit.Minute, limit.Hour, limit.Day];
    private readonly Dictionary<TKey, Counts> counts = [];
    private readonly Dictionary<TKey, int> untold = [];
    private readonly Lock gate = new();

    /// <summary>Whether others count along: then what was counted here is kept until it is told.</summary>
    public bool IsShared { get; set; }

    /// <summary>How many are remembered; never more than the given maximum.</summary>
    public int Keys
    {
        get
        {
            lock (gate)
                return counts.Count;
        }
    }

    /// <summary>Counts once more.</summary>
    /// <returns>How long it will be too often, or null where it is not.</returns>
    public TimeSpan? Count(TKey key, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        lock (gate)
        {
            if (IsShared && untold.Count < keysMax)
                untold[key] = untold.GetValueOrDefault(key) + 1;
            return Of(key).Add(times: 1, seconds, limits) is { } until ? TimeSpan.FromSeconds(until - seconds) : null;
        }
    }

    /// <summary>Adds what was counted elsewhere.</summary>
    public void Add(TKey key, int times, DateTimeOffset now)
    {
        lock (gate)
            Of(key).Add(times, now.ToUnixTimeSeconds(), limits);
    }

    /// <summary>What was counted here since the last time this was asked.</summary>
    public IReadOnlyList<KeyValuePair<TKey, int>> TakeUntold()
    {
        lock (gate)
        {
            List<KeyValuePair<TKey, int>> taken = [.. untold];
            untold.Clear();
            return taken;
        }
    }

    private Counts Of(TKey key)
    {
        if (counts.TryGetValue(key, out var count))
            return count;
        if (counts.Count >= keysMax)
            ForgetQuiet();
        counts.Add(key, count = new());
        return count;
    }

    // Half of them, so that it is done once in many new ones.
    private void ForgetQuiet()
    {
        foreach (
            var key in counts
                .OrderBy(pair => pair.Value.Last)
                .Take((counts.Count + 1) / 2)
                .Select(pair => pair.Key)
                .ToList()
        )
            counts.Remove(key);
    }

    private sealed class Counts
    {
        private readonly (long Bucket, long Now, long Before)[] spans = new (long, long, long)[Lengths.Length];

        public long Last { get; private set; }

        /// <returns>When it is no longer too often, in seconds since 1970, or null where it is not.</returns>
        public long? Add(int times, long seconds, long[] limits)
        {
            Last = seconds;
            long? until = null;
            for (var i = 0; i < Lengths.Length; i++)
            {
                ref var span = ref spans[i];
                var bucket = seconds / Lengths[i];
                if (bucket != span.Bucket)
                    span = (bucket, 0, bucket == span.Bucket + 1 ? span.Now : 0);
                span.Now += times;
                if (span.Now + span.Before <= limits[i])
                    continue;
                // The bucket before falls out when this one ends; where this one is full by itself, one later.
                var end = (bucket + (span.Now < limits[i] ? 1 : 2)) * Lengths[i];
                until = Math.Max(until ?? 0, end);
            }
            return until;
        }
    }
}
