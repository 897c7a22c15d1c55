using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class AlertCommands
{
    private const string All = "/v0/projects/{project}/alerts",
        One = All + "/{alert}";

    public static Command Create() =>
        new("alert")
        {
            Call.List<Alert>(
                All,
                Access.Public,
                "List the alerts of a project, the active ones first.",
                Filter.Word<AlertStatus>("--status", "Only those with this status"),
                Filter.Archived,
                Filter.Page("created", "modified")
            ),
            Call.View<Alert>(One, Access.Public, "Show an alert."),
            Call.Update<Alert>(
                One,
                "Dismiss an alert, or make it active again.",
                Field.Word<AlertPatchStatus>("--status", "Its new status")
            ),
        };
}
