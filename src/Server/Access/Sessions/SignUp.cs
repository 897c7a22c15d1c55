using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Access.Sessions;

/// <summary>
/// Creates users: with an invitation, by claiming an organization, or with a new personal organization. A mail tells
/// them how to continue.
/// </summary>
internal sealed class SignUp(
    Invitation invitations,
    Jwt jwt,
    MailText text,
    IMailer mailer,
    AccessOptions options,
    TimeProvider time
)
{
    private const int TellAdminsMax = 16;

    /// <exception cref="Refusal">Consent is missing, the address is taken, or the invitation or claim is not valid.
    /// Nothing is created then.</exception>
    public async Task<UserRow> RunAsync(Signup signup)
    {
        if (!signup.IAgree)
            throw Refusal.NotAllowed("i_agree: must be true; the terms of this server's operator apply");
        var invitation = signup.Invite is { } invite ? invitations.Check(invite, signup.Email.Value) : null;
        DemandAdmitted(signup.Email, invitation);
        var (user, admins) = await mailer.SendAsync<(UserRow User, List<UserRow> Admins)>(async sql =>
        {
            var others = await sql.ListAsync(
                $"SELECT {UserRow.Columns} FROM users WHERE admin = 1 ORDER BY id LIMIT {TellAdminsMax}",
                UserRow.Read
            );
            var made = await InsertAsync(sql, signup, invitation, time.GetUtcNow());
            var link = text.ConfirmSignup(made.Email, jwt.Sign(Audience.Auth, made, Jwt.ConfirmFor).Text);
            return ((made, others), [link]);
        });
        foreach (var admin in admins)
            await TellAsync(admin, user);
        return user;
    }

    // When many users sign up at once, administrators get mail about some of them only; they have a list of all users.
    private async Task TellAsync(UserRow admin, UserRow user)
    {
        try
        {
            await mailer.SendAsync(MailText.NewUser(admin.Email, user));
        }
        catch (Refusal refusal) when (refusal.Because == Because.TooMany) { }
    }

    /// <exception cref="Refusal">The settings do not admit this address, and it has no invitation.</exception>
    public void DemandAdmitted(Email email, Claims? invitation)
    {
        if (invitation is null && !options.SignUp.Admits(email))
            throw Refusal.NotAllowed(
                options.SignUp.Domains is []
                    ? "Signing up on this server needs an invitation."
                    : "Signing up on this server needs an invitation, or an e-mail address of one of its domains."
            );
    }

    /// <summary>
    /// Creates the user in one transaction: if the invitation or claim is refused, no user is created.
    /// </summary>
    public async Task<UserRow> InsertAsync(Sql sql, Signup signup, Claims? invitation, DateTimeOffset now)
    {
        if (await UserTable.ByEmailAsync(sql, signup.Email.Value) is not null)
            throw Refusal.Conflict($"email: there is a user \"{signup.Email}\" already; log in instead");
        var user = await UserTable.InsertAsync(
            sql,
            signup.Name,
            signup.Slug ?? Slug.FromName(signup.Name.Value),
            signup.Email,
            await IsFirstAsync(sql),
            now
        );
        if (invitation is not null)
            await Invitation.AcceptAsync(sql, invitation, user, now);
        else if (signup.Claim is { } organization)
            await OrganizationTable.ClaimAsync(sql, ResourceId.Of(organization), user, now);
        else
            await PersonalOrganization.GetOrCreateAsync(sql, user, now);
        return user;
    }

    // If the settings say so, the first user becomes administrator. The lock prevents two first users.
    private async Task<bool> IsFirstAsync(Sql sql)
    {
        if (options.FirstAdmin != FirstAdminRule.SignUp)
            return false;
        if (await sql.AnyAsync($"SELECT 1 FROM users LIMIT 1"))
            return false;
        await ServerTable.LockAsync(sql);
        return !await sql.AnyAsync($"SELECT 1 FROM users LIMIT 1");
    }
}
