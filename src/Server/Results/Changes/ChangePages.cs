using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.Changes;

/// <summary>The list of a project's changes and the page of each, with the forms that decide them.</summary>
internal sealed class ChangePages(
    Db db,
    BrowserSession browser,
    Shares shares,
    LimitOptions limits,
    JobWatch watch,
    TimeProvider time
)
{
    private const string Undo = "undo";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ChangePages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            routes.Page(root + "{project}/changes", OnProject.ViewAs, pages.ListAsync);
            routes.Page(root + "{project}/changes/events", OnProject.View, pages.FollowAsync);
            routes.Form(root + "{project}/changes", OnProject.UserMay(Permission.Edit), pages.DecideManyAsync);
            routes.Form(root + "{project}/changes/undo", OnProject.UserMay(Permission.Edit), pages.UndoAsync);
            routes.Page(root + "{project}/changes/{change}", OnProject.ViewAs, pages.ViewAsync);
            routes.Form(root + "{project}/changes/{change}", OnProject.UserMay(Permission.Edit), pages.DecideAsync);
        }
    }

    private async Task<Answer> ListAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var search = ChangeSearch.Of(call);
        var (found, total, ranges, choices, mayDecide) = await db.ReadAsync(
            async sql =>
            {
                var (changes, all) = await FoundAsync(sql, call, project);
                return (
                    changes,
                    all,
                    await RangesAsync(sql, changes, call.Aborted),
                    await ChangeChoices.LoadAsync(sql, project, call.Aborted),
                    await MayDecideAsync(sql, project, caller, call.Aborted)
                );
            },
            call.Aborted
        );
        var paths = ProjectPaths.Of(call, project.Slug);
        var part = ListPart.Of(call, paths.Changes, total, search.Parameters);
        return Pages.ShowLive<ChangesPage>(
            new ChangesView(
                paths,
                project.Name,
                search.AddressOf(paths),
                search,
                ChangesView.CausesOf(found, ranges, project.Url),
                part,
                mayDecide ? browser.Proof(call) : null,
                mayDecide ? DoneOf(call) : null,
                part.Before is null ? $"{paths.Changes}/events{call.Http.Request.QueryString}" : null,
                ChangesView.StateOf(found, total),
                time.GetUtcNow()
            )
            {
                Choices = choices,
            }
        );
    }

    private Task<Answer> FollowAsync(Call call, ProjectRow project)
    {
        ChangeSearch.Of(call).Filter(call);
        return Task.FromResult(PageState.StreamList(call, watch.Open(job => job.ProjectId == project.Id), async () =>
            {
                var (changes, total) = await db.ReadAsync(
                    async sql =>
                        await ReadChanges.ListWithoutSeriesAsync(
                            sql,
                            project,
                            await FilterAsync(sql, call, project),
                            ListPart.PageOf(call),
                            call.Aborted
                        ),
                    call.Aborted
                );
                return ChangesView.StateOf(changes, total);
            }));
    }

    private static async Task<(IReadOnlyList<Change> Changes, long Total)> FoundAsync(
        Sql sql,
        Call call,
        ProjectRow project
    ) =>
        await ReadChanges.ListAsync(
            sql,
            project,
            await FilterAsync(sql, call, project),
            ListPart.PageOf(call),
            call.Aborted
        );

    // A text that is not the name of a benchmark may be part of one.
    private static async Task<ChangeFilter> FilterAsync(Sql sql, Call call, ProjectRow project)
    {
        var filter = ChangeSearch.Of(call).Filter(call);
        return
            filter.Benchmark is { } named
            && await NamedTable.FindAsync<BenchmarkName, BenchmarkRow>(sql, project, named, call.Aborted) is null
            ? filter with
            {
                Benchmark = null,
                Find = call.Query("benchmark"),
            }
            : filter;
    }

    private async Task<Answer> ViewAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var uuid = call.PathUuid("change");
        var shown = Math.Max(1, call.QueryNumber("series", standard: 1, max: ChangeView.SeriesMax));
        var paths = ProjectPaths.Of(call, project.Slug);
        using var place = await shares.PlotAsync(call.Aborted);
        return await db.ReadAsync(
            async sql =>
            {
                var change = await ReadChanges.ViewAsync(sql, project, uuid, call.Aborted);
                var plot = await PlotAsync(sql, project, change, shown, paths, call.Aborted);
                var proof = await MayDecideAsync(sql, project, caller, call.Aborted) ? browser.Proof(call) : null;
                var view = ChangeView.Of(project, change, plot, (int)shown, paths, proof);
                return Pages.Show<ChangePage>(view);
            },
            call.Aborted
        );
    }

    private async Task<Answer> DecideAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var (project, caller) = granted;
        var uuid = call.PathUuid("change");
        browser.Check(call, form["proof"]);
        var (patch, now) = (PatchOf(form), time.GetUtcNow());
        await db.WriteAsync(sql => DecideChange.RunAsync(sql, project, uuid, patch, caller.User.Id, now));
        return Pages.After(ProjectPaths.Of(call, project.Slug).Change(uuid));
    }

    // Decides each change separately, since the states of its series must follow. A page has at most fifty changes.
    private async Task<Answer> DecideManyAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var (project, caller) = granted;
        browser.Check(call, form["proof"]);
        var (chosen, patch, now) = (BulkForm.Chosen(form, "change"), PatchOf(form), time.GetUtcNow());
        var before = await db.WriteAsync(async sql =>
        {
            var states = await sql.ListAsync(
                $"SELECT uuid, state FROM changes WHERE project_id = {project.Id} AND uuid IN {chosen}",
                row => (Uuid: row.Uuid(), State: row.Word<ChangeState>())
            );
            foreach (var uuid in chosen)
                await DecideChange.RunAsync(sql, project, uuid, patch, caller.User.Id, now);
            return states;
        });
        var address = ChangeSearch.Of(call).AddressOf(ProjectPaths.Of(call, project.Slug));
        return Pages.After(
            QueryHelpers.AddQueryString(
                address,
                new Dictionary<string, string?>
                {
                    ["did"] = Words<ChangePatchState>.Of(patch.State!.Value),
                    [Undo] = string.Join(',', before.Select(one => $"{one.Uuid}.{Words<ChangeState>.Of(one.State)}")),
                }
            )
        );
    }

    private async Task<Answer> UndoAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var (project, caller) = granted;
        browser.Check(call, form["proof"]);
        var (back, now) = (
            form["back"]
                .Select(text =>
                    BackOf(text ?? "") ?? throw Refusal.BadInput($"back: {Text.Quote(text)} is not a UUID with a state")
                )
                .ToList(),
            time.GetUtcNow()
        );
        if (back.Count > ListPart.Size)
            throw Refusal.BadInput($"back: has {back.Count} values; allowed: {ListPart.Size} at most");
        await db.WriteAsync(async sql =>
        {
            foreach (var (uuid, state) in back)
                await DecideChange.RunAsync(sql, project, uuid, new(state), caller.User.Id, now);
        });
        return Pages.After(ChangeSearch.Of(call).AddressOf(ProjectPaths.Of(call, project.Slug)));
    }

    private static ChangePatch PatchOf(IFormCollection form)
    {
        if (!Words<ChangePatchState>.TryParse(form["decision"], out var state))
            throw Refusal.BadInput($"decision: {Words<ChangePatchState>.Refusal(form["decision"])}");
        var patch = new ChangePatch(state, form["note"].ToString().Trim() is { Length: > 0 } note ? note : null);
        DecideChange.Check(patch);
        return patch;
    }

    private async Task<PlotAround?> PlotAsync(
        Sql sql,
        ProjectRow project,
        Change change,
        uint shown,
        ProjectPaths paths,
        CancellationToken ct
    )
    {
        if (shown > change.Series!.Count)
            return null;
        var one = change.Series[(int)shown - 1];
        // The order must be that of the change's series.
        var moment = await sql.FirstAsync(
            $"""
            SELECT COALESCE(part.located, part.since), {SeriesMoment.Columns} FROM changes JOIN change_series part ON part.change_id = changes.id
            JOIN series ON series.id = part.series_id {SeriesMoment.Joins}
            WHERE changes.project_id = {project.Id} AND changes.uuid = {change.Uuid} ORDER BY abs(part.effect) DESC, part.series_id LIMIT 1 OFFSET {shown
                - 1}
            """,
            SeriesMoment.Read,
            ct
        );
        return moment is null
            ? null
            : await PlotAround.LoadAsync(
                sql,
                project,
                moment,
                new(XAxis: XAxis.Version, YAxis: YAxis.Linear),
                (one.Before, one.After),
                $"since {Core.VerdictWords.Of(one.Since)}",
                paths,
                limits.PlotPointsMax,
                time.GetUtcNow(),
                ct
            );
    }

    private static async Task<Dictionary<Guid, EffectRange>> RangesAsync(
        Sql sql,
        IReadOnlyList<Change> changes,
        CancellationToken ct
    ) =>
        changes.Count == 0
            ? []
            : (
                await sql.ListAsync(
                    $"""
                    SELECT changes.uuid, CASE WHEN min(effect) < 0 THEN max(effect) ELSE min(effect) END, CASE WHEN min(effect) < 0 THEN min(effect) ELSE max(effect) END
                    FROM changes JOIN change_series ON change_series.change_id = changes.id WHERE changes.uuid IN {changes.Select(
                        change => change.Uuid
                    ).ToArray()} GROUP BY changes.uuid
                    """,
                    row => new EffectRange(row.Uuid(), row.Double(), row.Double()),
                    ct
                )
            ).ToDictionary(range => range.Change);

    private static async Task<bool> MayDecideAsync(Sql sql, ProjectRow project, Caller caller, CancellationToken ct) =>
        caller is UserCaller user && await ProjectAccess.MayAsync(sql, project, user.User, Permission.Edit, ct);

    private static ChangesDone? DoneOf(Call call)
    {
        if (
            ChangeSearch.Given(call, Undo) is not { } text
            || !Words<ChangePatchState>.TryParse(call.Query("did") ?? "", out var did)
        )
            return null;
        var back = text.Split(',').Where(one => BackOf(one) is not null).Take(ListPart.Size).ToList();
        if (back.Count == 0)
            return null;
        var word = did switch
        {
            ChangePatchState.Accepted => "accepted",
            ChangePatchState.Dismissed => "dismissed",
            ChangePatchState.Open => "opened again",
        };
        return new($"{back.Count} change{(back.Count == 1 ? "" : "s")} {word}.", back);
    }

    private static (Guid Uuid, ChangePatchState State)? BackOf(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return
            dot > 0
            && UuidText.TryParse(text[..dot], out var uuid)
            && Words<ChangePatchState>.TryParse(text[(dot + 1)..], out var state)
            ? (uuid, state)
            : null;
    }
}
