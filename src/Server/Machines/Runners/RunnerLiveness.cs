using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Runners;

/// <summary>
/// A runner is alive while one of its slots has a channel and the runner was heard from of late. Decided when somebody
/// asks, from what is written down, so that no server has to be alive for a runner to become lost: the server that
/// wrote the channel down may have died with it.
/// </summary>
internal static class RunnerLiveness
{
    /// <param name="seenSince">A runner that was not heard from since then is lost.</param>
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
