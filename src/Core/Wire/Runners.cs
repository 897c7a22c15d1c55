using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>The current state of a runner.</summary>
[JsonConverter(typeof(WordConverter<RunnerState>))]
public enum RunnerState
{
    Offline,
    Idle,
    Running,
    Draining,
}

/// <summary>
/// A machine that claims jobs. The members after <paramref name="Archived"/> are Paddock additions, which v0's clients
/// ignore.
/// </summary>
/// <param name="Specs">The UUIDs of the specs that it serves, in the order in which they were assigned.</param>
/// <param name="Id">The runner's number in the fleet API.</param>
/// <param name="Maintenance">Why the runner gets no new jobs, where an operator set maintenance.</param>
/// <param name="Slots">How many jobs it runs at the same time.</param>
/// <param name="Organization">The organization whose jobs it takes; null for all organizations.</param>
/// <param name="Jobs">The jobs that run on it now.</param>
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

/// <summary>While set by an operator, the runner finishes its jobs and gets no new ones.</summary>
public sealed record Maintenance(string Reason);

public sealed record NewRunner(ResourceName Name, Slug? Slug = null);

public sealed record RunnerPatch(ResourceName? Name = null, Slug? Slug = null, bool? Archived = null)
{
    /// <summary>
    /// Why the runner is to get no new jobs; null ends the maintenance. Not in v0, like all members below.
    /// </summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<Maintenance>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<Maintenance> Maintenance { get; init; }

    /// <summary>Replaces all labels of the runner.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>How many jobs the runner may have at the same time; null for as many as it offers.</summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<int?>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<int?> Slots { get; init; }

    /// <summary>The organization whose jobs the runner takes; null for all organizations.</summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<ResourceId?>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<ResourceId?> Organization { get; init; }
}

/// <summary>The only answer that shows a runner's key.</summary>
public sealed record RunnerKey(Guid Uuid, string Key);

public sealed record NewRunnerSpec(ResourceId Spec);
