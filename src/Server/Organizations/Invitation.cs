using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Users;

namespace Paddock.Server.Organizations;

/// <summary>An invitation is a signed token that names an e-mail address and an organization; no row stands for it.</summary>
internal static class Invitation
{
    /// <exception cref="Refusal">It is none of ours, or for another address.</exception>
    public static Claims Check(Jwt jwt, string text, string email)
    {
        if (!Jwt.LooksLikeOne(text)) throw Refusal.BadInput("invite: not of the form of a token, three parts with dots between them");
        var claims = jwt.Check(text, Audience.Invite);
        if (claims?.Organization is null) throw Refusal.NotSignedIn("invite: not an invitation of this server, or expired");
        return claims.Email == email ? claims : throw Refusal.NotSignedIn("invite: for another e-mail address");
    }

    public static async Task AcceptAsync(Sql sql, Claims invitation, UserRow user, DateTimeOffset now)
    {
        var id = ResourceId.Of(invitation.Organization!.Value);
        var organization = await OrganizationTable.FindAsync(sql, id) ?? throw Refusal.NotFound("organization", id);
        if (await MemberTable.IsMemberAsync(sql, organization.Id, user.Id)) throw Refusal.Conflict($"You are a member of \"{organization.Slug}\" already.");
        await MemberTable.InsertAsync(sql, organization.Id, user.Id, OrganizationRole.Leader, now);
    }
}
