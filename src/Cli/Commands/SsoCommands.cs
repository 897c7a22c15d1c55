using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class SsoCommands
{
    private const string All = "/v0/organizations/{organization}/sso",
        One = All + "/{sso}";

    public static Command Create() =>
        new("sso")
        {
            Call.List<Sso>(
                All,
                Access.Public,
                "List the e-mail domains whose users join an organization automatically.",
                Filter.Page("domain")
            ),
            Call.Create<Sso>(
                All,
                "Let the users of an e-mail domain join automatically.",
                Field.Text("--domain", "The domain.", Readers.NotEmpty).Required()
            ),
            Call.View<Sso>(One, Access.Public, "Show an e-mail domain."),
            Call.Delete(One, "Remove an e-mail domain; its users no longer join automatically."),
        };
}
