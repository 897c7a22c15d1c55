using static Paddock.Server.Outside.Mcp.McpCost;
using static Paddock.Server.Outside.Mcp.McpFields;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// The tools, each over one REST endpoint. The first page of the list holds exactly v0's tools in v0's order, for
/// clients that expect these; Paddock's additions follow on a second page: <see cref="McpAdditions"/>.
/// </summary>
internal static class McpTools
{
    internal const string InProject = "/v0/projects/{project}";
    internal const string Get = "GET";
    internal const string Post = "POST";
    internal const string Patch = "PATCH";
    internal const string Put = "PUT";

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
        .. McpNounTools.OfNamed(
            "branch",
            "branches",
            "Branch",
            "A branch is a line of code; its head is its present history."
        ),
        .. McpNounTools.OfNamed("testbed", "testbeds", "Testbed", "A testbed is where benchmarks run."),
        .. McpNounTools.OfNamed(
            "benchmark",
            "benchmarks",
            "Benchmark",
            "A benchmark is one piece of code that is measured."
        ),
        .. McpNounTools.OfNamed(
            "measure",
            "measures",
            "Measure",
            "A measure is a quantity with its units, like latency in ns."
        ),
        .. McpNounTools.OfThresholds,
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

    private static readonly Dictionary<string, McpTool> ByName = Standard
        .Concat(McpAdditions.All)
        .ToDictionary(tool => tool.Name);

    public static IEnumerable<McpTool> All => ByName.Values;

    public static McpTool? Find(string name) => ByName.GetValueOrDefault(name);
}
