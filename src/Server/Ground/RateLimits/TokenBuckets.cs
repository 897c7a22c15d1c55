namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// So many of each in a minute: all of them at once where nothing came before, then as they come back, evenly.
/// </summary>
/// <param name="keysMax">How many are kept apart; when there are more, those that are full again are forgotten, and if
/// need be all.</param>
internal sealed class TokenBuckets(int perMinute, int keysMax)
{
    private readonly Dictionary<long, (double Tokens, DateTimeOffset At)> buckets = [];
    private readonly Lock gate = new();

    /// <summary>Takes one.</summary>
    /// <returns>When there will be one again, or null where there was one.</returns>
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
