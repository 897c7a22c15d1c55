using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Audit;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>The organization of a route, and the user who may work on it.</summary>
internal sealed record OrganizationGrant(OrganizationRow Organization, UserCaller Caller) : IOwned
{
    public Id<Organization> OrganizationId => Organization.Id;

    public Id<Project>? ProjectId => null;
}

/// <summary>Rules of routes that are about an organization.</summary>
internal static class OnOrganization
{
    private const string Members = "a member or administrator";

    /// <summary>Others are answered that there is no such organization.</summary>
    public static AccessRule<OrganizationGrant> Hidden { get; } =
        new AccessRule<OrganizationAccess, OrganizationGrant>(
            $"{Members}; 404 for others",
            Credentials.User,
            (access, call) => access.HiddenAsync(call)
        );

    /// <summary>The same; each request counts as a credential that the caller makes.</summary>
    public static AccessRule<OrganizationGrant> NewCredential { get; } =
        Hidden.Spends("credentials", (limits, _, granted) => limits.Credential(granted.Caller.User));

    /// <summary>For users who make an organization.</summary>
    public static AccessRule<UserCaller> New { get; } =
        By.User.Spends("organizations", (limits, _, caller) => limits.Organization(caller.User));

    /// <summary>The rule, for a route that sends mail to an address that anybody may have.</summary>
    public static AccessRule<OrganizationGrant> Inviting(AccessRule<OrganizationGrant> rule) =>
        rule.Spends("invites", (limits, _, granted) => limits.Invite(granted.Caller.User));

    /// <summary>For administrators only, and only where the organization exists.</summary>
    public static AccessRule<OrganizationGrant> Admin { get; } =
        new AccessRule<OrganizationAccess, OrganizationGrant>(
            "an administrator of the server",
            Credentials.User,
            (access, call) => access.AdminAsync(call)
        );

    /// <summary>Whether the caller may do anything there; any user may ask.</summary>
    public static AccessRule<Allowed> Question { get; } =
        new AccessRule<OrganizationAccess, Allowed>(
            "a user; the answer says what they may",
            Credentials.User,
            async (access, call) => new(await access.MayAsync(call))
        );

    /// <summary>Others are answered that they lack the permission.</summary>
    public static AccessRule<OrganizationGrant> Open(Permission permission) =>
        new AccessRule<OrganizationAccess, OrganizationGrant>(
            $"{Members}; 403 for others",
            Credentials.User,
            (access, call) => access.OpenAsync(call, permission)
        );
}

/// <summary>
/// Who may do what in an organization: its leaders and the server's administrators everything, nobody else anything.
/// </summary>
internal sealed class OrganizationAccess(Db db, Callers callers)
{
    /// <summary>The organization of the route. For outsiders it is not there.</summary>
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

    /// <summary>The organization of the route. Outsiders are told that it is not theirs.</summary>
    public async Task<OrganizationGrant> OpenAsync(Call call, Permission permission)
    {
        var (organization, caller, may) = await FindAsync(call);
        return may
            ? new(organization, caller)
            : throw Refusal.NotAllowed(
                $"You lack the permission \"{Words<Permission>.Of(permission)}\" in this organization."
            );
    }

    /// <summary>Whether the caller may do anything there, which nobody may where it does not exist.</summary>
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
