using static Paddock.Server.Outside.Mcp.McpCost;
using static Paddock.Server.Outside.Mcp.McpFields;
using static Paddock.Server.Outside.Mcp.McpTools;

namespace Paddock.Server.Outside.Mcp;

/// <summary>The four tools of a noun: to list, create, view and update its entries.</summary>
internal static class McpNounTools
{
    /// <summary>The tools of a noun whose entries have a name and a slug.</summary>
    public static McpTool[] OfNamed(string noun, string nouns, string title, string meaning)
    {
        var (all, one) = ($"{InProject}/{nouns}", $"{InProject}/{nouns}/{{{noun}}}");
        var named = Text(noun, $"UUID or slug of the {noun}.");
        var (created, patched, shown) = Own(noun);
        return
        [
            new(
                $"list_{nouns}",
                $"List{title}{nouns[noun.Length..]}Input",
                $"Lists the {nouns} of a project. {meaning}",
                Page,
                Get,
                all,
                [Project, .. Named, Archived]
            ),
            new(
                $"create_{noun}",
                $"Create{title}Input",
                $"Creates a {noun}. {meaning}",
                Write,
                Post,
                all,
                [Project, Text("name", $"Name of the {noun}."), Slug, .. created]
            ),
            new($"view_{noun}", $"View{title}Input", $"Shows one {noun}.", Read, Get, one, [Project, named, .. shown]),
            noun == "testbed"
                ? new($"update_{noun}", $"Update{title}Input", UpdateAbout(noun), Write, Patch, one, Project, named)
                {
                    Variant = [.. NamePatch, ArchivedPatch, .. patched],
                    Removable = "spec",
                }
                : new(
                    $"update_{noun}",
                    $"Update{title}Input",
                    UpdateAbout(noun),
                    Write,
                    Patch,
                    one,
                    [Project, named, .. NamePatch, ArchivedPatch, .. patched]
                ),
        ];
    }

    private static string UpdateAbout(string noun) => $"Changes a {noun}: only the fields that are given.";

    // The fields of one noun other than name and slug: for creating, changing and viewing it.
    private static (McpField[] Created, McpField[] Patched, McpField[] Shown) Own(string noun) =>
        noun switch
        {
            "branch" => (
                [
                    Object(
                            "start_point",
                            "Where the branch begins; without it, empty.",
                            [Text("branch", "UUID, slug or name of the branch to start from."), .. StartPoint[1..^1]]
                        )
                        .Optional(),
                ],
                [
                    Object(
                            "start_point",
                            "Begins a new head here; the existing history stays with the old head.",
                            StartPoint
                        )
                        .Optional(),
                ],
                [Uuid("head", "UUID of an earlier head to show.").Optional()]
            ),
            "testbed" => (
                [Text("spec", "UUID or slug of the spec of its hardware.").Optional()],
                [Text("spec", "UUID or slug of the spec of its hardware; null removes it.").Optional()],
                [Uuid("spec", "UUID of another spec to show it with.").Optional()]
            ),
            "measure" => (
                [Text("units", "Units, like nanoseconds (ns).")],
                [Text("units", "The new units.").Optional()],
                []
            ),
            _ => ([], [], []),
        };

    public static McpTool[] OfThresholds
    {
        get
        {
            var (all, one) = (InProject + "/thresholds", InProject + "/thresholds/{threshold}");
            var named = Uuid("threshold", "UUID of the threshold.");
            return
            [
                new(
                    "list_thresholds",
                    "ListThresholdsInput",
                    "Lists the thresholds of a project: which test judges which series.",
                    Page,
                    Get,
                    all,
                    [
                        Project,
                        .. Paging,
                        Sort(("created", "By creation."), ("modified", "By last change.")),
                        Filter("branch"),
                        Filter("testbed"),
                        Filter("measure"),
                        Archived,
                    ]
                ),
                new(
                    "create_threshold",
                    "CreateThresholdInput",
                    "Creates the threshold of a branch, testbed and measure.",
                    Write,
                    Post,
                    all,
                    [
                        Project,
                        Text("branch", "UUID, slug or name of the branch."),
                        Text("testbed", "UUID, slug or name of the testbed."),
                        Text("measure", "UUID, slug or name of the measure."),
                        .. Model,
                    ]
                ),
                new(
                    "view_threshold",
                    "ViewThresholdInput",
                    "Shows one threshold with its model.",
                    Read,
                    Get,
                    one,
                    Project,
                    named,
                    Uuid("model", "UUID of an earlier model to show.").Optional()
                ),
                new(
                    "update_threshold",
                    "UpdateThresholdInput",
                    "Replaces the whole model of a threshold; test null removes it, so that nothing is judged.",
                    Write,
                    Put,
                    one,
                    Project,
                    named
                )
                {
                    Variant = Model,
                    Removable = "test",
                },
            ];
        }
    }
}
