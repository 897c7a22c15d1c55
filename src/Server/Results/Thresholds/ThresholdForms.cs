using System.Globalization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Thresholds;

/// <summary>The content of the form that creates or changes a threshold.</summary>
/// <param name="Threshold">The threshold to change; null for a new one.</param>
/// <param name="Preview">The form's model applied to the history; null until a preview is requested.</param>
/// <param name="Tried">The settings that were previewed. Only these can be saved.</param>
public sealed record ThresholdFormView(
    ProjectPaths Paths,
    string Project,
    Threshold? Threshold,
    FormState Form,
    ThresholdPreview? Preview,
    string? Tried,
    IReadOnlyList<string> Branches,
    IReadOnlyList<string> Testbeds,
    IReadOnlyList<string> Measures,
    DateTimeOffset Now
)
{
    public string Address =>
        Threshold is { } existing ? $"{Paths.Threshold(existing.Uuid)}/edit" : $"{Paths.Thresholds}/add";
}

/// <summary>
/// Creates and changes thresholds by a form. The first submit previews the model on the history; the second one saves
/// exactly what was previewed, through the endpoint of the API.
/// </summary>
internal sealed class ThresholdForms(Db db, ThresholdEndpoints endpoints, TimeProvider time)
{
    private const int SuggestionsMax = 200;
    private const double SecondsOfDay = 86_400;

    // Defaults that suit most projects: rare false alarms and a recent history.
    private static readonly Model Standard = new(
        ModelTest.TTest,
        MinSampleSize: 5,
        MaxSampleSize: 64,
        Window: 30 * 86_400,
        UpperBoundary: 0.99
    );

    /// <param name="state">The submitted form; null before the first submit.</param>
    public async Task<Answer> AddAsync(Call call, ProjectGrant granted, FormState? state)
    {
        state ??= FormState.Of([
            ("branch", call.Query("branch")),
            ("testbed", call.Query("testbed")),
            ("measure", call.Query("measure")),
            .. FieldsOf(Standard),
        ]);
        return await ShowAsync(call, granted.Project, threshold: null, state, preview: null, tried: null);
    }

    public async Task<Answer> CreateAsync(Call call, ProjectGrant granted, FormFields fields)
    {
        var project = granted.Project;
        var (branch, testbed, measure) = (
            Reference<BranchName>(fields, "branch"),
            Reference<ResourceName>(fields, "testbed"),
            Reference<ResourceName>(fields, "measure")
        );
        var model = ModelOf(fields);
        fields.Check();
        var found = await db.ReadAsync(
            sql => ThresholdTarget.FindAsync(sql, project, branch, testbed, measure, call.Aborted),
            call.Aborted
        );
        if (found.Head is null)
            fields.Wrong("branch", $"There is no branch {Text.Quote(branch.Value)} in this project.");
        if (found.Testbed is null)
            fields.Wrong("testbed", $"There is no testbed {Text.Quote(testbed.Value)} in this project.");
        if (found.Measure is null)
            fields.Wrong("measure", $"There is no measure {Text.Quote(measure.Value)} in this project.");
        fields.Check();
        var target = new ThresholdTarget(found.Head!.Value, found.Testbed!.Value, found.Measure!.Value, found.Units!);
        var wanted = $"{branch} {testbed} {measure} {model}";
        if (!IsTried(fields, wanted))
            return await PreviewAsync(call, project, threshold: null, fields, model, target, wanted);
        await endpoints.CreateAsync(
            call.With(
                new NewThreshold(
                    branch,
                    testbed,
                    measure,
                    model.Test,
                    model.MinSampleSize,
                    model.MaxSampleSize,
                    model.Window,
                    model.LowerBoundary,
                    model.UpperBoundary
                )
            ),
            granted
        );
        var query = new QueryString()
            .Add("branch", branch.Value)
            .Add("testbed", testbed.Value)
            .Add("measure", measure.Value);
        return Pages.After(ProjectPaths.Of(call, project.Slug).Thresholds + query);
    }

    /// <param name="state">The submitted form; null before the first submit.</param>
    public async Task<Answer> EditAsync(Call call, ProjectGrant granted, FormState? state)
    {
        var project = granted.Project;
        var threshold = await FindAsync(call, project);
        var model = threshold.Model is { } current
            ? new(
                current.Test,
                current.MinSampleSize,
                current.MaxSampleSize,
                current.Window,
                current.LowerBoundary,
                current.UpperBoundary
            )
            : Standard;
        return await ShowAsync(
            call,
            project,
            threshold,
            state ?? FormState.Of(FieldsOf(model)),
            preview: null,
            tried: null
        );
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, FormFields fields)
    {
        var project = granted.Project;
        var threshold = await FindAsync(call, project);
        var model = ModelOf(fields);
        fields.Check();
        var wanted = $"{threshold.Uuid} {model}";
        if (!IsTried(fields, wanted))
        {
            var (branch, testbed, measure) = (
                NameId<BranchName>.OfUuid(threshold.Branch.Uuid),
                NameId<ResourceName>.OfUuid(threshold.Testbed.Uuid),
                NameId<ResourceName>.OfUuid(threshold.Measure.Uuid)
            );
            var found = await db.ReadAsync(
                sql => ThresholdTarget.FindAsync(sql, project, branch, testbed, measure, call.Aborted),
                call.Aborted
            );
            var target = new ThresholdTarget(
                found.Head ?? default,
                found.Testbed ?? default,
                found.Measure ?? default,
                found.Units ?? ""
            );
            return await PreviewAsync(call, project, threshold, fields, model, target, wanted);
        }
        await endpoints.UpdateAsync(
            call.With(
                new ThresholdPut
                {
                    Test = model.Test,
                    MinSampleSize = model.MinSampleSize,
                    MaxSampleSize = model.MaxSampleSize,
                    Window = model.Window,
                    LowerBoundary = model.LowerBoundary,
                    UpperBoundary = model.UpperBoundary,
                }
            ),
            granted,
            threshold.Uuid
        );
        return Pages.After(ProjectPaths.Of(call, project.Slug).Threshold(threshold.Uuid));
    }

    public async Task<Answer> DisableAsync(Call call, ProjectGrant granted, FormFields fields)
    {
        await endpoints.UpdateAsync(call.With(new ThresholdPut { Test = null }), granted, call.PathUuid("threshold"));
        return Pages.After(call.Http.Request.Path.Value![..^"/disable".Length]);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var project = granted.Project;
        fields.Confirm((await FindAsync(call, project)).Measure.Slug);
        await endpoints.DeleteAsync(call, granted, call.PathUuid("threshold"));
        return Pages.After(ProjectPaths.Of(call, project.Slug).Thresholds);
    }

    private Task<Threshold> FindAsync(Call call, ProjectRow project)
    {
        var uuid = call.PathUuid("threshold");
        return db.ReadAsync(
            sql => ThresholdTable.ViewAsync(sql, project, uuid, model: null, call.Aborted),
            call.Aborted
        );
    }

    private async Task<Answer> PreviewAsync(
        Call call,
        ProjectRow project,
        Threshold? threshold,
        FormFields fields,
        Model model,
        ThresholdTarget target,
        string wanted
    )
    {
        var preview = await db.ReadAsync(
            sql =>
                ThresholdPreview.OfAsync(
                    sql,
                    model,
                    target.HeadId,
                    target.TestbedId,
                    target.MeasureId,
                    target.Units,
                    call.Aborted
                ),
            call.Aborted
        );
        return await ShowAsync(call, project, threshold, fields.Sent, preview, wanted);
    }

    private async Task<Answer> ShowAsync(
        Call call,
        ProjectRow project,
        Threshold? threshold,
        FormState state,
        ThresholdPreview? preview,
        string? tried
    )
    {
        var (branches, testbeds, measures) = threshold is not null
            ? ([], [], [])
            : await db.ReadAsync(
                async sql =>
                    (
                        await NamesAsync(sql, project, "branches", call.Aborted),
                        await NamesAsync(sql, project, "testbeds", call.Aborted),
                        await NamesAsync(sql, project, "measures", call.Aborted)
                    ),
                call.Aborted
            );
        return Pages.Show<ThresholdFormPage>(
            new ThresholdFormView(
                ProjectPaths.Of(call, project.Slug),
                project.Name,
                threshold,
                state,
                preview,
                tried,
                branches,
                testbeds,
                measures,
                time.GetUtcNow()
            ),
            state.IsRefused ? 400 : 200
        );
    }

    private static Task<List<string>> NamesAsync(Sql sql, ProjectRow project, string table, CancellationToken ct) =>
        sql.ListAsync(
            $"SELECT name FROM {new Raw(table)} WHERE project_id = {project.Id} AND archived IS NULL ORDER BY name "
                + $"LIMIT {SuggestionsMax}",
            row => row.Text(),
            ct
        );

    // Only previewed settings are saved. When a field has changed since, a new preview comes first.
    private static bool IsTried(FormFields fields, string wanted) =>
        fields.IsTicked("save") && fields.Text("tried") == wanted.Trim();

    private static NameId<TName> Reference<TName>(FormFields fields, string name)
        where TName : class, IText<TName>
    {
        if (NameId<TName>.TryParse(fields.Text(name), out var value))
            return value;
        fields.Wrong(
            name,
            fields.Text(name).Length == 0 ? "Fill this in." : Text.Refusal<NameId<TName>>(fields.Text(name)) + "."
        );
        return default;
    }

    /// <summary>Reads the model from the form's fields. Problems are added to the form.</summary>
    public static Model ModelOf(FormFields fields)
    {
        var window = fields.Number("window") is { } days ? days * SecondsOfDay : (double?)null;
        if (window is < 1 or > uint.MaxValue)
            fields.Wrong("window", "Allowed: more than 0 days, and fewer than 50,000.");
        var model = new Model(
            fields.Word<ModelTest>("test"),
            (uint?)fields.Whole("min_sample_size", 1, uint.MaxValue),
            (uint?)fields.Whole("max_sample_size", 1, uint.MaxValue),
            window is { } seconds and >= 1 and <= uint.MaxValue ? (uint)Math.Round(seconds) : null,
            fields.Number("lower_boundary"),
            fields.Number("upper_boundary")
        );
        if (!fields.HasErrors && model.Problem() is { } problem)
            fields.Wrong(FieldOf(problem), char.ToUpperInvariant(problem[0]) + problem[1..] + ".");
        return model;
    }

    // The text of a problem begins with its field, or names both boundaries.
    private static string FieldOf(string problem) =>
        Array.Find(["lower_boundary", "upper_boundary", "min_sample_size", "max_sample_size", "window"], field =>
            problem.StartsWith(field, StringComparison.Ordinal)
        ) ?? "upper_boundary";

    private static (string, string?)[] FieldsOf(Model model) =>
        [
            ("test", Words<ModelTest>.Of(model.Test)),
            ("min_sample_size", model.MinSampleSize?.ToString(CultureInfo.InvariantCulture)),
            ("max_sample_size", model.MaxSampleSize?.ToString(CultureInfo.InvariantCulture)),
            ("window", model.Window is { } window ? ModelWords.Days(window) : null),
            ("lower_boundary", model.LowerBoundary is { } lower ? ModelWords.Number(lower) : null),
            ("upper_boundary", model.UpperBoundary is { } upper ? ModelWords.Number(upper) : null),
        ];
}
