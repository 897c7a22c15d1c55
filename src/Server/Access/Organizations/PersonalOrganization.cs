using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// Each user's personal organization, for the user's own projects. It has the user's UUID, by which it is found.
/// </summary>
internal static class PersonalOrganization
{
    public static async Task<OrganizationRow> GetOrCreateAsync(Sql sql, UserRow user, DateTimeOffset now)
    {
        if (await OrganizationTable.FindAsync(sql, ResourceId.Of(user.Uuid)) is { } known)
            return known;
        if (await sql.AnyAsync($"SELECT 1 FROM organizations WHERE uuid = {user.Uuid}"))
            throw Refusal.Conflict("Your personal organization was deleted; name a project of another organization.");
        var made = await OrganizationTable.InsertAsync(sql, user.Uuid, user.Name, Text.Parse<Slug>(user.Slug), now);
        await MemberTable.InsertAsync(sql, made.Id, user.Id, OrganizationRole.Leader, now);
        return made with { Claimed = now };
    }
}
