using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class AuthCommands
{
    private const string Auth = "/v0/auth";

    public static Command Create() =>
        new("auth")
        {
            Call.Of<AuthAck>(
                "signup",
                HttpMethod.Post,
                Auth + "/signup",
                Access.Public,
                "Create an account; the server sends a token by e-mail, or writes it to its log.",
                Address,
                Field.Text<UserName>("--name", "Your name.").Required(),
                Field.Slug,
                Plan,
                Invite,
                Field.Text(
                    "--claim",
                    "UUID of an organization without members, to become its leader.",
                    Readers.Uuid,
                    helpName: "uuid"
                ),
                Field.Flag("--i-agree", "You agree to the server's terms.").Required()
            ),
            Call.Of<AuthAck>(
                "login",
                HttpMethod.Post,
                Auth + "/login",
                Access.Public,
                "Request a log-in; the server sends a token by e-mail, or writes it to its log.",
                Address,
                Plan,
                Invite
            ),
            Call.Of<Session>(
                "confirm",
                HttpMethod.Post,
                Auth + "/confirm",
                Access.Public,
                "Exchange the token from that e-mail for one that --token accepts.",
                Positional.InBody("jwt", "token", "The token.", Readers.Token)
            ),
            Call.Of<Session>(
                "setup",
                HttpMethod.Post,
                Auth + "/setup",
                Access.Public,
                "Become the first administrator of a server, with the token from its log.",
                Positional.InBody(
                    "setup-token",
                    "token",
                    "The token, which begins with paddock_setup_.",
                    Readers.NotEmpty
                ),
                Field.Text<UserName>("--name", "Your name.").Required(),
                Field.Text<Email>("--email", "Your e-mail address.").Required()
            ),
            Call.Of<Session>(
                "email",
                HttpMethod.Post,
                Auth + "/email",
                Access.Authenticated,
                "Confirm a new e-mail address with the token that was sent to it.",
                Positional.InBody("jwt", "token", "The token.", Readers.Token)
            ),
            Call.Of<AuthAck>(
                "accept",
                HttpMethod.Post,
                Auth + "/accept",
                Access.Authenticated,
                "Accept an invitation to an organization.",
                Positional.InBody("jwt", "invite", "The invitation.", Readers.Token)
            ),
        };

    private static Part Address => Positional.InBody("email", "email", "Your e-mail address.", Readers.Valid<Email>);

    private static Part Plan => Field.Word("--plan", "Plan to subscribe to, on a hosted server", PlanCommands.Levels);

    private static Part Invite =>
        Field.Text("--invite", "Invitation to an organization.", Readers.Token, helpName: "jwt");
}
