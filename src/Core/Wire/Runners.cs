using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>What a runner does now.</summary>
[JsonConverter(typeof(WordConverter<RunnerState>))]
public enum RunnerState { Offline, Idle, Running, Draining }

/// <summary>A machine that claims jobs. What is below <paramref name="Archived"/> is only ours: v0's clients overlook it.</summary>
/// <param name="Specs">The UUIDs of what it serves, in the order in which they were given to it.</param>
/// <param name="Drain">Why it gets no new job, where an operator said so.</param>
/// <param name="Jobs">What runs on it now.</param>
public sealed record Runner(
    Guid Uuid, string Name, string Slug, IReadOnlyList<Guid> Specs, DateTimeOffset? LastHeartbeat, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived,
    RunnerState State, string? Drain, int Slots, IReadOnlyList<Guid> Jobs, RunnerFacts? Facts);

public sealed record NewRunner(ResourceName Name, Slug? Slug = null);

public sealed record RunnerPatch(ResourceName? Name = null, Slug? Slug = null, bool? Archived = null)
{
    /// <summary>Why it is to get no new job; null puts it back to work. Ours.</summary>
    [JsonConverter(typeof(NullableOptionalConverter<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Drain { get; init; }
}

/// <summary>The one answer that shows a runner's key.</summary>
public sealed record RunnerKey(Guid Uuid, string Key);

public sealed record NewRunnerSpec(ResourceId Spec);
