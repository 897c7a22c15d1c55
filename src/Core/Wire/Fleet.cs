using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>Whether a runner can take work now.</summary>
[JsonConverter(typeof(WordConverter<FleetStatus>))]
public enum FleetStatus { Online, Busy, Maintenance, Offline }

/// <summary>How far a pod is: the runner's side of a job.</summary>
[JsonConverter(typeof(WordConverter<PodStatus>))]
public enum PodStatus { Pending, Initializing, Running, Completed, Error, Orphaned, Terminated }

/// <summary>A runner as the fleet API shows it. The first eleven are the contract, in its order; what follows is only ours.</summary>
/// <param name="Version">Empty, like <paramref name="Os"/> and <paramref name="Arch"/>, until it has connected once.</param>
/// <param name="Os">linux, darwin, windows.</param>
/// <param name="Arch">amd64, arm64, ...</param>
/// <param name="PodCount">What runs on it, whoever it belongs to.</param>
/// <param name="Reason">Why it is in maintenance or offline: a sentence.</param>
/// <param name="Specs">The slugs of what it serves.</param>
/// <param name="Shared">Whether it takes jobs of every organization.</param>
public sealed record FleetRunner(
    long Id, string Name, FleetStatus Status, string Version, string Os, string Arch, IReadOnlyList<string> Labels, int PodCount, int MaxPods,
    DateTimeOffset? LastHeartbeatAt, DateTimeOffset CreatedAt,
    string? Reason, Guid Uuid, string Slug, IReadOnlyList<string> Specs, bool Shared, FreeSlots FreeSlots);

/// <summary>How many more it could take now, by what may run in them.</summary>
public sealed record FreeSlots(int Benchmark, int Agent);

public sealed record FleetRunners(IReadOnlyList<FleetRunner> Runners);

public sealed record OneFleetRunner(FleetRunner Runner);

/// <summary>A pod. The first five are the contract, in its order; what follows is only ours.</summary>
/// <param name="AgentTypeId">benchmark, for what is none.</param>
/// <param name="InitialPrompt">Empty for a benchmark, which has none.</param>
/// <param name="Job">The UUID of the job that it is the runner's side of.</param>
/// <param name="Reason">Why it is so: a sentence.</param>
/// <param name="Image">Like what follows it, only for keys that may read pods.</param>
public sealed record Pod(
    string Key, PodStatus Status, string AgentTypeId, string InitialPrompt, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long? RunnerId, string Kind, Guid Job, Guid Project, string? Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Command = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Spec = null);

/// <param name="Limit">How many there are at most: what was asked for, or the greatest that may be.</param>
public sealed record Pods([property: JsonPropertyName("pods")] IReadOnlyList<Pod> List, long Total, int Limit, long Offset);

public sealed record OnePod(Pod Pod);

/// <summary>A refusal as the fleet API words it.</summary>
/// <param name="RequiredScopes">What the key lacks.</param>
public sealed record FleetProblem(
    [property: JsonPropertyName("error")] string Message, string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ApiScope>? RequiredScopes, Guid RequestId);
