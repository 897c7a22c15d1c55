using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Runners;

/// <summary>A slot of a runner.</summary>
/// <param name="Job">The job in the slot.</param>
internal sealed record SlotRow(Id<Runner> RunnerId, int Slot, bool Connected, Guid? Job);

/// <summary>A runner with its organization, labels, specs and slots.</summary>
internal sealed record RunnerView(
    RunnerRow Runner,
    Guid? Organization,
    IReadOnlyList<string> Labels,
    IReadOnlyList<Guid> Specs,
    IReadOnlyList<SlotRow> Slots
)
{
    /// <param name="seenSince">See <see cref="RunnerLiveness"/>.</param>
    public RunnerState State(DateTimeOffset seenSince) =>
        this switch
        {
            _ when !RunnerLiveness.IsAlive(Runner.LastHeartbeat, Slots.Any(slot => slot.Connected), seenSince) =>
                RunnerState.Offline,
            { Runner.TakesJobs: false } => RunnerState.Draining,
            _ => Slots.Any(slot => slot.Job is not null) ? RunnerState.Running : RunnerState.Idle,
        };

    /// <summary>True when one of its usable slots is connected and free.</summary>
    public bool HasRoom =>
        Slots.Any(slot =>
            slot is { Connected: true, Job: null } && (Runner.SlotsMax is not { } max || slot.Slot < max)
        );

    public Runner ToWire(DateTimeOffset seenSince) =>
        new(
            Runner.Uuid,
            Runner.Name,
            Runner.Slug,
            Specs,
            Runner.LastHeartbeat,
            Runner.Created,
            Runner.Modified,
            Runner.Archived,
            Runner.Id,
            State(seenSince),
            Runner.Maintenance is { } reason ? new(reason) : null,
            Labels,
            Runner.SlotsMax ?? Slots.Count,
            Organization,
            [.. Slots.Where(slot => slot.Job is not null).Select(slot => slot.Job!.Value)],
            Runner.ParsedFacts
        );
}
