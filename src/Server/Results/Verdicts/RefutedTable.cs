using Paddock.Core.Verdicts;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Verdicts;

/// <summary>Counts the refuted suspicions of a project, for its page of verdicts.</summary>
internal static class RefutedTable
{
    /// <summary>
    /// Counts what reruns or pairs have just refuted, and deletes counts that are too old to be shown.
    /// </summary>
    public static async Task CountAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyList<JudgedSeries> series,
        DateTimeOffset now
    )
    {
        var refuted = series.Count(one => one.Verdict!.Events.Any(e => e.Kind == EventKind.Refuted));
        if (refuted == 0)
            return;
        await sql.ExecuteAsync(
            $"""
            INSERT INTO refuted_suspicions (project_id, day, refuted) VALUES ({project.Id}, {Day(now)}, {refuted})
            ON CONFLICT (project_id, day) DO UPDATE SET refuted = refuted_suspicions.refuted + excluded.refuted
            """
        );
        await sql.ExecuteAsync(
            $"DELETE FROM refuted_suspicions WHERE project_id = {project.Id} AND day < "
                + $"{Day(now - JudgingRules.Budgeted)}"
        );
    }

    public static Task<long> SinceAsync(Sql sql, ProjectRow project, DateTimeOffset since) =>
        sql.NumberAsync(
            $"""
            SELECT COALESCE(sum(refuted), 0) FROM refuted_suspicions
            WHERE project_id = {project.Id} AND day >= {Day(since)}
            """
        );

    private static long Day(DateTimeOffset time) => time.ToUnixTimeSeconds() / (24 * 60 * 60);
}
