namespace Paddock.Runner.Channel;

/// <summary>Exponential backoff with jitter, so that not all runners reconnect at the same moment.</summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5),
        Longest = TimeSpan.FromSeconds(30);
    private int failures;

    public TimeSpan Next()
    {
        var most = Math.Min(First.TotalSeconds * Math.Pow(2, failures), Longest.TotalSeconds);
        failures = Math.Min(failures + 1, 16);
        return TimeSpan.FromSeconds(most * (0.5 + random.NextDouble() / 2));
    }

    public void Reset() => failures = 0;
}
