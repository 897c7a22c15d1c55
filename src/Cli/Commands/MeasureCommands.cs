using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class MeasureCommands
{
    private const string All = "/v0/projects/{project}/measures",
        One = All + "/{measure}";

    public static Command Create() =>
        new("measure")
        {
            Call.List<Measure>(
                All,
                Access.Public,
                "List the measures of a project.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Archived,
                Filter.Page("name")
            ),
            Call.Create<Measure>(
                All,
                "Create a measure.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug,
                Field.Text<ResourceName>("--units", "Its units, such as \"seconds (s)\".").Required()
            ),
            Call.View<Measure>(One, Access.Public, "Show a measure."),
            Call.Update<Measure>(
                One,
                "Change a measure.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Text<ResourceName>("--units", "Its new units."),
                Field.Archived("measure")
            ),
            Call.Delete(One, "Delete a measure that has neither metrics nor thresholds."),
        };
}
