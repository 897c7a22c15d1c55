namespace Paddock.Server.Ground.Http;

/// <summary>
/// Logs failures of background work while the database, the blob store or the disk is down: one line when the outage
/// begins, and none for each step that fails. Requests each log their own line, without a stack trace.
/// </summary>
internal sealed partial class OutageLog(TimeProvider time, ILogger<OutageLog> log)
{
    /// <summary>An outage is over when no step has met it for this long. Sweeps run far more often.</summary>
    public static readonly TimeSpan OverAfter = TimeSpan.FromMinutes(2);

    private readonly Dictionary<Outage, DateTimeOffset> lastMet = [];
    private readonly Lock gate = new();

    /// <summary>Records a failure of background work.</summary>
    /// <returns>False when the failure is not an outage; the caller should then log its stack trace.</returns>
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
        "The {What} {State}: {Message}. Background work resumes when this is fixed, and does not log this again until "
            + "then."
    )]
    private partial void LogAway(string what, string state, string message);
}
