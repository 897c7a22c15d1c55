using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class MemberCommands
{
    private const string All = "/v0/organizations/{organization}/members",
        One = All + "/{user}";

    public static Command Create() =>
        new("member")
        {
            Call.List<Member>(
                All,
                Access.Authenticated,
                "List the members of an organization.",
                Filter.Name<UserName>(),
                Filter.Search,
                Filter.Page("name")
            ),
            Call.Of<AuthAck>(
                "invite",
                HttpMethod.Post,
                All,
                Access.Authenticated,
                "Invite somebody by e-mail.",
                Field.Text<UserName>("--name", "Name to use for them in the invitation."),
                Field.Text<Email>("--email", "Their e-mail address.").Required(),
                Field.Word<OrganizationRole>("--role", "Their role").Required()
            ),
            Call.View<Member>(One, Access.Authenticated, "Show a member."),
            Call.Update<Member>(One, "Change a member.", Field.Word<OrganizationRole>("--role", "Their new role")),
            Call.Of<JsonElement>(
                    "remove",
                    HttpMethod.Delete,
                    One,
                    Access.Authenticated,
                    "Remove a member from an organization."
                )
                .Also("rm"),
        };
}
