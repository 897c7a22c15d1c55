using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Verdicts;

/// <summary>The rules for judging a project's series: its own settings, and defaults for the rest.</summary>
internal sealed class JudgingRules
{
    public const double AlarmsUsual = 1;
    public const double EffectUsual = 0.01;
    public static readonly TimeSpan Budgeted = TimeSpan.FromDays(28);

    // How often the commits that the alarm budget covers are counted.
    private static readonly TimeSpan CountEvery = TimeSpan.FromDays(1);

    private readonly Dictionary<long, (Direction? Direction, double? EffectMin)> measures = [];
    private DateTimeOffset? counted;

    public double Alarms { get; private set; } = AlarmsUsual;

    public double EffectMin { get; private set; } = EffectUsual;

    public bool ReproducedFails { get; private set; }

    public bool BesideThresholds { get; private set; }

    public bool ConfirmingJobs { get; private set; } = true;

    /// <summary>True if <see cref="Alarms"/> was set; otherwise the default level applies.</summary>
    public bool IsBudgeted { get; private set; }

    /// <summary>The number of results in four weeks; null if no budget was set.</summary>
    public long? SeriesCommits { get; private set; }

    /// <summary>
    /// Queries that load the settings of the project and of these measures, with the readers of their rows.
    /// </summary>
    public static IReadOnlyList<(SqlText Text, Action<Row> Read)> Queries(
        Id<Project> projectId,
        IReadOnlyCollection<Id<Measure>> measureIds,
        JudgingRules into
    ) =>
        [
            (
                SqlText.Of(
                    $"""
                    SELECT alarms, effect_min, reproduced_fails, beside_thresholds, confirming_jobs, budgeted,
                        series_commits, counted
                    FROM verdict_settings WHERE project_id = {projectId}
                    """
                ),
                into.ReadProject
            ),
            (
                SqlText.Of(
                    $"SELECT measure_id, direction, effect_min FROM measure_verdicts WHERE measure_id IN {measureIds}"
                ),
                into.ReadMeasure
            ),
        ];

    /// <param name="series">The number of series in the report.</param>
    public Rules Of(MeasureRow measure, int series)
    {
        var (direction, effect) = measures.GetValueOrDefault(measure.Id);
        var rules = new Rules
        {
            Direction = direction ?? Directions.Of(measure.Units),
            EffectMin = effect ?? EffectMin,
            Series = series,
        };
        return SeriesCommits is { } commits
            ? rules with
            {
                WaitingLevel = Rules.LevelFor(Alarms, Math.Max(commits, 1)),
            }
            : rules;
    }

    /// <summary>Counts the results that the budget covers, once a day, if the project has set a budget.</summary>
    public async Task CountAsync(Sql sql, ProjectRow project, DateTimeOffset now)
    {
        if (counted is not { } last || now - last < CountEvery)
            return;
        counted = now; // One count serves all units that share these rules.
        SeriesCommits = await ResultsAsync(sql, project.Id, now);
        await sql.ExecuteAsync(
            $"UPDATE verdict_settings SET series_commits = {SeriesCommits}, counted = {now} WHERE project_id = "
                + $"{project.Id}"
        );
    }

    /// <summary>Counts the results of the last four weeks.</summary>
    public static Task<long> ResultsAsync(Sql sql, Id<Project> projectId, DateTimeOffset now) =>
        sql.NumberAsync(
            $"SELECT CAST(sum(metrics) AS BIGINT) FROM reports WHERE project_id = {projectId} AND start_time >= "
                + $"{now - Budgeted}"
        );

    private void ReadProject(Row row)
    {
        (Alarms, EffectMin, ReproducedFails, BesideThresholds) = (row.Double(), row.Double(), row.Bool(), row.Bool());
        ConfirmingJobs = row.Bool();
        IsBudgeted = row.Bool();
        if (IsBudgeted)
            (SeriesCommits, counted) = (row.Long(), row.Time());
    }

    private void ReadMeasure(Row row) => measures[row.Long()] = (row.WordOrNull<Direction>(), row.DoubleOrNull());
}
