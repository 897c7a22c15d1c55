using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Audit;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Sessions;

/// <summary>The caller of a request.</summary>
internal abstract record Caller : ICounted
{
    public static Caller Anonymous { get; } = new AnonymousCaller();

    /// <summary>All keys of a project count as one caller, and so do all keys of an organization.</summary>
    public CallerKey? CountedAs =>
        this switch
        {
            UserCaller { User.Id: var user } => new(CallerKind.User, (ulong)user.Value),
            ProjectKeyCaller { ProjectId: var project } => new(CallerKind.ProjectKey, (ulong)project.Value),
            ApiKeyCaller { Key.OrganizationId: var organization } => new(CallerKind.ApiKey, (ulong)organization.Value),
            _ => null,
        };

    public Actor? Actor =>
        this switch
        {
            UserCaller { User: var user, UserKey: var key } => new(ActorKind.User, user.Uuid, user.Name, key),
            ProjectKeyCaller { Key: var key } => new(ActorKind.ProjectKey, key, Name: ""),
            ApiKeyCaller { Key: var key } => new(ActorKind.ApiKey, key.Uuid, key.Name),
            _ => null,
        };
}

internal sealed record AnonymousCaller : Caller;

/// <param name="UserKey">The key or API token that was used, which allows less than a session; null for a
/// session.</param>
internal sealed record UserCaller(UserRow User, Guid? UserKey) : Caller;

/// <summary>A key of one project, without a user.</summary>
internal sealed record ProjectKeyCaller(Id<Project> ProjectId, Guid Key) : Caller;

/// <summary>A key of an organization, which allows what its scopes say.</summary>
internal sealed record ApiKeyCaller(ApiKeyRow Key) : Caller
{
    /// <exception cref="Refusal">The key lacks the scope.</exception>
    public void Demand(ApiScope scope)
    {
        if (!Key.Scopes.Include(scope))
            throw Lacks(scope);
    }

    public Refusal Lacks(ApiScope scope) =>
        new(
            Because.NotAllowed,
            $"This key lacks the scope {ApiScopes.Of(scope)}; it has "
                + $"{string.Join(", ", Key.Scopes.Select(ApiScopes.Of))}."
        )
        {
            FleetCode = "INSUFFICIENT_SCOPE",
            LackingScope = scope,
        };
}
