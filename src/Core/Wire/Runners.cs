using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>What a runner does now.</summary>
[JsonConverter(typeof(WordConverter<RunnerState>))]
public enum RunnerState
{
    Offline,
    Idle,
    Running,
    Draining,
}

/// <summary>
/// A machine that claims jobs. What is below <paramref name="Archived"/> is only ours: v0's clients overlook it.
/// </summary>
/// <param name="Specs">The UUIDs of what it serves, in the order in which they were given to it.</param>
/// <param name="Id">Its number in the fleet API.</param>
/// <param name="Maintenance">Why it gets no new job, where an operator said so.</param>
/// <param name="Slots">How many jobs it takes at the same time.</param>
/// <param name="Organization">Whose jobs it takes; null for everybody's.</param>
/// <param name="Jobs">What runs on it now.</param>
public sealed record Runner(
    Guid Uuid,
    string Name,
    string Slug,
    IReadOnlyList<Guid> Specs,
    DateTimeOffset? LastHeartbeat,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived,
    long Id,
    RunnerState State,
    Maintenance? Maintenance,
    IReadOnlyList<string> Labels,
    int Slots,
    Guid? Organization,
    IReadOnlyList<Guid> Jobs,
    RunnerFacts? Facts
);

/// <summary>A runner finishes what it has and gets nothing new, until an operator ends this.</summary>
public sealed record Maintenance(string Reason);

public sealed record NewRunner(ResourceName Name, Slug? Slug = null);

public sealed record RunnerPatch(ResourceName? Name = null, Slug? Slug = null, bool? Archived = null)
{
    /// <summary>Why it is to get no new job; null puts it back to work. Ours, like all that follows.</summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<Maintenance>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<Maintenance> Maintenance { get; init; }

    /// <summary>All of them: the ones it had before are gone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>How many jobs it may have at the same time; null for as many as it offers.</summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<int?>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<int?> Slots { get; init; }

    /// <summary>Whose jobs it takes; null for everybody's.</summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<ResourceId?>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<ResourceId?> Organization { get; init; }
}

/// <summary>The one answer that shows a runner's key.</summary>
public sealed record RunnerKey(Guid Uuid, string Key);

public sealed record NewRunnerSpec(ResourceId Spec);
