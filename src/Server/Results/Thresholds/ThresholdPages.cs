using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Overview;

namespace Paddock.Server.Results.Thresholds;

/// <summary>
/// A measure of the project's main branch that has no threshold, with the address of a prefilled form that adds one.
/// </summary>
public sealed record Uncovered(string Measure, string Branch, string Testbed, string Address);

/// <summary>The content of the page that lists thresholds.</summary>
/// <param name="IsNarrowed">True when the list is filtered by branch, testbed or measure.</param>
public sealed record ThresholdsView(
    ProjectPaths Paths,
    string Project,
    IReadOnlyList<Threshold> Thresholds,
    ListPart Part,
    bool Archived,
    bool IsNarrowed,
    IReadOnlyList<Uncovered> Uncovered
);

/// <summary>The content of the page of one threshold.</summary>
/// <param name="Shown">The model to show; null when the threshold has none.</param>
/// <param name="Models">All models of the threshold, newest first.</param>
/// <param name="Active">The number of its active alerts.</param>
/// <param name="Form">The form of a refused deletion.</param>
public sealed record ThresholdView(
    ProjectPaths Paths,
    string Project,
    Threshold Threshold,
    ThresholdModel? Shown,
    IReadOnlyList<ThresholdModel> Models,
    long Active,
    long Alerts,
    FormState Form,
    DateTimeOffset Now
)
{
    public string Address => Paths.Threshold(Threshold.Uuid);
}

/// <summary>The pages of thresholds: the list, one threshold, and the forms that create and change them.</summary>
internal sealed class ThresholdPages(Db db, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ThresholdPages>(routes.ServiceProvider);
        var forms = ActivatorUtilities.CreateInstance<ThresholdForms>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<ThresholdEndpoints>(routes.ServiceProvider)
        );
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var list = root + "{project}/thresholds";
            routes.Page(list, OnProject.View, pages.ListAsync);
            routes.Page(list + "/add", OnProject.May(Permission.Create), (call, granted) =>
                forms.AddAsync(call, granted, state: null)
            );
            routes.Form(list + "/add", OnProject.May(Permission.Create), forms.CreateAsync, forms.AddAsync);
            routes.Page(list + "/{threshold}", OnProject.View, (call, project) =>
                pages.ViewAsync(call, project, FormState.Empty)
            );
            routes.Page(list + "/{threshold}/edit", OnProject.May(Permission.Edit), (call, granted) =>
                forms.EditAsync(call, granted, state: null)
            );
            routes.Form(list + "/{threshold}/edit", OnProject.May(Permission.Edit), forms.UpdateAsync, forms.EditAsync);
            routes.Act(list + "/{threshold}/disable", OnProject.May(Permission.Edit), forms.DisableAsync);
            routes.Form(
                list + "/{threshold}/delete",
                OnProject.UserMay(Permission.Delete),
                forms.DeleteAsync,
                (call, granted, state) => pages.ViewAsync(call, granted.Project, state)
            );
        }
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project)
    {
        var filter = ThresholdFilter.Of(call);
        var paths = ProjectPaths.Of(call, project.Slug);
        var isNarrowed = filter is not { Branch: null, Testbed: null, Measure: null };
        return await db.ReadAsync(
            async sql =>
            {
                var (thresholds, total) = await ThresholdTable.ListAsync(
                    sql,
                    project,
                    filter,
                    ListPart.PageOf(call),
                    call.Aborted
                );
                var part = ListPart.Of(
                    call,
                    paths.Thresholds,
                    total,
                    new("branch", call.Query("branch")),
                    new("testbed", call.Query("testbed")),
                    new("measure", call.Query("measure")),
                    new("archived", filter.Archived ? "true" : null)
                );
                var uncovered =
                    isNarrowed || filter.Archived ? [] : await UncoveredAsync(sql, project, paths, call.Aborted);
                return Pages.Show<ThresholdsPage>(
                    new ThresholdsView(paths, project.Name, thresholds, part, filter.Archived, isNarrowed, uncovered)
                );
            },
            call.Aborted
        );
    }

    private static async Task<List<Uncovered>> UncoveredAsync(
        Sql sql,
        ProjectRow project,
        ProjectPaths paths,
        CancellationToken ct
    )
    {
        if (await HomeLine.FindAsync(sql, project, branch: null, testbed: null, ct) is not { } line)
            return [];
        return await sql.ListAsync(
            $"""
            SELECT measures.name, measures.slug FROM measures
            WHERE measures.archived IS NULL AND measures.id IN
                (SELECT measure_id FROM series WHERE head_id = {line.HeadId} AND testbed_id = {line.TestbedId} AND spec_id = {line.SpecId})
                AND NOT EXISTS (SELECT 1 FROM thresholds JOIN heads ON heads.branch_id = thresholds.branch_id
                    WHERE heads.id = {line.HeadId} AND thresholds.testbed_id = {line.TestbedId} AND thresholds.measure_id = measures.id)
            ORDER BY measures.name
            """,
            row =>
            {
                var (name, slug) = (row.Text(), row.Text());
                var query = $"?branch={line.BranchSlug}&testbed={line.TestbedSlug}&measure={slug}";
                return new Uncovered(name, line.BranchName, line.TestbedName, $"{paths.Thresholds}/add{query}");
            },
            ct
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, FormState form)
    {
        var uuid = call.PathUuid("threshold");
        // Clients print the model that judged beside the threshold.
        Guid? model = Guid.TryParseExact(call.Query("model"), "D", out var given) ? given : null;
        var paths = ProjectPaths.Of(call, project.Slug);
        return await db.ReadAsync(
            async sql =>
            {
                var threshold = await ThresholdTable.ViewAsync(sql, project, uuid, model: null, call.Aborted);
                var models = await ThresholdTable.ModelsAsync(sql, project, uuid, call.Aborted);
                var counts = (
                    await sql.ListAsync(
                        $"""
                        SELECT alerts.status, count(*) FROM alerts JOIN models ON models.id = alerts.model_id
                            JOIN thresholds ON thresholds.id = models.threshold_id
                        WHERE thresholds.project_id = {project.Id} AND thresholds.uuid = {uuid} GROUP BY alerts.status
                        """,
                        row => KeyValuePair.Create(row.Word<AlertStatus>(), row.Long()),
                        call.Aborted
                    )
                ).ToDictionary();
                var shown = models.Find(one => one.Uuid == model) ?? threshold.Model;
                return Pages.Show<ThresholdPage>(
                    new ThresholdView(
                        paths,
                        project.Name,
                        threshold,
                        shown,
                        models,
                        counts.GetValueOrDefault(AlertStatus.Active),
                        counts.Values.Sum(),
                        form,
                        time.GetUtcNow()
                    ),
                    form.IsRefused ? 400 : 200
                );
            },
            call.Aborted
        );
    }
}
