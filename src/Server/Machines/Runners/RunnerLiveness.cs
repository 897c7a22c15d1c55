using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Runners;

/// <summary>
/// A runner is alive while one of its slots has a channel and its last heartbeat is recent. This is decided on each
/// read from the stored heartbeat, not by a server process: the server that recorded the channel may have died with it.
/// </summary>
internal static class RunnerLiveness
{
    /// <param name="seenSince">A runner whose last heartbeat is older than this is lost.</param>
    public static bool IsAlive(DateTimeOffset? lastHeartbeat, bool isConnected, DateTimeOffset seenSince) =>
        isConnected && lastHeartbeat >= seenSince;

    /// <summary>The same as a condition on the table runners.</summary>
    public static SqlText IsAlive(DateTimeOffset seenSince) =>
        SqlText.Of(
            $"""
            (runners.last_heartbeat >= {seenSince}
            AND EXISTS (SELECT 1 FROM runner_slots WHERE runner_slots.runner_id = runners.id AND runner_slots.channel IS NOT NULL))
            """
        );
}
