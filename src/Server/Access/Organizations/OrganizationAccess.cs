using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Audit;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>The organization of a route, and the caller who may work on it.</summary>
internal sealed record OrganizationGrant(OrganizationRow Organization, UserCaller Caller) : IOwned
{
    public Id<Organization> OrganizationId => Organization.Id;

    public Id<Project>? ProjectId => null;
}

/// <summary>The access rules of routes about an organization.</summary>
internal static class OnOrganization
{
    private const string Members = "a member or administrator";

    /// <summary>Admits members and administrators. Other callers get 404 Not Found.</summary>
    public static AccessRule<OrganizationGrant> Hidden { get; } =
        new AccessRule<OrganizationAccess, OrganizationGrant>(
            $"{Members}; 404 for others",
            Credentials.User,
            (access, call) => access.HiddenAsync(call)
        );

    /// <summary>
    /// The rule <see cref="Hidden"/>, and each request counts as a credential that the caller creates.
    /// </summary>
    public static AccessRule<OrganizationGrant> NewCredential { get; } =
        Hidden.Spends("credentials", (limits, _, granted) => limits.Credential(granted.Caller.User));

    /// <summary>Admits users who create an organization.</summary>
    public static AccessRule<UserCaller> New { get; } =
        By.User.Spends("organizations", (limits, _, caller) => limits.Organization(caller.User));

    /// <summary>Adds the rate limit for mail to a rule: the route sends mail to an arbitrary address.</summary>
    public static AccessRule<OrganizationGrant> Inviting(AccessRule<OrganizationGrant> rule) =>
        rule.Spends("invites", (limits, _, granted) => limits.Invite(granted.Caller.User));

    /// <summary>Admits administrators only, and only if the organization exists.</summary>
    public static AccessRule<OrganizationGrant> Admin { get; } =
        new AccessRule<OrganizationAccess, OrganizationGrant>(
            "an administrator of the server",
            Credentials.User,
            (access, call) => access.AdminAsync(call)
        );

    /// <summary>Lets any user ask whether they may do anything in the organization.</summary>
    public static AccessRule<Allowed> Question { get; } =
        new AccessRule<OrganizationAccess, Allowed>(
            "a user; the answer says what they may",
            Credentials.User,
            async (access, call) => new(await access.MayAsync(call))
        );

    /// <summary>Admits members and administrators. Other callers get 403 Forbidden.</summary>
    public static AccessRule<OrganizationGrant> Open(Permission permission) =>
        new AccessRule<OrganizationAccess, OrganizationGrant>(
            $"{Members}; 403 for others",
            Credentials.User,
            (access, call) => access.OpenAsync(call, permission)
        );
}

/// <summary>
/// Decides who may act in an organization: its leaders and the server's administrators may do everything, others
/// nothing.
/// </summary>
internal sealed class OrganizationAccess(Db db, Callers callers)
{
    /// <summary>Finds the organization of the route. Outsiders get "not found".</summary>
    public async Task<OrganizationGrant> HiddenAsync(Call call)
    {
        var (organization, caller, may) = await FindAsync(call);
        return may ? new(organization, caller) : throw NotFound(call);
    }

    public async Task<OrganizationGrant> AdminAsync(Call call)
    {
        await callers.AdminAsync(call);
        return await HiddenAsync(call);
    }

    /// <summary>Finds the organization of the route. Outsiders are told that they lack the permission.</summary>
    public async Task<OrganizationGrant> OpenAsync(Call call, Permission permission)
    {
        var (organization, caller, may) = await FindAsync(call);
        return may
            ? new(organization, caller)
            : throw Refusal.NotAllowed(
                $"You lack the permission \"{Words<Permission>.Of(permission)}\" in this organization."
            );
    }

    /// <summary>True when the organization exists and the caller may act in it.</summary>
    public async Task<bool> MayAsync(Call call)
    {
        var id = call.Path<ResourceId>("organization");
        var caller = await callers.UserAsync(call);
        return await db.ReadAsync(
            async sql =>
                await OrganizationTable.FindAsync(sql, id, call.Aborted) is { } organization
                && await MayAsync(sql, organization, caller.User, call.Aborted),
            call.Aborted
        );
    }

    private async Task<(OrganizationRow, UserCaller, bool May)> FindAsync(Call call)
    {
        var id = call.Path<ResourceId>("organization");
        var caller = await callers.UserAsync(call);
        return await db.ReadAsync(
            async sql =>
            {
                var organization = await OrganizationTable.FindAsync(sql, id, call.Aborted) ?? throw NotFound(call);
                return (organization, caller, await MayAsync(sql, organization, caller.User, call.Aborted));
            },
            call.Aborted
        );
    }

    private static async Task<bool> MayAsync(
        Sql sql,
        OrganizationRow organization,
        UserRow user,
        CancellationToken ct
    ) => user.Admin || await MemberTable.IsMemberAsync(sql, organization.Id, user.Id, ct);

    private static Refusal NotFound(Call call) =>
        Refusal.NotFound("organization", call.Path<ResourceId>("organization"));
}
