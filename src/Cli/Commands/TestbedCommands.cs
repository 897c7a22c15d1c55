using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class TestbedCommands
{
    private const string All = "/v0/projects/{project}/testbeds",
        One = All + "/{testbed}";

    public static Command Create() =>
        new("testbed")
        {
            Call.List<Testbed>(
                All,
                Access.Public,
                "List the testbeds of a project.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Archived,
                Filter.Page("name")
            ),
            Call.Create<Testbed>(
                All,
                "Create a testbed.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug,
                Field.Text<ResourceId>("--spec", "UUID or slug of its hardware spec.")
            ),
            Call.View<Testbed>(
                One,
                Access.Public,
                "Show a testbed.",
                Filter.Uuid("--spec", "Show it with this hardware spec.")
            ),
            Call.Update<Testbed>(
                One,
                "Change a testbed.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Clearable("--spec", "UUID or slug of its hardware spec.", Readers.Valid<ResourceId>),
                Field.Archived("testbed")
            ),
            Call.Delete(One, "Delete a testbed that has neither reports nor thresholds."),
        };
}
