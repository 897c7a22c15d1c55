using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class AuditCommands
{
    public static Command Create() =>
        new("audit")
        {
            Call.List<AuditEntry>(
                "/v0/organizations/{organization}/audit",
                Access.Authenticated,
                "List what was changed in an organization and its projects; only for its leaders.",
                Search,
                Filter.Page("created")
            ),
            Call.Of<IReadOnlyList<AuditEntry>>(
                "server",
                HttpMethod.Get,
                "/v0/server/audit",
                Access.Authenticated,
                "List what was changed on the whole server; only for its administrators.",
                Search,
                Filter.Page("created")
            ),
        };

    private static Part Search =>
        Filter.Text("--search", "Only entries whose actor, action, path or address contains this.", Readers.Anything);
}
