using System.Globalization;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Limits how much may be created in a window of time: projects and metrics in an organization, reports and all that
/// they hang on in a project. Counted in the database after a unit of work has created something, which is rolled back
/// when that was too much. Units that run at the same time on PostgreSQL do not see each other, so a few more may pass.
/// </summary>
internal sealed class CreationLimits(LimitOptions limits)
{
    // Each has the columns project_id and created.
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

    /// <summary>Does a unit of work that may create something.</summary>
    /// <param name="now">When it is created.</param>
    /// <exception cref="Refusal">It is too much.</exception>
    public async Task<T> WithinAsync<T>(Sql sql, ProjectRow project, DateTimeOffset now, Func<Task<T>> unit)
    {
        var result = await unit();
        await CheckAsync(sql, project, now);
        return result;
    }

    /// <param name="metrics">How many metrics were recorded just now: the report that reaches the limit is still
    /// taken.</param>
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

    // Only what was created just now is refused, so a limit that was lowered stops nothing else.
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
