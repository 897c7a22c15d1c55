namespace Paddock.Server.Ground.Http;

/// <summary>
/// What background work says in the log while the database, the blob store or the disk fails: one line when that begins, and
/// none for each step that meets it. Requests have a line of their own each, without a stack.
/// </summary>
internal sealed partial class OutageLog(TimeProvider time, ILogger<OutageLog> log)
{
    /// <summary>An outage that no step has met for so long is over. Sweeps look far more often.</summary>
    public static readonly TimeSpan OverAfter = TimeSpan.FromMinutes(2);

    private readonly Dictionary<Outage, DateTimeOffset> lastMet = [];
    private readonly Lock gate = new();

    /// <summary>Notes that background work has failed.</summary>
    /// <returns>False where the failure is no outage, and its stack is worth a look.</returns>
    public bool Takes(Exception e)
    {
        if (Outage.Of(e) is not { } outage)
            return false;
        lock (gate)
        {
            var now = time.GetUtcNow();
            var isNew = !lastMet.TryGetValue(outage, out var last) || now - last > OverAfter;
            lastMet[outage] = now;
            if (isNew)
                LogAway(outage.What, outage.State, e.Message);
        }
        return true;
    }

    [LoggerMessage(
        LogLevel.Error,
        "The {What} {State}: {Message}. Background work goes on when it is mended; until then it says no more about this."
    )]
    private partial void LogAway(string what, string state, string message);
}
