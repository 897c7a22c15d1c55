using System.Globalization;
using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Outside.Retention;

/// <summary>The data of the page of a project's retention.</summary>
/// <param name="Counted">What a policy would remove now, if a preview was requested.</param>
/// <param name="Archives">The newest archives.</param>
/// <param name="ArchivesTotal">How many archives there are.</param>
public sealed record RetentionView(
    ProjectPaths Paths,
    string Project,
    RetentionSettings Settings,
    FormState Form,
    FormState CountForm,
    RetentionPreview? Counted,
    IReadOnlyList<RetentionArchive> Archives,
    long ArchivesTotal,
    bool IsSaved
);

/// <summary>The browser page for a project's retention. Its forms call the API's own endpoint.</summary>
internal sealed class RetentionPages(Db db, RetentionEndpoints endpoints, Shares shares)
{
    private const int ArchivesShown = 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<RetentionPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<RetentionEndpoints>(routes.ServiceProvider)
        );
        var deletes = OnProject.UserMay(Permission.Delete);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var path = root + "{project}/retention";
            routes.Page(path, deletes, (call, granted) => pages.ShowAsync(call, granted, null, null, null));
            routes.Form(path, deletes, pages.UpdateAsync, (call, granted, form) =>
                pages.ShowAsync(call, granted, form, null, null)
            );
            routes.Form(path + "/count", deletes, pages.CountAsync, (call, granted, form) =>
                pages.ShowAsync(call, granted, null, form, null)
            );
        }
    }

    private async Task<Answer> ShowAsync(
        Call call,
        ProjectByUser granted,
        FormState? form,
        FormState? countForm,
        RetentionPreview? counted
    )
    {
        var project = granted.Project;
        var (settings, archives, total) = await db.ReadAsync(
            async sql =>
            {
                var (rows, all) = await Archives.ListAsync(
                    sql,
                    project.Id,
                    new(Offset: 0, ArchivesShown, Descending: null),
                    call.Aborted
                );
                return (
                    await RetentionEndpoints.ReadAsync(sql, project, call.Aborted),
                    rows.ConvertAll(row => row.Wire),
                    all
                );
            },
            call.Aborted
        );
        var view = new RetentionView(
            ProjectPaths.Of(call, project.Slug),
            project.Name,
            settings,
            form ?? FieldsOf(settings),
            countForm
                ?? FormState.Of(
                    ("count_policy", Words<RetentionPolicy>.Of(RetentionPolicy.Thin)),
                    ("count_days", settings.Days.ToString(CultureInfo.InvariantCulture))
                ),
            counted,
            archives,
            total,
            call.Query("saved") is not null
        );
        var isRefused = form is { IsRefused: true } || countForm is { IsRefused: true };
        return Pages.Show<RetentionPage>(view, isRefused ? 400 : 200);
    }

    private async Task<Answer> UpdateAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var policy = fields.Word<RetentionPolicy>("policy");
        var days = Days(fields, "days");
        fields.Check();
        var patch = new RetentionSettingsPatch(policy, days, fields.IsTicked("archive"));
        await endpoints.UpdateAsync(call.With(patch), granted);
        return Pages.After($"{ProjectPaths.Of(call, granted.Project.Slug).Retention}?saved=1");
    }

    private async Task<Answer> CountAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var policy = fields.Word<RetentionPolicy>("count_policy");
        var days = Days(fields, "count_days");
        fields.Check();
        using var place = await shares.PlotAsync(call.Aborted);
        var counted = await endpoints.PreviewAsync(granted.Project, policy, days, call.Aborted);
        return await ShowAsync(call, granted, form: null, fields.Sent, counted);
    }

    private static int? Days(FormFields fields, string name)
    {
        var days = fields.Whole(name, RetentionRow.DaysLeast, RetentionRow.DaysMost);
        if (days is null && fields.Text(name).Length == 0)
            fields.Wrong(name, $"Fill this in; allowed: {RetentionRow.DaysLeast} to {RetentionRow.DaysMost}.");
        return (int?)days;
    }

    private static FormState FieldsOf(RetentionSettings settings) =>
        FormState.Of(
            ("policy", Words<RetentionPolicy>.Of(settings.Policy)),
            ("days", settings.Days.ToString(CultureInfo.InvariantCulture)),
            ("archive", settings.Archive ? "true" : null)
        );
}
