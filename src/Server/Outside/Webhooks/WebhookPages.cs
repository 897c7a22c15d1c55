using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>The data of the page of a project's webhooks.</summary>
/// <param name="Made">The webhook just created, with its secret, which is shown only once.</param>
/// <param name="Tried">The outcome of a test message.</param>
public sealed record WebhooksView(
    ProjectPaths Paths,
    string Project,
    IReadOnlyList<Webhook> Webhooks,
    FormState Form,
    CreatedWebhook? Made = null,
    WebhookTried? Tried = null
);

/// <summary>The browser page of a project's webhooks. Its forms call the API's own endpoints.</summary>
internal sealed class WebhookPages(Db db, WebhookEndpoints hooks)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var pages = ActivatorUtilities.CreateInstance<WebhookPages>(
            provider,
            ActivatorUtilities.CreateInstance<WebhookEndpoints>(provider)
        );
        var manages = OnProject.UserMay(Permission.Manage);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var path = root + "{project}/webhooks";
            routes.Page(path, manages, (call, granted) => pages.ShowAsync(call, granted, FormState.Empty));
            routes.Form(path, manages, pages.MakeAsync, pages.ShowAsync);
            routes.Act(root + "{project}/watch", OnProject.UserMay(Permission.View), pages.WatchAsync);
            routes.Act(root + "{project}/unwatch", OnProject.UserMay(Permission.View), pages.UnwatchAsync);
            routes.Act(path + "/{webhook}/test", manages, pages.TestAsync);
            routes.Act(path + "/{webhook}/delete", manages, pages.DeleteAsync);
        }
    }

    private Task<Answer> ShowAsync(Call call, ProjectByUser granted, FormState form) =>
        ShowAsync(call, granted, form, made: null, tried: null);

    private async Task<Answer> MakeAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var form = fields.Word<WebhookForm>("form");
        if (fields.Text("url").Length == 0)
            fields.Wrong("url", "Fill this in; allowed: an https address.");
        fields.Check();
        var made = await hooks.MakeAsync(call.With(new NewWebhook(fields.Text("url"), form)), granted);
        return await ShowAsync(call, granted, FormState.Empty, made, tried: null);
    }

    private async Task<Answer> TestAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var tried = await hooks.TryOutAsync(call, granted, call.PathUuid("webhook"));
        return await ShowAsync(call, granted, FormState.Empty, made: null, tried);
    }

    private async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        await hooks.DeleteAsync(call, granted, call.PathUuid("webhook"));
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Webhooks);
    }

    private async Task<Answer> WatchAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        await hooks.WatchAsync(call, granted);
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Overview);
    }

    private async Task<Answer> UnwatchAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        await hooks.UnwatchAsync(call, granted);
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Overview);
    }

    private async Task<Answer> ShowAsync(
        Call call,
        ProjectByUser granted,
        FormState form,
        CreatedWebhook? made,
        WebhookTried? tried
    )
    {
        var project = granted.Project;
        var rows = await db.ReadAsync(sql => WebhookTable.ListAsync(sql, project, call.Aborted), call.Aborted);
        var view = new WebhooksView(
            ProjectPaths.Of(call, project.Slug),
            project.Name,
            rows.ConvertAll(row => row.ToWire(project)),
            form,
            made,
            tried
        );
        return Pages.Show<WebhooksPage>(view, form.IsRefused ? 400 : 200);
    }
}
