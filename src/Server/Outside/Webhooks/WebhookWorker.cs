using System.Diagnostics;
using System.Text.Json;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Changes;
using Change = Paddock.Core.Wire.Change;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>
/// Notifies webhooks of changes: one message when a change is proven, and one when its values have returned. A failed
/// delivery is retried with growing pauses for a day; then the event is skipped.
/// </summary>
internal sealed partial class WebhookWorker(
    Db db,
    WebhookHttp http,
    IMailer mailer,
    BaseOptions options,
    TimeProvider time,
    OutageLog outages,
    ILogger<WebhookWorker> log
) : BackgroundService
{
    private const int AttemptsMax = 30; // About a day, with the pauses below.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5),
        FirstPause = TimeSpan.FromSeconds(15),
        LongestPause = TimeSpan.FromHours(1),
        TurnMax = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // Delivered in parallel, so that a slow address delays no other.
                await Task.WhenAll((await TakeAsync()).Select(hook => TryTellAsync(hook, stoppingToken)));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!outages.Takes(e))
                    LogFailed(e);
            } // The next turn continues.
        }
    }

    // Reads first: most servers have no webhook, and should not write every five seconds.
    private async Task<List<WebhookRow>> TakeAsync() =>
        await db.ReadAsync(
            sql => sql.AnyAsync($"SELECT 1 FROM webhooks WHERE due <= {time.GetUtcNow()} LIMIT 1"),
            CancellationToken.None
        )
            ? await db.WriteAsync(sql => WebhookTable.TakeAsync(sql, time.GetUtcNow()))
            : [];

    // An internal error also means a retry later, and does not keep the other webhooks from being served.
    private async Task TryTellAsync(WebhookRow hook, CancellationToken ct)
    {
        try
        {
            await TellAsync(hook, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            if (!outages.Takes(e))
                LogFailed(e);
            await db.WriteAsync(sql =>
                WebhookTable.FailedAsync(sql, hook, "the server failed to send it", time.GetUtcNow() + LongestPause)
            );
        }
    }

    private async Task TellAsync(WebhookRow hook, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        var (project, untold) = await db.ReadAsync(
            async sql =>
                (await ProjectTable.FindAsync(sql, hook.ProjectId, ct), await WebhookTable.UntoldAsync(sql, hook, ct)),
            ct
        );
        if (project is null || untold.Count == 0)
            return;
        foreach (var one in untold)
        {
            // The rest waits for the next turn, before another server takes over this webhook as abandoned.
            if (Stopwatch.GetElapsedTime(began) > TurnMax)
                return;
            var error = IsNews(one) ? await SendAsync(hook, project, one, ct) : null;
            if (error is not null && hook.Attempts + 1 < AttemptsMax)
            {
                LogLater(hook.Uuid, hook.Attempts + 1, error);
                var pause = TimeSpan.FromSeconds(
                    Math.Min(
                        LongestPause.TotalSeconds,
                        FirstPause.TotalSeconds * Math.Pow(2, Math.Min(hook.Attempts, 16))
                    )
                );
                await db.WriteAsync(sql => WebhookTable.FailedAsync(sql, hook, error, time.GetUtcNow() + pause));
                return;
            }
            if (error is not null)
                LogGivenUp(hook.Uuid, one.Change, error);
            await db.WriteAsync(sql => WebhookTable.ToldAsync(sql, hook, one.Id, time.GetUtcNow()));
        }
    }

    // A change that was decided before its event is delivered causes no message; in an imported history every change is
    // decided already.
    private static bool IsNews(UntoldEvent one) =>
        one.Kind == EventKind.Returned
        || one is { Kind: EventKind.Proven or EventKind.Joined, State: ChangeState.Open };

    private async Task<string?> SendAsync(WebhookRow hook, ProjectRow project, UntoldEvent one, CancellationToken ct)
    {
        Change change;
        try
        {
            change = await db.ReadAsync(sql => ReadChanges.ViewAsync(sql, project, one.Change, ct), ct);
        }
        catch (Refusal)
        {
            return null;
        } // The change was deleted meanwhile.
        var address =
            options.ConsoleUrl.TrimEnd('/')
            + (
                project.Visibility == Visibility.Public
                    ? ProjectPaths.Public(project.Slug)
                    : ProjectPaths.Console(project.Slug)
            ).Change(one.Change);
        var isFixed = one.Kind == EventKind.Returned;
        if (hook.Watcher is { } watcher)
            return await MailAsync(watcher, project, change, address, isFixed, ct);
        var body =
            hook.Form == WebhookForm.Slack
                ? WebhookMessages.Slack(project, change, address, isFixed)
                : JsonSerializer.SerializeToUtf8Bytes(
                    new WebhookMessage(isFixed ? "change_returned" : "change_proven", project.Slug, address, change),
                    Wire.Default.WebhookMessage
                );
        return await WebhookMessages.PostAsync(http, hook, body, one.Id, time.GetUtcNow(), ct);
    }

    // A watcher who may no longer see the project is unsubscribed.
    private async Task<string?> MailAsync(
        Guid watcher,
        ProjectRow project,
        Change change,
        string address,
        bool isFixed,
        CancellationToken ct
    )
    {
        var user = await db.ReadAsync(
            async sql =>
                await sql.FirstAsync($"SELECT {UserRow.Columns} FROM users WHERE uuid = {watcher}", UserRow.Read, ct)
                    is { Locked: false } found
                && (
                    project.Visibility == Visibility.Public
                    || await ProjectAccess.MayAsync(sql, project, found, Permission.View, ct)
                )
                    ? found
                    : null,
            ct
        );
        if (user is null)
        {
            await db.WriteAsync(sql => WebhookTable.UnwatchAsync(sql, project.Id, watcher));
            return null;
        }
        try
        {
            await mailer.SendAsync(
                new(
                    user.Email,
                    $"[{project.Name}] {(isFixed ? "Back to normal: " : "")}{change.Sentence}",
                    [
                        $"{(isFixed ? "Back to normal: " : "")}{change.Sentence}",
                        $"Project {project.Name}, branch {change.Branch.Name}.",
                        address,
                        $"You get this mail because you watch this project. To stop watching it: paddock project "
                            + $"unwatch {project.Slug}",
                    ],
                    Mail.Usual
                )
                {
                    IsNotice = true,
                }
            );
            return null;
        }
        catch (Refusal refusal)
        {
            return refusal.Message;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "A message to the webhook {Webhook} could not be delivered (attempt {Attempt}) and is retried later: {Why}"
    )]
    private partial void LogLater(Guid webhook, int attempt, string why);

    [LoggerMessage(LogLevel.Error, "The message to the webhook {Webhook} about the change {Change} is given up: {Why}")]
    private partial void LogGivenUp(Guid webhook, Guid change, string why);

    [LoggerMessage(LogLevel.Error, "Webhook messages could not be sent; the next attempt follows in seconds")]
    private partial void LogFailed(Exception e);
}
