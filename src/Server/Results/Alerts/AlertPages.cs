using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.Alerts;

/// <summary>The list of a project's alerts and the page of each, with the forms that dismiss and reopen them.</summary>
internal sealed class AlertPages(Db db, BrowserSession browser, Shares shares, LimitOptions limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<AlertPages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            routes.Page(root + "{project}/alerts", OnProject.ViewAs, pages.ListAsync);
            routes.Form(root + "{project}/alerts", OnProject.UserMay(Permission.Edit), pages.DecideManyAsync);
            routes.Form(root + "{project}/alerts/undo", OnProject.UserMay(Permission.Edit), pages.UndoAsync);
            routes.Page(root + "{project}/alerts/{alert}", OnProject.ViewAs, pages.ViewAsync);
            routes.Form(root + "{project}/alerts/{alert}", OnProject.UserMay(Permission.Edit), pages.DecideAsync);
        }
    }

    private async Task<Answer> ListAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var status = call.QueryWord<AlertStatus>("status");
        var (found, total, active, mayDecide) = await db.ReadAsync(
            async sql =>
            {
                var (alerts, all) = await AlertTable.ListAsync(
                    sql,
                    project,
                    new(status, Archived: false, ByCreation: false),
                    ListPart.PageOf(call),
                    call.Aborted
                );
                return (
                    alerts,
                    all,
                    await AlertTable.ActiveAsync(sql, project, call.Aborted),
                    await MayDecideAsync(sql, project, caller, call.Aborted)
                );
            },
            call.Aborted
        );
        var paths = ProjectPaths.Of(call, project.Slug);
        var part = ListPart.Of(
            call,
            paths.Alerts,
            total,
            KeyValuePair.Create("status", status is { } word ? Words<AlertStatus>.Of(word) : null)
        );
        return Pages.Show<AlertsPage>(
            new AlertsView(
                paths,
                project.Name,
                HereOf(paths, status),
                status,
                AlertCause.Of(found, project.Url),
                part,
                active,
                mayDecide ? browser.Proof(call) : null,
                mayDecide ? DoneOf(call) : null
            )
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var uuid = call.PathUuid("alert");
        var paths = ProjectPaths.Of(call, project.Slug);
        using var place = await shares.PlotAsync(call.Aborted);
        return await db.ReadAsync(
            async sql =>
            {
                var alert = await AlertTable.ViewAsync(sql, project, uuid, call.Aborted);
                var moment = await sql.FirstAsync(
                    $"""
                    SELECT reports.version_id, {SeriesMoment.Columns} FROM alerts JOIN reports ON reports.id = alerts.report_id
                    JOIN series ON series.id = alerts.series_id {SeriesMoment.Joins} WHERE alerts.project_id = {project.Id} AND alerts.uuid = {uuid}
                    """,
                    SeriesMoment.Read,
                    call.Aborted
                );
                var display = new PerfDisplay(
                    LowerBoundary: true,
                    UpperBoundary: true,
                    XAxis: XAxis.Version,
                    YAxis: YAxis.Linear,
                    Report: alert.Report
                );
                var version = alert.Threshold.Branch.Head.Version!;
                var plot = moment is null
                    ? null
                    : await PlotAround.LoadAsync(
                        sql,
                        project,
                        moment,
                        display,
                        levels: null,
                        VerdictWords.Of(version),
                        paths,
                        limits.PlotPointsMax,
                        time.GetUtcNow(),
                        call.Aborted
                    );
                return Pages.Show<AlertPage>(
                    AlertView.Of(
                        project,
                        alert,
                        plot,
                        paths,
                        await MayDecideAsync(sql, project, caller, call.Aborted) ? browser.Proof(call) : null
                    )
                );
            },
            call.Aborted
        );
    }

    private async Task<Answer> DecideAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var project = granted.Project;
        var uuid = call.PathUuid("alert");
        browser.Check(call, form["proof"]);
        var status = StatusOf(form["decision"]);
        await db.WriteAsync(sql => AlertTable.UpdateAsync(sql, project, uuid, status, time.GetUtcNow()));
        return Pages.After(ProjectPaths.Of(call, project.Slug).Alert(uuid));
    }

    private async Task<Answer> DecideManyAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var project = granted.Project;
        browser.Check(call, form["proof"]);
        var (paths, listed, now) = (
            ProjectPaths.Of(call, project.Slug),
            call.QueryWord<AlertStatus>("status"),
            time.GetUtcNow()
        );
        if (form["decision"] == "every")
        {
            var dismissed = await db.WriteAsync(sql => AlertTable.DismissEveryAsync(sql, project, now));
            return Pages.After(
                QueryHelpers.AddQueryString(
                    HereOf(paths, listed),
                    new Dictionary<string, string?>
                    {
                        ["dismissed"] = dismissed.ToString(CultureInfo.InvariantCulture),
                        ["every"] = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                    }
                )
            );
        }
        var (status, chosen) = (StatusOf(form["decision"]), BulkForm.Chosen(form, "alert"));
        var before = await db.WriteAsync(async sql =>
        {
            var found = await AlertTable.StatusesAsync(sql, project, chosen);
            await AlertTable.UpdateAsync(sql, project, chosen, status, now);
            return found;
        });
        return Pages.After(
            QueryHelpers.AddQueryString(
                HereOf(paths, listed),
                new Dictionary<string, string?>
                {
                    ["did"] = Words<AlertPatchStatus>.Of(status),
                    ["undo"] = string.Join(
                        ',',
                        before.Select(one => $"{one.Uuid}.{Words<AlertStatus>.Of(one.Status)}")
                    ),
                }
            )
        );
    }

    private async Task<Answer> UndoAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var project = granted.Project;
        browser.Check(call, form["proof"]);
        var now = time.GetUtcNow();
        if (form.ContainsKey("every"))
        {
            if (!long.TryParse(form["every"], NumberStyles.None, CultureInfo.InvariantCulture, out var at))
                throw Refusal.BadInput($"every: {Text.Quote(form["every"])} is not a time in seconds since 1970");
            await db.WriteAsync(sql => AlertTable.ActivateEveryAsync(sql, project, at, now));
        }
        else
        {
            var back = form["back"]
                .Select(text =>
                    BackOf(text ?? "")
                    ?? throw Refusal.BadInput($"back: {Text.Quote(text)} is not a UUID with a status")
                )
                .ToLookup(one => one.Status, one => one.Uuid);
            await db.WriteAsync(async sql =>
            {
                foreach (var group in back)
                    await AlertTable.UpdateAsync(sql, project, [.. group], group.Key, now);
            });
        }
        return Pages.After(HereOf(ProjectPaths.Of(call, project.Slug), call.QueryWord<AlertStatus>("status")));
    }

    private static AlertPatchStatus StatusOf(string? text) =>
        Words<AlertPatchStatus>.TryParse(text, out var status)
            ? status
            : throw Refusal.BadInput($"decision: {Words<AlertPatchStatus>.Refusal(text)}");

    private static async Task<bool> MayDecideAsync(Sql sql, ProjectRow project, Caller caller, CancellationToken ct) =>
        caller is UserCaller user && await ProjectAccess.MayAsync(sql, project, user.User, Permission.Edit, ct);

    private static string HereOf(ProjectPaths paths, AlertStatus? status) =>
        paths.Alerts + (status is { } word ? $"?status={Words<AlertStatus>.Of(word)}" : "");

    private static AlertsDone? DoneOf(Call call)
    {
        if (call.Query("every") is not null)
            return new(
                $"{Count(call.QueryNumber("dismissed", standard: 0, max: int.MaxValue))} dismissed.",
                [],
                call.QueryNumber("every", standard: 0, max: uint.MaxValue)
            );
        if (call.Query("undo") is not { } text || !Words<AlertPatchStatus>.TryParse(call.Query("did"), out var did))
            return null;
        var back = text.Split(',').Where(one => BackOf(one) is not null).Take(ListPart.Size).ToList();
        return back.Count == 0
            ? null
            : new(
                $"{Count(back.Count)} {(did == AlertPatchStatus.Dismissed ? "dismissed" : "opened again")}.",
                back,
                Every: null
            );
    }

    private static string Count(long count) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} alert{(count == 1 ? "" : "s")}");

    // Silenced alerts cannot be restored: they belong to a replaced head, and nobody can silence an alert again.
    private static (Guid Uuid, AlertPatchStatus Status)? BackOf(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return
            dot > 0
            && UuidText.TryParse(text[..dot], out var uuid)
            && Words<AlertPatchStatus>.TryParse(text[(dot + 1)..], out var status)
            ? (uuid, status)
            : null;
    }
}
