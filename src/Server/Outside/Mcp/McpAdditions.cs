using static Paddock.Server.Outside.Mcp.McpCost;
using static Paddock.Server.Outside.Mcp.McpFields;
using static Paddock.Server.Outside.Mcp.McpTools;

namespace Paddock.Server.Outside.Mcp;

/// <summary>The tools that Paddock adds; v0 does not have them.</summary>
internal static class McpAdditions
{
    public static IReadOnlyList<McpTool> All { get; } =
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
}
