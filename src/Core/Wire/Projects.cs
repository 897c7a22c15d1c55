using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

[JsonConverter(typeof(WordConverter<Visibility>))]
public enum Visibility
{
    Public,
    Private,
}

/// <param name="Measures">The measures that a run records unless the run itself says otherwise.</param>
/// <param name="Pattern">The pattern that the adapter "pattern" uses in runs without their own.</param>
public sealed record Project(
    Guid Uuid,
    Guid Organization,
    string Name,
    string Slug,
    string? Url,
    Visibility Visibility,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Claimed,
    Measures Measures = Measures.Usual,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pattern = null
);

public sealed record NewProject(
    ResourceName Name,
    Slug? Slug = null,
    WebAddress? Url = null,
    Visibility? Visibility = null
);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ProjectPatch
{
    [JsonConverter(typeof(RequiredOptionalConverter<ResourceName>))]
    public Optional<ResourceName> Name { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<Slug>))]
    public Optional<Slug> Slug { get; init; }

    [JsonConverter(typeof(NullableOptionalConverter<WebAddress>))]
    public Optional<WebAddress> Url { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<Visibility>))]
    public Optional<Visibility> Visibility { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<Measures>))]
    public Optional<Measures> Measures { get; init; }

    [JsonConverter(typeof(NullableOptionalConverter<LinePattern>))]
    public Optional<LinePattern> Pattern { get; init; }
}

public sealed record ProjectKey(
    Guid Uuid,
    Guid Project,
    string Name,
    Guid? Creator,
    DateTimeOffset Creation,
    DateTimeOffset Expiration,
    DateTimeOffset? Revoked
);

/// <summary>A new key. No other answer shows its text.</summary>
public sealed record NewProjectKey(
    Guid Uuid,
    Guid Project,
    string Name,
    string Key,
    DateTimeOffset Creation,
    DateTimeOffset Expiration
);
