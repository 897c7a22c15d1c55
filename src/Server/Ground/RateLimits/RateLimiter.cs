using Paddock.Core.Wire;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// Counts how often each key did one thing, per minute, hour and day at once. Each count covers the current bucket of
/// that length and the one before, so up to twice that length. Refused attempts count too, so hammering does not pay.
/// </summary>
/// <param name="keysMax">How many keys are tracked. When there are more, the keys that have been quiet longest are
/// dropped.</param>
internal sealed class RateLimiter<TKey>(RateLimit limit, int keysMax)
    where TKey : notnull
{
    private static readonly long[] Lengths = [60, 3_600, 86_400]; // Seconds.

    private readonly long[] limits = [limit.Minute, limit.Hour, limit.Day];
    private readonly Dictionary<TKey, Counts> counts = [];
    private readonly Dictionary<TKey, int> untold = [];
    private readonly Lock gate = new();

    /// <summary>
    /// True when other servers count the same keys. Counts are then kept until <see cref="TakeUntold"/> shares them.
    /// </summary>
    public bool IsShared { get; set; }

    /// <summary>The number of tracked keys; never more than the maximum.</summary>
    public int Keys
    {
        get
        {
            lock (gate)
                return counts.Count;
        }
    }

    /// <summary>Counts one attempt.</summary>
    /// <returns>How long the key stays over the limit, or null if it is not.</returns>
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

    /// <summary>Adds attempts counted on other servers.</summary>
    public void Add(TKey key, int times, DateTimeOffset now)
    {
        lock (gate)
            Of(key).Add(times, now.ToUnixTimeSeconds(), limits);
    }

    /// <summary>The attempts counted here since the last call.</summary>
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

    // Drops half of the keys, so that the sort runs once per many new keys.
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

        /// <returns>The time when the key is below the limit again, in seconds since 1970, or null if it is below
        /// now.</returns>
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
                // The previous bucket expires when the current one ends. If the current one is full by itself, one
                // bucket later.
                var end = (bucket + (span.Now < limits[i] ? 1 : 2)) * Lengths[i];
                until = Math.Max(until ?? 0, end);
            }
            return until;
        }
    }
}
