using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>The webhooks of a project, for users who manage it.</summary>
internal sealed class WebhookEndpoints(
    Db db,
    WebhookHttp http,
    WebhookOptions options,
    BaseOptions server,
    ListLimits limits,
    Shares shares,
    TimeProvider time
)
{
    private const int UrlLengthMax = 2048;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var hooks = ActivatorUtilities.CreateInstance<WebhookEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/webhooks", OnProject.UserMay(Permission.Manage), hooks.ListAsync)
            .GivesAll<Webhook>();
        routes
            .Post("/v0/projects/{project}/webhooks", OnProject.UserMay(Permission.Manage), hooks.CreateAsync)
            .Takes<NewWebhook>()
            .Gives<CreatedWebhook>(201);
        routes
            .Post(
                "/v0/projects/{project}/webhooks/{webhook}/test",
                Input.Uuid("webhook"),
                OnProject.UserMay(Permission.Manage),
                hooks.TestAsync
            )
            .Gives<WebhookTried>();
        routes
            .Get("/v0/projects/{project}/watch", OnProject.UserMay(Permission.View), hooks.WatchingAsync)
            .Gives<ProjectWatch>();
        routes
            .Put("/v0/projects/{project}/watch", OnProject.UserMay(Permission.View), hooks.WatchAsync)
            .Gives<ProjectWatch>();
        routes
            .Delete("/v0/projects/{project}/watch", OnProject.UserMay(Permission.View), hooks.UnwatchAsync)
            .GivesNothing();
        routes
            .Delete(
                "/v0/projects/{project}/webhooks/{webhook}",
                Input.Uuid("webhook"),
                OnProject.UserMay(Permission.Manage),
                hooks.DeleteAsync
            )
            .GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, ProjectByUser granted)
    {
        var rows = await db.ReadAsync(sql => WebhookTable.ListAsync(sql, granted.Project, call.Aborted), call.Aborted);
        return Answer.List(
            rows.ConvertAll(row => row.ToWire(granted.Project)),
            rows.Count,
            Wire.Default.IReadOnlyListWebhook
        );
    }

    private async Task<Answer> CreateAsync(Call call, ProjectByUser granted) =>
        Answer.Created(await MakeAsync(call, granted), Wire.Default.CreatedWebhook);

    /// <summary>Creates the webhook that the request describes; its secret is shown only once.</summary>
    public async Task<CreatedWebhook> MakeAsync(Call call, ProjectByUser granted)
    {
        var body = await call.BodyAsync(Wire.Default.NewWebhook);
        var isGood =
            body.Url.Length <= UrlLengthMax
            && Uri.TryCreate(body.Url, UriKind.Absolute, out var url)
            && url.UserInfo.Length == 0
            && (url.Scheme == "https" || url.Scheme == "http" && options.IsPrivateAllowed);
        if (!isGood)
            throw Refusal.BadInput(
                $"url: {Text.Quote(body.Url)} cannot be the address of a webhook; allowed: an https address without "
                    + $"user and password, up to {UrlLengthMax} characters"
            );
        var row = await db.WriteAsync(sql =>
            WebhookTable.InsertAsync(
                sql,
                granted.Project,
                new(body.Url),
                body.Form ?? WebhookForm.Signed,
                limits,
                time.GetUtcNow()
            )
        );
        return new(row.Uuid, granted.Project.Uuid, row.Url, row.Form, row.Secret, row.Created);
    }

    private async Task<Answer> TestAsync(Call call, ProjectByUser granted, Guid webhook) =>
        Answer.Ok(await TryOutAsync(call, granted, webhook), Wire.Default.WebhookTried);

    /// <summary>Sends a test message at once, without retries.</summary>
    public async Task<WebhookTried> TryOutAsync(Call call, ProjectByUser granted, Guid webhook)
    {
        var project = granted.Project;
        var hook = await db.ReadAsync(sql => WebhookTable.GetAsync(sql, project, webhook, call.Aborted), call.Aborted);
        var address = server.ConsoleUrl.TrimEnd('/') + ProjectPaths.Console(project.Slug).Overview;
        var body = WebhookMessages.Trial(hook.Form, project, address);
        using var place = await shares.Tries.EnterAsync(Requester.CurrentKey, call.Aborted);
        var problem = await WebhookMessages.PostAsync(http, hook, body, message: 0, time.GetUtcNow(), call.Aborted);
        return new(problem is null, problem);
    }

    private async Task<Answer> WatchingAsync(Call call, ProjectByUser granted)
    {
        var (project, user) = (granted.Project, granted.Caller.User.Uuid);
        var isWatched = await db.ReadAsync(
            sql => WebhookTable.IsWatchedAsync(sql, project, user, call.Aborted),
            call.Aborted
        );
        return Answer.Ok(new ProjectWatch(isWatched), Wire.Default.ProjectWatch);
    }

    public async Task<Answer> WatchAsync(Call call, ProjectByUser granted)
    {
        var (project, user) = (granted.Project, granted.Caller.User.Uuid);
        await db.WriteAsync(sql => WebhookTable.WatchAsync(sql, project, user, limits, time.GetUtcNow()));
        return Answer.Ok(new ProjectWatch(Watching: true), Wire.Default.ProjectWatch);
    }

    public async Task<Answer> UnwatchAsync(Call call, ProjectByUser granted)
    {
        await db.WriteAsync(sql => WebhookTable.UnwatchAsync(sql, granted.Project.Id, granted.Caller.User.Uuid));
        return Answer.Deleted;
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid webhook) =>
        await db.WriteAsync(sql => WebhookTable.DeleteAsync(sql, granted.Project, webhook))
            ? Answer.Deleted
            : throw Refusal.NotFound("webhook", webhook);
}

/// <summary>Settings of webhooks: the addresses to which they may send.</summary>
internal sealed record WebhookOptions
{
    /// <summary>
    /// True when webhooks may use addresses of the server's own network and plain HTTP. Otherwise a project's manager
    /// could make the server request what only the server can reach (SSRF).
    /// </summary>
    public bool IsPrivateAllowed { get; init; }

    public static WebhookOptions FromEnvironment(Func<string, string?> environment) =>
        new()
        {
            IsPrivateAllowed = Ground.Setting.Switch(
                "PADDOCK_WEBHOOKS_TO_PRIVATE_ADDRESSES",
                environment,
                standard: false
            ),
        };
}
