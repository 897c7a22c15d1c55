using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Erases deleted projects permanently, in units of work small enough that other writers get their turn in between. An
/// interrupted erasure continues when the project is erased again.
/// </summary>
internal static class Erasure
{
    private const int RowsMax = 8192;
    private const int SeriesMax = 64;

    /// <summary>Erases a project that has been deleted.</summary>
    /// <param name="afterUnit">For tests: awaited after each unit of work that may not have been the last.</param>
    public static async Task ProjectAsync(Db db, Id<Project> id, Func<Task>? afterUnit = null)
    {
        do
        {
            while (await db.WriteAsync(sql => SomeMetricsAsync(sql, id)))
                await (afterUnit?.Invoke() ?? Task.CompletedTask);
            while (
                await db.WriteAsync(sql =>
                    sql.ExecuteAsync(
                        $"DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE project_id = {id} LIMIT "
                            + $"{RowsMax})"
                    )
                ) > 0
            ) { }
            while (
                await db.WriteAsync(sql =>
                    sql.ExecuteAsync(
                        $"""
                        DELETE FROM versions WHERE id IN (
                            SELECT versions.id FROM versions JOIN heads ON heads.id = versions.head_id JOIN branches ON branches.id = heads.branch_id
                            WHERE branches.project_id = {id} LIMIT {RowsMax})
                        """
                    )
                ) > 0
            ) { }
        } while (!await db.WriteAsync(sql => RestAsync(sql, id)));
    }

    /// <returns>False when a run that began before the deletion has added new metrics.</returns>
    private static async Task<bool> RestAsync(Sql sql, Id<Project> id)
    {
        await sql.AnyAsync($"SELECT 1 FROM projects WHERE id = {id}{sql.ForUpdateOf("projects")}");
        if (
            await sql.AnyAsync(
                $"SELECT 1 FROM series JOIN benchmarks ON benchmarks.id = series.benchmark_id WHERE "
                    + $"benchmarks.project_id = {id} LIMIT 1"
            )
        )
            return false;
        await sql.ExecuteAsync($"DELETE FROM projects WHERE id = {id}");
        return true;
    }

    /// <returns>True when metrics may be left.</returns>
    private static async Task<bool> SomeMetricsAsync(Sql sql, Id<Project> projectId)
    {
        var series = await sql.ListAsync(
            $"""
            SELECT series.id FROM series JOIN benchmarks ON benchmarks.id = series.benchmark_id
            WHERE benchmarks.project_id = {projectId} LIMIT {SeriesMax}
            """,
            row => row.Long()
        );
        var left = RowsMax;
        foreach (var id in series)
        {
            // A series is erased from its beginning, up to the limit of one unit of work.
            var end = await sql.NumberAsync(
                $"SELECT version_id FROM metrics WHERE series_id = {id} ORDER BY version_id LIMIT 1 OFFSET {left}"
            );
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
