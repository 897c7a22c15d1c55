using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Organizations;
using Paddock.Server.Server;

namespace Paddock.Server.Users;

/// <summary>How somebody becomes a user: with an invitation, by claiming an organization, or with an organization of their own.</summary>
internal static class SignUp
{
    /// <summary>One unit of work: where the invitation or the claim is refused, there is no user either.</summary>
    public static async Task<UserRow> RunAsync(Sql sql, Signup signup, Claims? invitation, DateTimeOffset now)
    {
        if (await UserTable.ByEmailAsync(sql, signup.Email.Value) is not null) throw Refusal.Conflict($"email: there is a user \"{signup.Email}\" already; log in instead");
        var user = await UserTable.InsertAsync(sql, signup.Name, signup.Slug ?? Slug.FromName(signup.Name.Value, now), signup.Email, await IsFirstAsync(sql), now);
        if (invitation is not null) await Invitation.AcceptAsync(sql, invitation, user, now);
        else if (signup.Claim is { } organization) await OrganizationTable.ClaimAsync(sql, ResourceId.Of(organization), user, now);
        else await PersonalOrganization.GetOrCreateAsync(sql, user, now);
        return user;
    }

    // The first one is the administrator, and there are not two first ones.
    private static async Task<bool> IsFirstAsync(Sql sql)
    {
        if (await sql.AnyAsync($"SELECT 1 FROM users LIMIT 1")) return false;
        await ServerTable.LockAsync(sql);
        return !await sql.AnyAsync($"SELECT 1 FROM users LIMIT 1");
    }
}
