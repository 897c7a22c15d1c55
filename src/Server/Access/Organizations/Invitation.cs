using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// A signed token, as in v0, that names an e-mail address, an organization and the invitation's row. It is valid once,
/// for a week, until it is revoked, and only for the user who had the address when it was sent.
/// </summary>
internal sealed class Invitation(Jwt jwt, AccessOptions options)
{
    /// <exception cref="Refusal">The text is not an invitation of this server, or is for another address.</exception>
    public Claims Check(string text, string email)
    {
        if (!Jwt.LooksLikeOne(text))
            throw Refusal.BadInput("invite: malformed; an invitation has three parts, separated by dots");
        var claims = jwt.Check(text, Audience.Invite);
        if (claims?.Organization is null)
            throw Refusal.NotSignedIn("invite: expired, or not an invitation of this server");
        if (claims.Id is null && !options.Replay)
            throw Refusal.NotSignedIn(
                "invite: created before invitations could be revoked, and therefore no longer valid; ask for a new one"
            );
        return claims.Subject == email ? claims : throw Refusal.NotSignedIn("invite: for another e-mail address");
    }

    /// <exception cref="Refusal">The invitation was used, revoked or replaced, or the user is already a
    /// member.</exception>
    public static async Task AcceptAsync(Sql sql, Claims invitation, UserRow user, DateTimeOffset now)
    {
        var id = ResourceId.Of(invitation.Organization!.Value);
        var organization = await OrganizationTable.FindAsync(sql, id) ?? throw Refusal.NotFound("organization", id);
        if (await MemberTable.IsMemberAsync(sql, organization.Id, user.Id))
            throw Refusal.Conflict($"You are a member of \"{organization.Slug}\" already.");
        if (invitation.Id is { } row && !await InvitationTable.UseAsync(sql, row, organization.Id, user, now))
            throw Refusal.NotSignedIn("invite: used, revoked or replaced by a newer one; ask for a new one");
        await MemberTable.InsertAsync(sql, organization.Id, user.Id, OrganizationRole.Leader, now);
    }
}
