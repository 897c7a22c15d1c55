using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Retention;

/// <summary>The retention settings of a project, and the progress of the sweep.</summary>
/// <param name="Swept">In this round, reports that started before this time have been examined.</param>
/// <param name="RoundBegan">When the current round began; a round examines all old reports once.</param>
/// <param name="Looked">When the sweep last finished.</param>
internal sealed record RetentionRow(
    Id<Project> ProjectId,
    RetentionPolicy Policy,
    int Days,
    bool Archives,
    long? Swept = null,
    DateTimeOffset? RoundBegan = null,
    DateTimeOffset? Looked = null
)
{
    public const int DaysLeast = 7,
        DaysMost = 36_500;

    private const long Day = 86_400;

    /// <summary>The settings of a project that has set nothing.</summary>
    public static RetentionRow Standard(Id<Project> projectId) =>
        new(projectId, RetentionPolicy.Keep, Days: 365, Archives: true);

    /// <summary>The time before which reports are old. Days are whole days in UTC.</summary>
    public long Before(DateTimeOffset now) => DayOf(now.AddDays(-Days).ToUnixTimeSeconds());

    /// <summary>The first second of the day that contains this second.</summary>
    public static long DayOf(long seconds) => seconds - (seconds % Day + Day) % Day;

    public static long NextDay(long day) => day + Day;
}

internal static class RetentionTable
{
    private static readonly Raw Columns = new("project_id, policy, days, archives, swept, round_began, looked");

    public static async Task<RetentionRow> FindAsync(Sql sql, Id<Project> projectId, CancellationToken ct = default) =>
        await sql.FirstAsync($"SELECT {Columns} FROM retentions WHERE project_id = {projectId}", Read, ct)
        ?? RetentionRow.Standard(projectId);

    /// <summary>The projects that do not keep everything and were not swept since the given time.</summary>
    public static Task<List<RetentionRow>> DueAsync(Sql sql, DateTimeOffset before, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT {Columns} FROM retentions WHERE policy <> {RetentionPolicy.Keep} AND (looked IS NULL OR looked < {before})
              AND EXISTS (SELECT 1 FROM projects WHERE projects.id = retentions.project_id AND projects.deleted IS NULL)
            ORDER BY looked, project_id
            """,
            Read,
            ct
        );

    /// <summary>Stores the settings and starts a new round.</summary>
    public static Task SetAsync(Sql sql, RetentionRow row) =>
        sql.ExecuteAsync(
            $"""
            INSERT INTO retentions (project_id, policy, days, archives)
            VALUES ({row.ProjectId}, {row.Policy}, {row.Days}, {row.Archives})
            ON CONFLICT (project_id) DO UPDATE SET policy = excluded.policy, days = excluded.days,
                archives = excluded.archives, swept = NULL, round_began = NULL, looked = NULL
            """
        );

    /// <summary>Records the sweep's progress, unless the settings were changed meanwhile.</summary>
    /// <returns>False when the settings were changed.</returns>
    public static async Task<bool> ProgressAsync(Sql sql, RetentionRow row) =>
        await sql.ExecuteAsync(
            $"""
            UPDATE retentions SET swept = {row.Swept}, round_began = {row.RoundBegan}, looked = {row.Looked}
            WHERE project_id = {row.ProjectId} AND policy = {row.Policy} AND days = {row.Days} AND archives = {row.Archives}
            """
        ) > 0;

    private static RetentionRow Read(Row row) =>
        new(
            row.Id<Project>(),
            row.Word<RetentionPolicy>(),
            row.Int(),
            row.Bool(),
            row.LongOrNull(),
            row.TimeOrNull(),
            row.TimeOrNull()
        );
}
