using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class PlotCommands
{
    private const string All = "/v0/projects/{project}/plots",
        One = All + "/{plot}";
    private const int IndexMax = 64;

    public static Command Create() =>
        new("plot")
        {
            Call.List<Plot>(
                All,
                Access.Public,
                "List the pinned plots of a project.",
                Filter.Text<ResourceName>("--title", "Only the one with this title."),
                Filter.Search,
                Filter.Page("index", "title")
            ),
            Call.Create<Plot>(
                All,
                "Pin a plot.",
                [
                    Index,
                    Field.Text<ResourceName>("--title", "Its title."),
                    Field.Switch("--lower-value", "Show the lower values."),
                    Field.Switch("--upper-value", "Show the upper values."),
                    Field.Switch("--lower-boundary", "Show the lower boundary."),
                    Field.Switch("--upper-boundary", "Show the upper boundary."),
                    Rightwards.Required(),
                    Field.Word<YAxis>("--y-axis", "Scale of the y-axis", fallback: YAxis.Auto),
                    Window.Required(),
                    .. Lists.Select(list => list.Required()),
                ]
            ),
            Call.View<Plot>(One, Access.Public, "Show a pinned plot."),
            Call.Update<Plot>(
                One,
                "Change a pinned plot.",
                [
                    Index,
                    Field.Clearable("--title", "Its title.", Readers.Valid<ResourceName>),
                    Field.YesNo("--lower-value", "Show the lower values."),
                    Field.YesNo("--upper-value", "Show the upper values."),
                    Field.YesNo("--lower-boundary", "Show the lower boundary."),
                    Field.YesNo("--upper-boundary", "Show the upper boundary."),
                    Rightwards,
                    Field.Word<YAxis>("--y-axis", "Scale of the y-axis"),
                    Window,
                    .. Lists,
                ]
            ),
            Call.Delete(One, "Unpin a plot."),
        };

    private static Part Index => Field.Whole("--index", "Its position on the page, 0 for the first.", 0, IndexMax);

    private static Part Rightwards => Field.Word<XAxis>("--x-axis", "Quantity on the x-axis");

    private static Part Window =>
        Field.Whole("--window", "How many seconds of history it shows.", 1, uint.MaxValue, helpName: "seconds");

    private static IEnumerable<Part> Lists =>
        ((string[])["branch", "testbed", "benchmark", "measure"]).Select(noun =>
            Field.Uuids(Plural(noun), $"UUID of a {noun}; may be given again.")
        );

    private static string Plural(string noun) => noun == "branch" ? "--branches" : $"--{noun}s";
}
