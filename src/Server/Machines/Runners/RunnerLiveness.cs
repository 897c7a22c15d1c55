using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Runners;

/// <summary>
/// A runner is alive while one of its slots has a channel and its last heartbeat is recent. This is decided on each
/// read from the stored heartbeat, not by a server process: the server that recorded the channel may have died with it.
/// No other class compares heartbeats: each rule below has a form for rows in memory and one for SQL.
/// </summary>
internal static class RunnerLiveness
{
    /// <summary>
    /// A runner whose last heartbeat is older than this is lost. Whole seconds, as in the table; the server that a
    /// runner is connected to saves its heartbeats far more often than the timeout.
    /// </summary>
    public static DateTimeOffset SeenSince(DateTimeOffset now, TimeSpan heartbeatTimeout) =>
        DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()) - heartbeatTimeout;

    /// <summary>True when the last heartbeat is recent.</summary>
    /// <param name="seenSince">See <see cref="SeenSince"/>.</param>
    public static bool IsSeen(DateTimeOffset? lastHeartbeat, DateTimeOffset seenSince) => lastHeartbeat >= seenSince;

    /// <summary>The same as a condition on the table runners; NULL for a runner that has never connected.</summary>
    public static SqlText IsSeen(DateTimeOffset seenSince) => SqlText.Of($"runners.last_heartbeat >= {seenSince}");

    /// <summary>True when the last heartbeat is recent and one of the slots has a channel.</summary>
    /// <param name="seenSince">See <see cref="SeenSince"/>.</param>
    public static bool IsAlive(DateTimeOffset? lastHeartbeat, bool isConnected, DateTimeOffset seenSince) =>
        isConnected && IsSeen(lastHeartbeat, seenSince);

    /// <summary>The same as a condition on the table runners.</summary>
    public static SqlText IsAlive(DateTimeOffset seenSince) =>
        SqlText.Of(
            $"""
            ({IsSeen(seenSince)}
            AND EXISTS (SELECT 1 FROM runner_slots WHERE runner_slots.runner_id = runners.id AND runner_slots.channel IS NOT NULL))
            """
        );

    /// <summary>
    /// A condition on the table runners: the last heartbeat was recent at the time of <paramref name="before"/>, and no
    /// longer is at the time of <paramref name="seenSince"/>.
    /// </summary>
    public static SqlText WentSilent(DateTimeOffset before, DateTimeOffset seenSince) =>
        SqlText.Of($"{IsSeen(before)} AND NOT ({IsSeen(seenSince)})");
}
