using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>The kind of caller that changed something.</summary>
[JsonConverter(typeof(WordConverter<ActorKind>))]
public enum ActorKind
{
    User,
    ProjectKey,
    ApiKey,
}

/// <summary>A line of the audit log.</summary>
/// <param name="Actor">The UUID of the user or key.</param>
/// <param name="ActorName">Name of the user or key at that time; empty where a key has no name.</param>
/// <param name="Key">The key that the user authenticated with, if any.</param>
/// <param name="Address">The client's IP address.</param>
/// <param name="Action">The method and the route.</param>
/// <param name="Path">The path of the request.</param>
public sealed record AuditEntry(
    DateTimeOffset Created,
    ActorKind ActorKind,
    Guid Actor,
    string ActorName,
    Guid? Key,
    string Address,
    string Action,
    string Path
);
