using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

public sealed record Organization(
    Guid Uuid,
    string Name,
    string Slug,
    string? License,
    IReadOnlyList<Sso>? Sso,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Claimed
);

public sealed record Sso(Guid Uuid, string Domain, DateTimeOffset Created);

public sealed record NewSso(string Domain);

public sealed record NewOrganization(ResourceName Name, Slug? Slug = null);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record OrganizationPatch
{
    [JsonConverter(typeof(RequiredOptionalConverter<ResourceName>))]
    public Optional<ResourceName> Name { get; init; }

    [JsonConverter(typeof(RequiredOptionalConverter<Slug>))]
    public Optional<Slug> Slug { get; init; }

    [JsonConverter(typeof(NullableOptionalConverter<string>))]
    public Optional<string> License { get; init; }
}

[JsonConverter(typeof(WordConverter<OrganizationRole>))]
public enum OrganizationRole
{
    Leader,
}

public sealed record Member(
    Guid Uuid,
    string Name,
    string Slug,
    string Email,
    OrganizationRole Role,
    DateTimeOffset Created,
    DateTimeOffset Modified
);

public sealed record NewMember(Email Email, OrganizationRole Role, UserName? Name = null);

/// <summary>A pending invitation: it was sent and has not expired.</summary>
public sealed record OpenInvitation(
    Guid Uuid,
    string Email,
    string? Name,
    OrganizationRole Role,
    DateTimeOffset Created,
    DateTimeOffset Expires,
    PublicUser? Inviter
);

public sealed record MemberPatch(OrganizationRole? Role = null);

/// <summary>The answer to a permission check of the caller.</summary>
public sealed record Allowed([property: JsonPropertyName("allowed")] bool IsAllowed);

[JsonConverter(typeof(WordConverter<Permission>))]
public enum Permission
{
    View,
    Create,
    Edit,
    Delete,
    Manage,
    ViewRole,
    CreateRole,
    EditRole,
    DeleteRole,
}

[JsonConverter(typeof(WordConverter<UsageKind>))]
public enum UsageKind
{
    SelfHostedFree,
}

/// <summary>An organization's usage in a time span.</summary>
/// <param name="Plan">Always null, as are license and active series: there are no paid plans.</param>
/// <param name="Metrics">The number of metrics in reports that ended in the time span.</param>
public sealed record Usage(
    Guid Organization,
    UsageKind Kind,
    string? Plan,
    string? License,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    ulong Metrics,
    ulong? ActiveSeries,
    ulong RunnerMinutes
);
