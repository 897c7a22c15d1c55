using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Audit;

/// <summary>The author of a change, as the audit log names it.</summary>
/// <param name="Uuid">The UUID of the user or the key.</param>
/// <param name="Name">The current name; empty for keys without one.</param>
/// <param name="Key">The user key used for the request, if any.</param>
internal sealed record Actor(ActorKind Kind, Guid Uuid, string Name, Guid? Key = null);

/// <summary>
/// The result of an access rule that belongs to an organization, whose leaders may read what was done to it in the
/// audit log.
/// </summary>
internal interface IOwned
{
    Id<Organization> OrganizationId { get; }

    Id<Project>? ProjectId { get; }
}

/// <summary>
/// Marks a route whose requests are not in the audit log, such as those that post results, which are their own record.
/// </summary>
internal sealed class Unaudited
{
    public static Unaudited Mark { get; } = new();
}
