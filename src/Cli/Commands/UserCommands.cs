using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class UserCommands
{
    private const string All = "/v0/users",
        One = All + "/{user}";

    public static Command Create() =>
        new("user")
        {
            Call.List<User>(
                All,
                Access.Authenticated,
                "List the users of the server; only for its administrators.",
                Filter.Text<UserName>("--name", "Only the one with this name."),
                Filter.Search,
                Filter.Page("name")
            ),
            Call.View<User>(One, Access.Authenticated, "Show a user."),
            Call.Update<User>(
                One,
                "Change a user.",
                Field.Text<UserName>("--name", "Their new name."),
                Field.NewSlug,
                Field.Text<Email>("--email", "Their new e-mail address."),
                Field.YesNo("--admin", "Whether they administer the server."),
                Field.YesNo("--locked", "Whether they are locked out.")
            ),
            KeyCommands.Create<UserKey, NewUserKey>("key", One + "/keys", "key", "Keys that act for a user."),
        };

    /// <summary>The older kind of user credential, for clients that do not accept a key.</summary>
    public static Command CreateTokens() =>
        KeyCommands.Create<Token, Token>("token", One + "/tokens", "token", description: null);
}
