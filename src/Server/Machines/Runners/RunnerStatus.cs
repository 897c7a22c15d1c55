using Paddock.Core.Wire;

namespace Paddock.Server.Machines.Runners;

/// <summary>The stored facts from which a runner's status is derived.</summary>
/// <param name="IsConnected">True when one of its slots has a channel.</param>
/// <param name="Maintenance">The operator's reason for the maintenance; null when there is none.</param>
/// <param name="IsDraining">True when the runner itself has said that it takes no new jobs.</param>
/// <param name="FreeSlots">How many of the slots that it may use are connected and free.</param>
internal readonly record struct RunnerFactsNow(
    bool IsArchived,
    DateTimeOffset? LastHeartbeat,
    bool IsConnected,
    string? Maintenance,
    bool IsDraining,
    int FreeSlots
);

/// <summary>
/// Derives the status that people see: whether a runner can take work. <see cref="RunnerLiveness"/> says whether it is
/// alive at all.
/// </summary>
internal static class RunnerStatus
{
    /// <param name="seenSince">A runner whose last heartbeat is older than this is offline, even if a channel is
    /// recorded: its server may have died.</param>
    /// <returns>The status, and a sentence with the reason when the status alone does not explain it.</returns>
    public static (FleetStatus Status, string? Reason) Of(RunnerFactsNow runner, DateTimeOffset seenSince) =>
        runner switch
        {
            { IsArchived: true } => (FleetStatus.Offline, "It is archived."),
            { LastHeartbeat: null } => (FleetStatus.Offline, "It has never connected."),
            _ when !RunnerLiveness.IsAlive(runner.LastHeartbeat, runner.IsConnected, seenSince) => (
                FleetStatus.Offline,
                runner.IsConnected ? "It has sent no heartbeat for too long." : "Its connection is gone."
            ),
            { Maintenance: { } reason } => (FleetStatus.Maintenance, reason),
            { IsDraining: true } => (FleetStatus.Maintenance, "It is draining: it accepts no new jobs."),
            { FreeSlots: 0 } => (FleetStatus.Busy, null),
            _ => (FleetStatus.Online, null),
        };

    /// <summary>The fleet API's names of operating systems and architectures.</summary>
    public static string Os(string? os) =>
        os?.ToLowerInvariant() switch
        {
            null => "",
            "macos" or "osx" => "darwin",
            var name => name,
        };

    public static string Architecture(string? architecture) =>
        architecture?.ToLowerInvariant() switch
        {
            null => "",
            "x86_64" or "x64" => "amd64",
            "aarch64" => "arm64",
            var name => name,
        };
}
