using Microsoft.IdentityModel.JsonWebTokens;
using Paddock.Core.Names;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Access.Users;

/// <summary>
/// Changes a user's e-mail address. The new address gets a link, which the user opens while signed in; the old address
/// is told. Nothing changes before that. A second request replaces the first, and a request for the present address
/// cancels it. An administrator changes the address of others at once.
/// </summary>
internal sealed class AddressChange(Jwt jwt, MailText text, IMailer mailer, TimeProvider time)
{
    private const string Audience = "email"; // No bearer token has this audience.

    /// <summary>Records the address that a user wants.</summary>
    /// <returns>The UUID that the link in the mail names; null when the user has the address already.</returns>
    /// <exception cref="Refusal">Another user has that address.</exception>
    public static async Task<Guid?> RequestAsync(Sql sql, UserRow user, Email email, DateTimeOffset now)
    {
        await sql.ExecuteAsync($"DELETE FROM address_changes WHERE user_id = {user.Id}");
        if (email.Value == user.Email)
            return null;
        await RefuseTakenAsync(sql, email.Value);
        var (uuid, expires) = (Guid.NewGuid(), now + Jwt.ConfirmFor);
        await sql.ExecuteAsync(
            $"INSERT INTO address_changes (user_id, uuid, email, expires) VALUES ({user.Id}, {uuid}, {email.Value}, "
                + $"{expires})"
        );
        return uuid;
    }

    /// <summary>Changes a user's address. Existing sessions and invitations to the old address end.</summary>
    /// <exception cref="Refusal">Another user has that address.</exception>
    public static async Task<UserRow> ApplyAsync(Sql sql, UserRow user, string email, DateTimeOffset now)
    {
        await sql.ExecuteAsync($"DELETE FROM address_changes WHERE user_id = {user.Id}");
        if (email == user.Email)
            return user;
        await RefuseTakenAsync(sql, email);
        await sql.ExecuteAsync(
            $"UPDATE users SET email = {email}, email_since = {now}, modified = {now} WHERE id = {user.Id}"
        );
        await KeyTable.OfTokens.RevokeAllAsync(sql, user.Id, now); // As in v0; keys stay valid.
        // The next owner of the old address must not get this user's invitations.
        await InvitationTable.RevokeAsync(sql, SqlText.Of($"invitations.email = {user.Email}"), now);
        return user with { Email = email, EmailSince = now };
    }

    /// <summary>Makes the mails that ask the new address for confirmation and tell the old one.</summary>
    public IReadOnlyList<Mail> Wish(UserRow user, Email email, Guid change)
    {
        var token = jwt.Sign(
            Audience,
            user.Uuid.ToString(),
            Jwt.ConfirmFor,
            (JwtRegisteredClaimNames.Jti, change.ToString())
        ).Text;
        return [text.ConfirmAddress(email.Value, user, token), MailText.AddressWanted(user.Email, user, email.Value)];
    }

    /// <summary>Changes the user's address to the one that the link in the mail confirms.</summary>
    /// <exception cref="Refusal">The link is not valid or no longer valid, another user has taken the address
    /// meanwhile, or another user is signed in.</exception>
    public async Task<UserRow> ConfirmAsync(string token, UserCaller caller)
    {
        if (!Jwt.LooksLikeOne(token))
            throw Refusal.BadInput("token: malformed; a token has three parts, separated by dots");
        if (jwt.Check(token, [Audience]) is not { } known || Jwt.ClaimsOf(known).Id is not { } change)
            throw NotGood();
        // The change and the mail to the old address are one transaction: neither happens without the other.
        return await mailer.SendAsync<UserRow>(async sql =>
        {
            var now = time.GetUtcNow();
            var wish = await sql.FirstAsync(
                $"SELECT user_id, email FROM address_changes WHERE uuid = {change} AND expires >= {now}",
                row => new { UserId = row.Long(), Email = row.Text() }
            ) ?? throw NotGood();
            if (caller.User.Id.Value != wish.UserId)
                throw Refusal.NotAllowed("The link is for another user, not for the one who is signed in.");
            var user = await ApplyAsync(sql, caller.User, wish.Email, now);
            return (user, [MailText.AddressChanged(caller.User.Email, user)]);
        });
    }

    private static async Task RefuseTakenAsync(Sql sql, string email)
    {
        if (await UserTable.ByEmailAsync(sql, email) is not null)
            throw Refusal.Conflict($"email: \"{email}\" belongs to another user");
    }

    private static Refusal NotGood() =>
        Refusal.NotSignedIn(
            "token: used, expired, replaced by a newer one, or not for a change of address on this server; change the "
                + "address again"
        );
}
