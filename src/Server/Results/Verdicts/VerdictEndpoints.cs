using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// The settings for judging a project's series. Everyone who sees the project may read them; users who may edit it can
/// change them.
/// </summary>
internal sealed class VerdictEndpoints(Db db, TimeProvider time)
{
    private const double AlarmsLeast = 0.001,
        AlarmsMost = 100;

    /// <summary>The largest allowed minimum effect.</summary>
    public const double EffectMost = 10;

    private const int MeasuresMax = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var verdicts = ActivatorUtilities.CreateInstance<VerdictEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/verdicts", OnProject.View, verdicts.ViewAsync).Gives<VerdictSettings>();
        routes
            .Patch("/v0/projects/{project}/verdicts", OnProject.May(Permission.Edit), verdicts.UpdateAsync)
            .Takes<VerdictSettingsPatch>()
            .Gives<VerdictSettings>();
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project) =>
        Answer.Ok(
            await db.ReadAsync(sql => ReadAsync(sql, project, time.GetUtcNow()), call.Aborted),
            Wire.Default.VerdictSettings
        );

    public async Task<Answer> UpdateAsync(Call call, ProjectGrant granted)
    {
        // A key that may only report must not change how its reports are judged.
        if (granted.Caller is not UserCaller)
            throw Refusal.NotAllowed("Keys of projects cannot change how verdicts judge; use a user's token or key.");
        var patch = await call.BodyAsync(Wire.Default.VerdictSettingsPatch);
        Check("alarms", patch.Alarms, AlarmsLeast, AlarmsMost);
        Check("minimum_effect", patch.MinimumEffect, 0, EffectMost);
        if (patch.Measures is { Count: > MeasuresMax } many)
            throw Refusal.BadInput($"measures: {many.Count} are given; allowed: {MeasuresMax} at most in one request");
        foreach (var (name, measure) in patch.Measures ?? [])
            Check($"measures.{name}.minimum_effect", measure.MinimumEffect, 0, EffectMost);
        var (project, now) = (granted.Project, time.GetUtcNow());
        return Answer.Ok(
            await db.WriteAsync(async sql =>
            {
                await SetAsync(sql, project, patch, now);
                return await ReadAsync(sql, project, now);
            }),
            Wire.Default.VerdictSettings
        );
    }

    private static void Check(string field, double? value, double least, double most)
    {
        if (value is { } given && !(given >= least && given <= most))
            throw Refusal.BadInput(
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{field}: is {given}; allowed: a number from {least} to {most}"
                )
            );
    }

    private static async Task SetAsync(Sql sql, ProjectRow project, VerdictSettingsPatch patch, DateTimeOffset now)
    {
        var rules = await RulesAsync(sql, project);
        var (alarms, effect) = (patch.Alarms ?? rules.Alarms, patch.MinimumEffect ?? rules.EffectMin);
        var (reproduced, beside, confirming) = (
            patch.ReproducedFails ?? rules.ReproducedFails,
            patch.BesideThresholds ?? rules.BesideThresholds,
            patch.ConfirmingJobs ?? rules.ConfirmingJobs
        );
        var isBudgeted = rules.IsBudgeted || patch.Alarms is not null;
        var commits = await JudgingRules.ResultsAsync(sql, project.Id, now);
        if ((patch with { Measures = null }) != new VerdictSettingsPatch())
            await sql.ExecuteAsync(
                $"""
                INSERT INTO verdict_settings (project_id, alarms, effect_min, reproduced_fails, beside_thresholds, confirming_jobs, budgeted, series_commits, counted)
                VALUES ({project.Id}, {alarms}, {effect}, {reproduced}, {beside}, {confirming}, {isBudgeted}, {commits}, {now})
                ON CONFLICT (project_id) DO UPDATE SET alarms = excluded.alarms, effect_min = excluded.effect_min,
                    reproduced_fails = excluded.reproduced_fails, beside_thresholds = excluded.beside_thresholds,
                    confirming_jobs = excluded.confirming_jobs, budgeted = excluded.budgeted,
                    series_commits = excluded.series_commits, counted = excluded.counted
                """
            );
        foreach (var (name, measure) in patch.Measures ?? [])
        {
            var row = await sql.FirstAsync(
                $"SELECT {MeasureRow.Columns} FROM measures WHERE measures.project_id = {project.Id} AND "
                    + $"{name.Condition("measures")}",
                MeasureRow.Read
            ) ?? throw Refusal.NotFound(MeasureRow.Noun, name.Value);
            await sql.ExecuteAsync($"DELETE FROM measure_verdicts WHERE measure_id = {row.Id}");
            if (measure is { Direction: null, MinimumEffect: null })
                continue;
            var direction = measure.Direction is { } word ? Words<Direction>.Of(word) : null;
            await sql.ExecuteAsync(
                $"INSERT INTO measure_verdicts (measure_id, direction, effect_min) VALUES ({row.Id}, {direction}, "
                    + $"{measure.MinimumEffect})"
            );
        }
    }

    private static async Task<JudgingRules> RulesAsync(Sql sql, ProjectRow project)
    {
        var rules = new JudgingRules();
        await sql.ReadAllAsync(JudgingRules.Queries(project.Id, [], rules));
        return rules;
    }

    public static async Task<VerdictSettings> ReadAsync(Sql sql, ProjectRow project, DateTimeOffset now)
    {
        var rules = await RulesAsync(sql, project);
        var measures = await sql.ListAsync(
            $"""
            SELECT {MeasureRow.Columns}, measure_verdicts.direction, measure_verdicts.effect_min FROM measure_verdicts
            JOIN measures ON measures.id = measure_verdicts.measure_id WHERE measures.project_id = {project.Id} ORDER BY measures.name
            """,
            row =>
            {
                var measure = MeasureRow.Read(row);
                Direction? set = row.WordOrNull<Direction>();
                return new MeasureVerdicts(
                    measure.Uuid,
                    measure.Name,
                    measure.Slug,
                    set ?? Directions.Of(measure.Units),
                    set is null,
                    row.DoubleOrNull()
                );
            }
        );
        var since = now - JudgingRules.Budgeted;
        var proven = await sql.NumberAsync(
            $"SELECT count(*) FROM changes WHERE project_id = {project.Id} AND verdict = {ChangeVerdict.Slower} AND "
                + $"created >= {since}"
        );
        var dismissed = await sql.NumberAsync(
            $"""
            SELECT count(*) FROM changes WHERE project_id = {project.Id} AND verdict = {ChangeVerdict.Slower} AND created >= {since}
              AND state = {ChangeState.Dismissed}
            """
        );
        var commits = await JudgingRules.ResultsAsync(sql, project.Id, now);
        return new(
            rules.Alarms,
            rules.EffectMin,
            rules.ReproducedFails,
            rules.BesideThresholds,
            rules.ConfirmingJobs,
            measures,
            new(commits, proven, dismissed, await RefutedTable.SinceAsync(sql, project, since))
        );
    }
}
