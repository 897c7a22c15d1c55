using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Audit;

/// <summary>Who changes something, as the audit log names them.</summary>
/// <param name="Uuid">Of the user or the key.</param>
/// <param name="Name">As it is now; empty for keys that have none here.</param>
/// <param name="Key">The user's key that was used, if any.</param>
internal sealed record Actor(ActorKind Kind, Guid Uuid, string Name, Guid? Key = null);

/// <summary>
/// What an access rule has granted, where it belongs to an organization: its leaders may read what was done to it.
/// </summary>
internal interface IOwned
{
    Id<Organization> OrganizationId { get; }

    Id<Project>? ProjectId { get; }
}

/// <summary>Marks a route whose requests are not in the audit log, as results: they are their own record.</summary>
internal sealed class Unaudited
{
    public static Unaudited Mark { get; } = new();
}
