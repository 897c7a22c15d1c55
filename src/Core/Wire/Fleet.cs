using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>Whether a runner can take work now.</summary>
[JsonConverter(typeof(WordConverter<FleetStatus>))]
public enum FleetStatus
{
    Online,
    Busy,
    Maintenance,
    Offline,
}

/// <summary>How far a pod is: the runner's side of a job.</summary>
[JsonConverter(typeof(WordConverter<PodStatus>))]
public enum PodStatus
{
    Pending,
    Initializing,
    Running,
    Completed,
    Error,
    Orphaned,
    Terminated,
}

/// <summary>
/// A runner as the fleet API shows it. The first eleven are the contract, in its order; what follows is only ours.
/// </summary>
/// <param name="Version">Empty, like <paramref name="Os"/> and <paramref name="Arch"/>, until it has connected
/// once.</param>
/// <param name="Os">linux, darwin, windows.</param>
/// <param name="Arch">amd64, arm64, ...</param>
/// <param name="PodCount">What runs on it, whoever it belongs to.</param>
/// <param name="Reason">Why it is in maintenance or offline: a sentence.</param>
/// <param name="Specs">The slugs of what it serves.</param>
/// <param name="Shared">Whether it takes jobs of every organization.</param>
public sealed record FleetRunner(
    long Id,
    string Name,
    FleetStatus Status,
    string Version,
    string Os,
    string Arch,
    IReadOnlyList<string> Labels,
    int PodCount,
    int MaxPods,
    DateTimeOffset? LastHeartbeatAt,
    DateTimeOffset CreatedAt,
    string? Reason,
    Guid Uuid,
    string Slug,
    IReadOnlyList<string> Specs,
    bool Shared,
    FreeSlots FreeSlots
);

/// <summary>How many more it could take now, by what may run in them.</summary>
public sealed record FreeSlots(int Benchmark, int Agent);

public sealed record FleetRunners(IReadOnlyList<FleetRunner> Runners);

/// <summary>The numbers of runners that are not to be seen any more.</summary>
public sealed record GoneRunners(IReadOnlyList<long> Ids);

public sealed record OneFleetRunner(FleetRunner Runner);

/// <summary>A pod. The first five are the contract, in its order; what follows is only ours.</summary>
/// <param name="AgentTypeId">benchmark, for what is none.</param>
/// <param name="InitialPrompt">Empty for a benchmark, which has none.</param>
/// <param name="Job">The UUID of the job that it is the runner's side of.</param>
/// <param name="Reason">Why it is so: a sentence.</param>
/// <param name="Image">Like what follows it, only for keys that may read pods.</param>
public sealed record Pod(
    string Key,
    PodStatus Status,
    string AgentTypeId,
    string InitialPrompt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    long? RunnerId,
    string Kind,
    Guid Job,
    Guid Project,
    string? Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Command = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Spec = null
);

/// <param name="Limit">How many there are at most: what was asked for, or the greatest that may be.</param>
public sealed record Pods(
    [property: JsonPropertyName("pods")] IReadOnlyList<Pod> List,
    long Total,
    int Limit,
    long Offset
);

public sealed record OnePod(Pod Pod);

/// <summary>A refusal as the fleet API words it.</summary>
/// <param name="RequiredScopes">What the key lacks.</param>
public sealed record FleetProblem(
    [property: JsonPropertyName("error")] string Message,
    string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ApiScope>? RequiredScopes,
    Guid RequestId
);

/// <summary>What every machine does, and why each job waits: for administrators.</summary>
/// <param name="Waiting">Those of each spec in the order in which they go, were there only one organization.</param>
/// <param name="WaitingTotal">How many wait, where more do than are listed.</param>
public sealed record Fleet(IReadOnlyList<FleetMachine> Machines, IReadOnlyList<WaitingJob> Waiting, long WaitingTotal);

/// <param name="Organization">The slug of the one that it belongs to; null for a shared one.</param>
/// <param name="Work">What runs on it, by slot.</param>
/// <param name="Noise">How noisy it was found just before jobs, oldest first.</param>
public sealed record FleetMachine(
    FleetRunner Runner,
    string? Organization,
    IReadOnlyList<FleetWork> Work,
    IReadOnlyList<NoisePoint> Noise
);

/// <param name="Since">When it was claimed, or has begun.</param>
public sealed record FleetWork(
    int Slot,
    string Pod,
    Guid Job,
    PodStatus Status,
    string Project,
    string Spec,
    DateTimeOffset? Since
);

/// <param name="Score">0 (quiet) to 100.</param>
public sealed record NoisePoint(DateTimeOffset Time, double Score);

/// <param name="Position">How many jobs of its spec go first.</param>
/// <param name="Reason">Why it waits, as a sentence or two.</param>
public sealed record WaitingJob(
    string Pod,
    Guid Job,
    string Project,
    string Spec,
    DateTimeOffset Since,
    int Position,
    string Reason
);
