using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class BranchCommands
{
    private const string All = "/v0/projects/{project}/branches",
        One = All + "/{branch}";

    public static Command Create() =>
        new("branch")
        {
            Call.List<Branch>(
                All,
                Access.Public,
                "List the branches of a project.",
                Filter.Name<BranchName>(),
                Filter.Search,
                Filter.Archived,
                Filter.Page("name")
            ),
            Call.Create<Branch>(
                All,
                "Create a branch.",
                Field.Text<BranchName>("--name", "Its name.").Required(),
                Field.Slug,
                StartPoint.ForNew()
            ),
            Call.View<Branch>(
                One,
                Access.Public,
                "Show a branch.",
                Filter.Uuid("--head", "UUID of an earlier head of the branch.")
            ),
            Call.Update<Branch>(
                One,
                "Change a branch.",
                Field.Text<BranchName>("--name", "Its new name."),
                Field.NewSlug,
                StartPoint.ForExisting(),
                Field.Archived("branch")
            ),
            Call.Delete(One, "Delete a branch that has neither reports nor thresholds."),
        };
}
