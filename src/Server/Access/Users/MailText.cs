using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Access.Users;

/// <summary>Composes the mails that this server sends.</summary>
internal sealed class MailText(BaseOptions options)
{
    public Mail ConfirmSignup(string to, string token) =>
        new(
            to,
            "Confirm your Paddock account",
            [
                "Welcome to Paddock. Open this address to sign in:",
                $"Confirm Email: {Link("auth/confirm", "token", token)}",
                .. Token(token),
            ],
            Jwt.ConfirmFor
        );

    public Mail ConfirmLogin(string to, string token) =>
        new(
            to,
            "Sign in to Paddock",
            [
                "Open this address to sign in:",
                $"Confirm Login: {Link("auth/confirm", "token", token)}",
                .. Token(token),
            ],
            Jwt.ConfirmFor
        );

    /// <param name="known">True when the address has a user: the link then leads to signing in, else to signing
    /// up.</param>
    public Mail Invitation(string to, string? name, string inviter, string organization, bool known, string token) =>
        new(
            to,
            $"Join {organization} on Paddock",
            [
                name is null ? "Hello," : $"Hello {name},",
                $"{inviter} invites you to {organization}. Open this address to join:",
                Link(known ? "auth/login" : "auth/signup", "invite", token),
                $"Invite Code: {token}",
                "It can be used once, within seven days.",
            ],
            Mail.Usual
        );

    public Mail ConfirmAddress(string to, UserRow user, string token) =>
        new(
            to,
            "Confirm your address on Paddock",
            [
                $"The user {user.Slug} asked to change the account's address to this one. If that was you, open this "
                    + $"link while you are signed in:",
                Link("auth/email", "token", token),
                .. Token(token),
            ],
            Jwt.ConfirmFor
        );

    public static Mail AddressWanted(string to, UserRow user, string wanted) =>
        new(
            to,
            "Your address on Paddock is about to change",
            [
                $"Somebody asked to change the address of your account {user.Slug} to {wanted}. If that was not you, "
                    + $"set your address to {user.Email} again, which cancels the change, and revoke your keys.",
            ],
            Mail.Usual
        );

    public static Mail AddressChanged(string to, UserRow user) =>
        new(
            to,
            "Your address on Paddock has changed",
            [
                $"The address of your account {user.Slug} is {user.Email} now. If that was not you, ask an "
                    + $"administrator of the server to lock the account.",
            ],
            Mail.Usual
        );

    public static Mail NewUser(string to, UserRow user) =>
        new(to, "A new user on Paddock", [$"{user.Name} ({user.Slug}, {user.Email}) has signed up."], Mail.Usual)
        {
            IsNotice = true,
        };

    private static string[] Token(string token) => [$"Confirmation Token: {token}", "It is valid for half an hour."];

    private string Link(string path, string parameter, string token) =>
        $"{options.ConsoleUrl.TrimEnd('/')}/{path}?{parameter}={token}";
}
