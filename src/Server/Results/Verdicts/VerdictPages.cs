using System.Globalization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Verdicts;

/// <summary>The data of the page of a project's verdict settings.</summary>
/// <param name="Form">The state of the form for the project.</param>
/// <param name="MeasureForm">The state of the form for one measure.</param>
/// <param name="Measures">The names that the browser suggests.</param>
public sealed record VerdictSettingsView(
    ProjectPaths Paths,
    string Project,
    VerdictSettings Settings,
    FormState Form,
    FormState MeasureForm,
    IReadOnlyList<string> Measures,
    bool IsSaved
);

/// <summary>The forms for the settings of a project's verdicts. The API endpoint does the work.</summary>
internal sealed class VerdictPages(Db db, VerdictEndpoints endpoints, TimeProvider time)
{
    private const int SuggestionsMax = 200;

    /// <summary>The direction is guessed from the units.</summary>
    public const string Guessed = "guessed";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<VerdictPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<VerdictEndpoints>(routes.ServiceProvider)
        );
        var edits = OnProject.UserMay(Permission.Edit);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var verdicts = root + "{project}/verdicts";
            routes.Page(verdicts, edits, (call, granted) => pages.ShowAsync(call, granted, null, null));
            routes.Form(verdicts, edits, pages.UpdateAsync, (call, granted, form) =>
                pages.ShowAsync(call, granted, form, null)
            );
            routes.Form(verdicts + "/measures", edits, pages.UpdateMeasureAsync, (call, granted, form) =>
                pages.ShowAsync(call, granted, null, form)
            );
        }
    }

    private async Task<Answer> ShowAsync(Call call, ProjectByUser granted, FormState? form, FormState? measureForm)
    {
        var project = granted.Project;
        var (settings, measures) = await db.ReadAsync(
            async sql =>
                (
                    await VerdictEndpoints.ReadAsync(sql, project, time.GetUtcNow()),
                    await sql.ListAsync(
                        $"""
                        SELECT name FROM measures WHERE project_id = {project.Id} AND archived IS NULL
                        ORDER BY name LIMIT {SuggestionsMax}
                        """,
                        row => row.Text(),
                        call.Aborted
                    )
                ),
            call.Aborted
        );
        var view = new VerdictSettingsView(
            ProjectPaths.Of(call, project.Slug),
            project.Name,
            settings,
            form ?? FieldsOf(settings),
            measureForm ?? FieldsOf(settings, call.Query("measure")),
            measures,
            call.Query("saved") is not null
        );
        var isRefused = form is { IsRefused: true } || measureForm is { IsRefused: true };
        return Pages.Show<VerdictSettingsPage>(view, isRefused ? 400 : 200);
    }

    private async Task<Answer> UpdateAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var patch = new VerdictSettingsPatch(
            fields.Number("alarms"),
            fields.Number("minimum_effect"),
            fields.IsTicked("reproduced_fails"),
            fields.IsTicked("beside_thresholds"),
            fields.IsTicked("confirming_jobs")
        );
        fields.Check();
        // The form shows the default budget. Sending it back unchanged must not set it.
        var now = await db.ReadAsync(
            sql => VerdictEndpoints.ReadAsync(sql, granted.Project, time.GetUtcNow()),
            call.Aborted
        );
        return await SaveAsync(call, granted, patch.Alarms == now.Alarms ? patch with { Alarms = null } : patch);
    }

    private async Task<Answer> UpdateMeasureAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        NameId<ResourceName>? measure = null;
        if (!NameId<ResourceName>.TryParse(fields.Text("measure"), out var named))
            fields.Wrong("measure", "Name a measure of this project.");
        else
            measure = named;
        Direction? direction = fields.Text("direction") is "" or Guessed ? null : fields.Word<Direction>("direction");
        var effect = fields.Number("measure_effect");
        if (effect is < 0 or > VerdictEndpoints.EffectMost)
            fields.Wrong("measure_effect", $"Allowed: a number from 0 to {VerdictEndpoints.EffectMost}.");
        var isThere =
            measure is not { } wanted
            || await db.ReadAsync(
                sql =>
                    sql.AnyAsync(
                        $"SELECT 1 FROM measures WHERE measures.project_id = {granted.Project.Id} "
                            + $"AND {wanted.Condition("measures")}",
                        call.Aborted
                    ),
                call.Aborted
            );
        if (!isThere)
            fields.Wrong("measure", $"There is no measure {Text.Quote(measure!.Value.Value)} in this project.");
        fields.Check();
        var patch = new VerdictSettingsPatch(Measures: new() { [measure!.Value] = new(direction, effect) });
        return await SaveAsync(call, granted, patch);
    }

    private async Task<Answer> SaveAsync(Call call, ProjectByUser granted, VerdictSettingsPatch patch)
    {
        await endpoints.UpdateAsync(call.With(patch), new ProjectGrant(granted.Project, granted.Caller));
        return Pages.After($"{ProjectPaths.Of(call, granted.Project.Slug).Verdicts}?saved=1");
    }

    private static FormState FieldsOf(VerdictSettings settings) =>
        FormState.Of(
            ("alarms", Number(settings.Alarms)),
            ("minimum_effect", Number(settings.MinimumEffect)),
            ("reproduced_fails", settings.ReproducedFails ? "true" : null),
            ("beside_thresholds", settings.BesideThresholds ? "true" : null),
            ("confirming_jobs", settings.ConfirmingJobs ? "true" : null)
        );

    // The settings of the measure that was selected in the table.
    private static FormState FieldsOf(VerdictSettings settings, string? measure) =>
        settings.Measures.FirstOrDefault(one => one.Slug == measure) is { } set
            ? FormState.Of(
                ("measure", set.Name),
                ("direction", set.IsGuessed ? Guessed : Words<Direction>.Of(set.Direction)),
                ("measure_effect", set.MinimumEffect is { } effect ? Number(effect) : null)
            )
            : FormState.Of(("direction", Guessed));

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
