using Paddock.Core.Names;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Removes projects for good. What is to go is first put out of sight, then taken away in units of work small enough that others can write
/// in between; where that is cut short, erasing it once more goes on.
/// </summary>
internal static class Erasure
{
    private const int RowsMax = 8192;
    private const int SeriesMax = 64;

    /// <param name="project">Also finds one that was deleted before, by its UUID or by the slug that it got then.</param>
    public static async Task ProjectAsync(Db db, ResourceId project, DateTimeOffset now)
    {
        var id = await db.WriteAsync(async sql =>
        {
            var found = await sql.NumberAsync($"SELECT id FROM projects WHERE {project.Condition("projects")}");
            if (found == 0) throw Refusal.NotFound("project", project);
            await ProjectTable.DeleteAsync(sql, SqlText.Of($"id = {found}"), now);
            return found;
        });
        await ProjectAsync(db, id);
    }

    public static async Task OrganizationAsync(Db db, ResourceId organization, DateTimeOffset now)
    {
        var (id, projects) = await db.WriteAsync(async sql =>
        {
            var found = await sql.NumberAsync($"SELECT id FROM organizations WHERE {organization.Condition("organizations")}");
            if (found == 0) throw Refusal.NotFound("organization", organization);
            await OrganizationTable.DeleteAsync(sql, found, now);
            return (found, await sql.ListAsync($"SELECT id FROM projects WHERE organization_id = {found}", row => row.Long()));
        });
        foreach (var project in projects) await ProjectAsync(db, project);
        await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM organizations WHERE id = {id}"));
    }

    private static async Task ProjectAsync(Db db, long id)
    {
        do
        {
            while (await db.WriteAsync(sql => SomeMetricsAsync(sql, id))) { }
            while (await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE project_id = {id} LIMIT {RowsMax})")) > 0) { }
            while (await db.WriteAsync(sql => sql.ExecuteAsync(
                $"""
                DELETE FROM versions WHERE id IN (
                    SELECT versions.id FROM versions JOIN heads ON heads.id = versions.head_id JOIN branches ON branches.id = heads.branch_id
                    WHERE branches.project_id = {id} LIMIT {RowsMax})
                """)) > 0) { }
        }
        while (!await db.WriteAsync(sql => RestAsync(sql, id)));
    }

    /// <returns>False where a run that had begun before has brought new metrics.</returns>
    private static async Task<bool> RestAsync(Sql sql, long id)
    {
        await sql.AnyAsync($"SELECT 1 FROM projects WHERE id = {id}{sql.ForUpdateOf("projects")}");
        if (await sql.AnyAsync($"SELECT 1 FROM series JOIN benchmarks ON benchmarks.id = series.benchmark_id WHERE benchmarks.project_id = {id} LIMIT 1")) return false;
        await sql.ExecuteAsync($"DELETE FROM projects WHERE id = {id}");
        return true;
    }

    /// <returns>Whether there may be more.</returns>
    private static async Task<bool> SomeMetricsAsync(Sql sql, long projectId)
    {
        var series = await sql.ListAsync(
            $"""
            SELECT series.id FROM series JOIN benchmarks ON benchmarks.id = series.benchmark_id
            WHERE benchmarks.project_id = {projectId} LIMIT {SeriesMax}
            """, row => row.Long());
        var left = RowsMax;
        foreach (var id in series)
        {
            // A series is erased from its beginning, as far as one unit of work goes.
            var end = await sql.NumberAsync($"SELECT version_id FROM metrics WHERE series_id = {id} ORDER BY version_id LIMIT 1 OFFSET {left}");
            if (end > 0)
            {
                await sql.ExecuteAsync($"DELETE FROM metrics WHERE series_id = {id} AND version_id <= {end}");
                return true;
            }
            left -= await sql.ExecuteAsync($"DELETE FROM metrics WHERE series_id = {id}");
            await sql.ExecuteAsync($"DELETE FROM series WHERE id = {id}");
        }
        return series.Count > 0;
    }
}
