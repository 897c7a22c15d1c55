using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>What kind of caller changed something.</summary>
[JsonConverter(typeof(WordConverter<ActorKind>))]
public enum ActorKind
{
    User,
    ProjectKey,
    ApiKey,
}

/// <summary>A line of the audit log.</summary>
/// <param name="ActorKind">Whether a user or a key did it.</param>
/// <param name="Actor">The UUID of the user or key.</param>
/// <param name="ActorName">What it was called at the time; empty where a key has no name.</param>
/// <param name="Key">The user's key that was used, if any.</param>
/// <param name="Address">Where the request came from.</param>
/// <param name="Action">The method and the route.</param>
/// <param name="Path">What the request was about.</param>
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
