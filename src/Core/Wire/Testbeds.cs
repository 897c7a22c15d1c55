using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

public sealed record Testbed(
    Guid Uuid,
    Guid Project,
    string Name,
    string Slug,
    Spec? Spec,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
);

public sealed record NewTestbed(ResourceName Name, Slug? Slug = null, ResourceId? Spec = null);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TestbedPatch
{
    [JsonConverter(typeof(RequiredOptionalConverter<ResourceName>))]
    public Optional<ResourceName> Name { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<Slug>))]
    public Optional<Slug> Slug { get; init; }

    [JsonConverter(typeof(NullableOptionalConverter<ResourceId?>))]
    public Optional<ResourceId?> Spec { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<bool>))]
    public Optional<bool> Archived { get; init; }
}

[JsonConverter(typeof(WordConverter<OperatingSystem>))]
public enum OperatingSystem
{
    Linux,
    Macos,
    Windows,
}

/// <summary>The wire values. An underscore stands where the vendors write one.</summary>
public static class Architectures
{
    public const string X8664 = "x86_64";
    public const string Aarch64 = "aarch64";
}

/// <summary>The hardware that a testbed or job demands. Memory and disk are bytes.</summary>
public sealed record Spec(
    Guid Uuid,
    string Name,
    string Slug,
    OperatingSystem Os,
    string Architecture,
    string? Sandbox,
    int Cpu,
    long Memory,
    long Disk,
    bool Network,
    DateTimeOffset? Fallback,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
)
{
    /// <summary>
    /// True when jobs may count events of their own processes. Not in v0, like the members below: v0's clients see them
    /// only where they were set.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Counters { get; init; }

    /// <summary>The longest time a job may take, in seconds; absent where only the server's limit applies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TimeoutMax { get; init; }
}

public sealed record NewSpec(
    ResourceName Name,
    string Architecture,
    int Cpu,
    long Memory,
    long Disk,
    OperatingSystem Os = OperatingSystem.Linux,
    Slug? Slug = null,
    string? Sandbox = null,
    bool? Network = null,
    bool? Fallback = null,
    bool? Counters = null,
    int? TimeoutMax = null
);

public sealed record SpecPatch(
    ResourceName? Name = null,
    Slug? Slug = null,
    bool? Fallback = null,
    bool? Archived = null
)
{
    /// <summary>True when jobs may count events of their own processes. Not in v0, like the members below.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Counters { get; init; }

    /// <summary>The longest time a job may take, in seconds; null for the server's limit.</summary>
    [
        JsonConverter(typeof(NullableOptionalConverter<int?>)),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)
    ]
    public Optional<int?> TimeoutMax { get; init; }
}
