using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>Invitations that were sent and not yet answered; <c>paddock member invite</c> sends them.</summary>
internal static class InvitationCommands
{
    private const string All = "/v0/organizations/{organization}/invitations";

    public static Command Create() =>
        new("invitation")
        {
            Call.List<OpenInvitation>(
                All,
                Access.Authenticated,
                "List the open invitations to an organization.",
                Filter.Page("created")
            ),
            Call.Of<JsonElement>(
                    "revoke",
                    HttpMethod.Delete,
                    All + "/{invitation}",
                    Access.Authenticated,
                    "Revoke an invitation permanently."
                )
                .Also("rm"),
        };
}
