using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

[JsonConverter(typeof(WordConverter<Visibility>))]
public enum Visibility { Public, Private }

public sealed record Project(
    Guid Uuid, Guid Organization, string Name, string Slug, string? Url, Visibility Visibility,
    DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Claimed);

public sealed record NewProject(ResourceName Name, Slug? Slug = null, WebAddress? Url = null, Visibility? Visibility = null);

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
}

public sealed record ProjectKey(
    Guid Uuid, Guid Project, string Name, Guid? Creator, DateTimeOffset Creation, DateTimeOffset Expiration, DateTimeOffset? Revoked);

/// <summary>A key at its birth: the only answer that holds its text.</summary>
public sealed record NewProjectKey(Guid Uuid, Guid Project, string Name, string Key, DateTimeOffset Creation, DateTimeOffset Expiration);
