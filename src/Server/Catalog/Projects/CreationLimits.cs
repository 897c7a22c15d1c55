using System.Globalization;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Limits how much may be created in a time window: projects and metrics in an organization; reports and everything
/// they refer to in a project. Rows are counted after a unit of work has created them, and the unit is rolled back if
/// it exceeds a limit. Concurrent units on PostgreSQL do not see each other, so slightly more may pass.
/// </summary>
internal sealed class CreationLimits(LimitOptions limits)
{
    // Each table has the columns project_id and created.
    private static readonly string[] OfProject =
    [
        "branches",
        "testbeds",
        "benchmarks",
        "measures",
        "thresholds",
        "plots",
        "reports",
    ];

    /// <summary>Runs a unit of work that may create rows.</summary>
    /// <param name="now">The creation time of those rows.</param>
    /// <exception cref="Refusal">The unit exceeds a limit.</exception>
    public async Task<T> WithinAsync<T>(Sql sql, ProjectRow project, DateTimeOffset now, Func<Task<T>> unit)
    {
        var result = await unit();
        await CheckAsync(sql, project, now);
        return result;
    }

    /// <param name="metrics">
    /// How many metrics were just recorded: the report that reaches the limit is still accepted.
    /// </param>
    /// <inheritdoc cref="WithinAsync"/>
    public async Task CheckAsync(Sql sql, ProjectRow project, DateTimeOffset now, int metrics = 0)
    {
        var (max, setting) = project.Claimed is null
            ? (limits.UnclaimedCreationsMax, "PADDOCK_CREATIONS_UNCLAIMED_MAX")
            : (limits.ClaimedCreationsMax, "PADDOCK_CREATIONS_CLAIMED_MAX");
        if (max == 0)
            return;
        if (await sql.FirstAsync($"{Exceeded(project, now, max, metrics)} LIMIT 1", row => row.Text()) is not { } what)
            return;
        throw new Refusal(
            Because.TooMany,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Too many new {what}: {setting} allows {max} in {limits.CreationsWindow.TotalSeconds} seconds. "
            ) + (project.Claimed is null ? "Claim the organization, or try again later." : "Try again later.")
        );
    }

    // Only rows created at this time are refused, so a lowered limit does not block other work.
    private SqlText Exceeded(ProjectRow project, DateTimeOffset now, int max, int metrics)
    {
        var since = now - limits.CreationsWindow;
        var isOver = SqlText.Of($"HAVING count(*) > {max} AND max(created) >= {now}");
        var all = SqlText.Of(
            $"""
            SELECT 'projects' FROM projects WHERE organization_id = {project.OrganizationId} AND created > {since} GROUP BY organization_id {isOver}
            UNION ALL SELECT 'heads of the branch' FROM heads
            WHERE branch_id IN (SELECT id FROM branches WHERE project_id = {project.Id}) AND created > {since} GROUP BY branch_id {isOver}
            UNION ALL SELECT 'models of the threshold' FROM models
            WHERE threshold_id IN (SELECT id FROM thresholds WHERE project_id = {project.Id}) AND created > {since} GROUP BY threshold_id {isOver}
            """
        );
        foreach (var table in OfProject)
            all = SqlText.Of(
                $"""
                {all} UNION ALL SELECT {new Raw($"'{table}'")} FROM {new Raw(table)}
                WHERE project_id = {project.Id} AND created > {since} GROUP BY project_id {isOver}
                """
            );
        return metrics == 0
            ? all
            : SqlText.Of(
                $"""
                {all} UNION ALL SELECT 'metrics' FROM (
                    SELECT sum(reports.metrics) AS total FROM reports JOIN projects ON projects.id = reports.project_id
                    WHERE projects.organization_id = {project.OrganizationId} AND reports.end_time > {since}
                ) recent WHERE recent.total - {metrics} >= {max}
                """
            );
    }
}
