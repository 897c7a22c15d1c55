using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>Who may do what in an organization: its leaders and the server's administrators everything, nobody else anything.</summary>
internal sealed class OrganizationAccess(Db db, Callers callers)
{
    /// <summary>The organization of the route. For outsiders it is not there.</summary>
    public async Task<(OrganizationRow Organization, UserCaller Caller)> HiddenAsync(Call call)
    {
        var (organization, caller, may) = await FindAsync(call);
        return may ? (organization, caller) : throw NotFound(call);
    }

    /// <summary>The organization of the route. Outsiders are told that it is not theirs.</summary>
    public async Task<(OrganizationRow Organization, UserCaller Caller)> OpenAsync(Call call, Permission permission)
    {
        var (organization, caller, may) = await FindAsync(call);
        return may ? (organization, caller) : throw Refusal.NotAllowed($"You lack the permission \"{Words<Permission>.Of(permission)}\" in this organization.");
    }

    /// <summary>Whether the caller may do anything there, which nobody may where it does not exist.</summary>
    public async Task<bool> MayAsync(Call call)
    {
        var id = call.Path<ResourceId>("organization");
        var caller = await callers.UserAsync(call);
        return await db.ReadAsync(
            async sql => await OrganizationTable.FindAsync(sql, id, call.Aborted) is { } organization && await MayAsync(sql, organization, caller.User, call.Aborted),
            call.Aborted);
    }

    private async Task<(OrganizationRow, UserCaller, bool May)> FindAsync(Call call)
    {
        var id = call.Path<ResourceId>("organization");
        var caller = await callers.UserAsync(call);
        return await db.ReadAsync(async sql =>
        {
            var organization = await OrganizationTable.FindAsync(sql, id, call.Aborted) ?? throw NotFound(call);
            return (organization, caller, await MayAsync(sql, organization, caller.User, call.Aborted));
        }, call.Aborted);
    }

    private static async Task<bool> MayAsync(Sql sql, OrganizationRow organization, UserRow user, CancellationToken ct) =>
        user.Admin || await MemberTable.IsMemberAsync(sql, organization.Id, user.Id, ct);

    private static Refusal NotFound(Call call) => Refusal.NotFound("organization", call.Path<ResourceId>("organization"));
}
