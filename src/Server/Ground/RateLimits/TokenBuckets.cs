namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// A token bucket per key with a fixed number of tokens per minute: all at once at first, then refilled evenly.
/// </summary>
/// <param name="keysMax">How many buckets are kept. When there are more, the full ones are dropped, and if need be
/// all.</param>
internal sealed class TokenBuckets(int perMinute, int keysMax)
{
    private readonly Dictionary<long, (double Tokens, DateTimeOffset At)> buckets = [];
    private readonly Lock gate = new();

    /// <summary>Takes one token.</summary>
    /// <returns>How long until the next token, or null if one was taken.</returns>
    public TimeSpan? Take(long key, DateTimeOffset now)
    {
        lock (gate)
        {
            var tokens = Tokens(key, now);
            if (tokens < 1)
                return TimeSpan.FromMinutes((1 - tokens) / perMinute);
            if (buckets.Count >= keysMax && !buckets.ContainsKey(key))
                Forget(now);
            buckets[key] = (tokens - 1, now);
            return null;
        }
    }

    private double Tokens(long key, DateTimeOffset now) =>
        buckets.TryGetValue(key, out var bucket)
            ? Math.Min(perMinute, bucket.Tokens + (now - bucket.At).TotalMinutes * perMinute)
            : perMinute;

    private void Forget(DateTimeOffset now)
    {
        foreach (var key in buckets.Keys.Where(key => Tokens(key, now) >= perMinute).ToList())
            buckets.Remove(key);
        if (buckets.Count >= keysMax)
            buckets.Clear();
    }
}
