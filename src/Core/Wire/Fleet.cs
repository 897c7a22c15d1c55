using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>A runner's availability for new work.</summary>
[JsonConverter(typeof(WordConverter<FleetStatus>))]
public enum FleetStatus
{
    Online,
    Busy,
    Maintenance,
    Offline,
}

/// <summary>The progress of a pod. A pod is a job as its runner sees it.</summary>
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
/// A runner in the fleet API. The first eleven members are that API's contract, in its order; the others are Paddock's
/// additions.
/// </summary>
/// <param name="Version">
/// Empty, like <paramref name="Os"/> and <paramref name="Arch"/>, until the runner's first connection.
/// </param>
/// <param name="Os">linux, darwin, windows.</param>
/// <param name="Arch">amd64, arm64, ...</param>
/// <param name="PodCount">How many pods run on it, of all organizations.</param>
/// <param name="Reason">Why the runner is in maintenance or offline: a sentence.</param>
/// <param name="Specs">The slugs of the specs that it serves.</param>
/// <param name="Shared">True when the runner takes jobs of every organization.</param>
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

/// <summary>How many more pods a runner could start now, by their kind.</summary>
public sealed record FreeSlots(int Benchmark, int Agent);

public sealed record FleetRunners(IReadOnlyList<FleetRunner> Runners);

/// <summary>The numbers of runners that the caller can no longer see.</summary>
public sealed record GoneRunners(IReadOnlyList<long> Ids);

public sealed record OneFleetRunner(FleetRunner Runner);

/// <summary>
/// A pod. The first five members are the fleet API's contract, in its order; the others are Paddock's additions.
/// </summary>
/// <param name="AgentTypeId">"benchmark" for a pod that runs a benchmark, not an agent.</param>
/// <param name="InitialPrompt">Empty for a benchmark.</param>
/// <param name="Job">The UUID of the pod's job.</param>
/// <param name="Reason">Why the pod has its status: a sentence.</param>
/// <param name="Image">Like the members after it, only for keys with the scope pods:read.</param>
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

/// <param name="Limit">The largest number of pods in the answer: the requested one, or the allowed maximum.</param>
public sealed record Pods(
    [property: JsonPropertyName("pods")] IReadOnlyList<Pod> List,
    long Total,
    int Limit,
    long Offset
);

public sealed record OnePod(Pod Pod);

/// <summary>A refusal in the fleet API's format.</summary>
/// <param name="RequiredScopes">The scopes that the key lacks.</param>
public sealed record FleetProblem(
    [property: JsonPropertyName("error")] string Message,
    string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ApiScope>? RequiredScopes,
    Guid RequestId
);

/// <summary>For administrators: the work of every machine, and why each job waits.</summary>
/// <param name="Waiting">
/// Grouped by spec, each group in the order in which a single organization's jobs would be claimed.
/// </param>
/// <param name="WaitingTotal">How many jobs wait, including those that are not listed.</param>
public sealed record Fleet(IReadOnlyList<FleetMachine> Machines, IReadOnlyList<WaitingJob> Waiting, long WaitingTotal);

/// <param name="Organization">The slug of the organization that owns the machine; null for a shared one.</param>
/// <param name="Work">The pods that run on it, by slot.</param>
/// <param name="Noise">Noise measured just before each job, oldest first.</param>
public sealed record FleetMachine(
    FleetRunner Runner,
    string? Organization,
    IReadOnlyList<FleetWork> Work,
    IReadOnlyList<NoisePoint> Noise
);

/// <param name="Since">When the pod began to run, or was claimed if it has not begun.</param>
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

/// <param name="Position">How many jobs of its spec are ahead of it.</param>
/// <param name="Reason">Why the job waits: one or two sentences.</param>
public sealed record WaitingJob(
    string Pod,
    Guid Job,
    string Project,
    string Spec,
    DateTimeOffset Since,
    int Position,
    string Reason
);
