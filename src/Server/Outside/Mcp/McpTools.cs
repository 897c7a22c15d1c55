using static Paddock.Server.Outside.Mcp.McpCost;
using static Paddock.Server.Outside.Mcp.McpFields;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// The tools, each over one REST endpoint. The first page of the list holds exactly v0's tools in v0's order, for
/// clients that expect these; Paddock's additions follow on a second page.
/// </summary>
internal static class McpTools
{
    private const string InProject = "/v0/projects/{project}";
    private const string Get = "GET";
    private const string Post = "POST";
    private const string Patch = "PATCH";
    private const string Put = "PUT";

    /// <summary>The tools of v0.</summary>
    public static IReadOnlyList<McpTool> Standard { get; } =
    [
        new(
            "submit_run",
            "JsonNewRun",
            "Records benchmark results in a project and returns the report: each value, its limits and its alerts. "
                + "Branches, testbeds, benchmarks and measures that do not exist are created.",
            McpCost.Run,
            Post,
            "/v0/run",
            [
                .. McpFields.Run,
                Text("project", "UUID or slug; a project that does not exist is created.").Optional(),
                Uuid("idempotency_key", "Chosen by the caller; the same key returns the same report.").Optional(),
                Text("branch", "UUID, slug or name; main if absent.").Optional(),
                Text("testbed", "UUID, slug or name; localhost if absent.").Optional(),
                Flag("spec_reset", "Removes the spec from the testbed.").Optional(),
                Map("context", "Facts about where the run comes from, like the repository.").Optional(),
                Job,
            ]
        ),
        new(
            "list_projects",
            "ListProjectsInput",
            "Lists the projects that the caller may see: without a credential the public ones.",
            Page,
            Get,
            "/v0/projects",
            Named
        ),
        new("view_project", "ViewProjectInput", "Shows one project.", Read, Get, InProject, Project),
        new(
            "list_reports",
            "ListReportsInput",
            "Lists the reports of a project, newest first, with counts instead of results unless expand is true.",
            Page,
            Get,
            InProject + "/reports",
            [
                Project,
                .. Paging,
                Sort(("date_time", "By start time.")),
                Filter("branch"),
                Filter("testbed"),
                Archived,
                Milliseconds("start_time", "Only reports from this time on, in milliseconds since 1970.").Optional(),
                Milliseconds("end_time", "Only reports up to this time, in milliseconds since 1970.").Optional(),
                Flag("expand", "Adds the results of each report, which makes the answer many times larger.").Optional(),
            ]
        ),
        new(
            "create_report",
            "CreateReportInput",
            "Records benchmark results on an existing branch and testbed, and returns the report with its alerts.",
            McpCost.Run,
            Post,
            InProject + "/reports",
            [
                Project,
                .. McpFields.Run,
                Text("branch", "UUID, slug or name of the branch."),
                Text("testbed", "UUID, slug or name of the testbed."),
            ]
        ),
        new(
            "view_report",
            "ViewReportInput",
            "Shows one report: every value with its limits, and its alerts.",
            Read,
            Get,
            InProject + "/reports/{report}",
            Project,
            Uuid("report", "UUID of the report.")
        ),
        .. FourOf("branch", "branches", "Branch", "A branch is a line of code; its head is its present history."),
        .. FourOf("testbed", "testbeds", "Testbed", "A testbed is where benchmarks run."),
        .. FourOf("benchmark", "benchmarks", "Benchmark", "A benchmark is one piece of code that is measured."),
        .. FourOf("measure", "measures", "Measure", "A measure is a quantity with its units, like latency in ns."),
        .. Thresholds,
        new(
            "list_alerts",
            "ListAlertsInput",
            "Lists the alerts of a project: values beyond their limits.",
            Page,
            Get,
            InProject + "/alerts",
            [
                Project,
                .. Paging,
                Sort(("created", "By creation."), ("modified", "By last change.")),
                Archived,
                Choice(
                    "status",
                    "Only alerts of this status.",
                    ("active", "Not yet reviewed."),
                    ("dismissed", "Dismissed by a person."),
                    ("silenced", "Silenced by a reset of the branch.")
                ),
            ]
        ),
        new(
            "view_alert",
            "ViewAlertInput",
            "Shows one alert with its value, its limit and its threshold.",
            Read,
            Get,
            InProject + "/alerts/{alert}",
            Project,
            Uuid("alert", "UUID of the alert.")
        ),
        new(
            "update_alert",
            "UpdateAlertInput",
            "Dismisses an alert, or makes it active again.",
            Write,
            Patch,
            InProject + "/alerts/{alert}",
            Project,
            Uuid("alert", "UUID of the alert."),
            Choice("status", "The new status.", ("active", "To be reviewed."), ("dismissed", "Reviewed, no problem."))
        ),
        new(
            "view_metric",
            "ViewMetricInput",
            "Shows one value with its report, branch, testbed, benchmark, measure and limits.",
            Read,
            Get,
            InProject + "/metrics/{metric}",
            Project,
            Uuid("metric", "UUID of the metric.")
        ),
        new(
            "query_perf",
            "QueryPerfInput",
            "Reads the history of values: one series for each combination of the lists, with limits and alerts.",
            McpCost.Plot,
            Get,
            InProject + "/perf",
            McpFields.Plot
        )
        {
            AboutFields = "The four lists are required; find their UUIDs with the list tools.",
        },
        new(
            "perf_image",
            "PerfImageInput",
            "Draws the history of values as an image.",
            McpCost.Plot,
            Get,
            InProject + "/perf/img",
            [.. McpFields.Plot, Text("title", "Title of the image; the project's name if absent.").Optional()]
        ),
        new(
            "list_plots",
            "ListPlotsInput",
            "Lists the pinned plots of a project.",
            Page,
            Get,
            InProject + "/plots",
            [
                Project,
                .. Paging,
                Sort(("index", "In the order of the project's page."), ("title", "By title.")),
                Text("title", "Only the plot with exactly this title.").Optional(),
                Text("search", "Only plots whose title or UUID contains this text.").Optional(),
            ]
        ),
        new(
            "view_plot",
            "ViewPlotInput",
            "Shows one pinned plot.",
            Read,
            Get,
            InProject + "/plots/{plot}",
            Project,
            Uuid("plot", "UUID of the plot.")
        ),
        new(
            "list_jobs",
            "ListJobsInput",
            "Lists the jobs of a project: runs that a runner executes.",
            Page,
            Get,
            InProject + "/jobs",
            [
                Project,
                .. Paging,
                Sort(("created", "By creation.")),
                Word(
                        "status",
                        "Only jobs of this status.",
                        ["pending", "claimed", "running", "completed", "processed", "failed", "canceled"]
                    )
                    .Optional(),
            ]
        ),
        new(
            "view_job",
            "ViewJobInput",
            "Shows one job: its status, its output when it has ended, and while it waits, its position and the reason.",
            Read,
            Get,
            InProject + "/jobs/{job}",
            Project,
            Uuid("job", "UUID of the job.")
        ),
    ];

    /// <summary>Paddock additions; v0 does not have them.</summary>
    public static IReadOnlyList<McpTool> Ours { get; } =
    [
        new(
            "explain_fleet",
            "ExplainFleetInput",
            "Shows what each runner does and how noisy it is, and for each waiting job its position and why it waits. "
                + "Administrators only.",
            Read,
            Get,
            "/v0/fleet"
        ),
        new(
            "cancel_job",
            "CancelJobInput",
            "Cancels a job that has not ended; its runner is told to stop.",
            Write,
            Post,
            InProject + "/jobs/{job}/cancel",
            Project,
            Uuid("job", "UUID of the job.")
        ),
        new(
            "query_perf_columns",
            "QueryPerfColumnsInput",
            "As query_perf, but in columns: a tenth of the text for the same values. docs/plots.md describes the form.",
            McpCost.Plot,
            Get,
            InProject + "/perf?format=compact",
            McpFields.Plot
        ),
        new(
            "check_permission",
            "CheckPermissionInput",
            "Tells whether the caller may do something in a project, without doing it.",
            Read,
            Get,
            InProject + "/allowed/{permission}",
            Project,
            WantedPermission
        ),
        new(
            "list_organizations",
            "ListOrganizationsInput",
            "Lists the organizations that the caller is a member of; needs a user's credential.",
            Page,
            Get,
            "/v0/organizations",
            Named
        ),
        new(
            "create_project",
            "CreateProjectInput",
            "Creates a project in an organization; needs a user's credential.",
            Write,
            Post,
            "/v0/organizations/{organization}/projects",
            Text("organization", "UUID or slug of the organization."),
            Text("name", "Name of the project."),
            Slug,
            Text("url", "Address of its web page.").Optional(),
            Word("visibility", "Who may read it; public if absent.", ["public", "private"]).Optional()
        ),
        new(
            "list_specs",
            "ListSpecsInput",
            "Lists the specs: the hardware that jobs and testbeds demand. Administrators only.",
            Page,
            Get,
            "/v0/specs",
            Named
        ),
        new(
            "list_runners",
            "ListRunnersInput",
            "Lists the runners with what they serve and do. Administrators only.",
            Page,
            Get,
            "/v0/runners",
            Named
        ),
    ];

    private static readonly Dictionary<string, McpTool> ByName = Standard.Concat(Ours).ToDictionary(tool => tool.Name);

    public static IEnumerable<McpTool> All => ByName.Values;

    public static McpTool? Find(string name) => ByName.GetValueOrDefault(name);

    // List, create, view and update: the four tools of each named noun.
    private static McpTool[] FourOf(string noun, string nouns, string title, string meaning)
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

    private static McpTool[] Thresholds
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
