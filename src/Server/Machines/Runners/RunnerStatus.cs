using Paddock.Core.Wire;

namespace Paddock.Server.Machines.Runners;

/// <summary>What is known of a runner when its status is asked for.</summary>
/// <param name="IsConnected">Whether one of its slots has a channel.</param>
/// <param name="Maintenance">The operator's reason, where there is one.</param>
/// <param name="IsDraining">The runner itself takes nothing new.</param>
/// <param name="FreeSlots">How many of those that it may use are connected and have no job.</param>
internal readonly record struct RunnerFactsNow(
    bool IsArchived,
    DateTimeOffset? LastHeartbeat,
    bool IsConnected,
    string? Maintenance,
    bool IsDraining,
    int FreeSlots
);

/// <summary>
/// Whether a runner can take work, for people: <see cref="RunnerLiveness"/> says whether it is there at all.
/// </summary>
internal static class RunnerStatus
{
    /// <param name="seenSince">Who was not heard from since then is away, whatever is written down of its channels: its
    /// server may have died.</param>
    /// <returns>The status; and why, as a sentence, where that is not plain.</returns>
    public static (FleetStatus Status, string? Reason) Of(RunnerFactsNow runner, DateTimeOffset seenSince) =>
        runner switch
        {
            { IsArchived: true } => (FleetStatus.Offline, "It is archived."),
            { LastHeartbeat: null } => (FleetStatus.Offline, "It has never connected."),
            _ when !RunnerLiveness.IsAlive(runner.LastHeartbeat, runner.IsConnected, seenSince) => (
                FleetStatus.Offline,
                runner.IsConnected ? "Nothing was heard of it for too long." : "Its connection is gone."
            ),
            { Maintenance: { } reason } => (FleetStatus.Maintenance, reason),
            { IsDraining: true } => (FleetStatus.Maintenance, "It says that it takes nothing new."),
            { FreeSlots: 0 } => (FleetStatus.Busy, null),
            _ => (FleetStatus.Online, null),
        };

    /// <summary>Systems and architectures by the names that the fleet API has for them.</summary>
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
