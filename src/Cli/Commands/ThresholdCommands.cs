using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class ThresholdCommands
{
    private const string All = "/v0/projects/{project}/thresholds",
        One = All + "/{threshold}";

    public static Command Create() =>
        new("threshold")
        {
            Call.List<Threshold>(
                All,
                Access.Public,
                "List the thresholds of a project.",
                Filter.Text<NameId<BranchName>>("--branch", "Only those of this branch."),
                Filter.Text<NameId<ResourceName>>("--testbed", "Only those of this testbed."),
                Filter.Text<NameId<ResourceName>>("--measure", "Only those of this measure."),
                Filter.Archived,
                Filter.Page("created", "modified")
            ),
            Call.Create<Threshold>(
                All,
                "Create a threshold.",
                Field.Text<NameId<BranchName>>("--branch", "UUID, slug or name of the branch.").Required(),
                Field.Text<NameId<ResourceName>>("--testbed", "UUID, slug or name of the testbed.").Required(),
                Field.Text<NameId<ResourceName>>("--measure", "UUID, slug or name of the measure.").Required(),
                ModelOptions.Required()
            ),
            Call.View<Threshold>(
                One,
                Access.Public,
                "Show a threshold.",
                Filter.Uuid("--model", "Show it with this earlier model.")
            ),
            Call.Of<Threshold>(
                    "update",
                    HttpMethod.Put,
                    One,
                    Access.Authenticated,
                    "Replace the model of a threshold, or remove it.",
                    ModelOptions.OrRemoval()
                )
                .Also("edit"),
            Call.Delete(One, "Delete a threshold that no report has used."),
        };
}
