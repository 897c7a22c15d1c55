using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Overview;

/// <summary>A project in the list of projects.</summary>
/// <param name="Slower">The number of open changes for the worse.</param>
/// <param name="Alerts">The number of active alerts.</param>
public sealed record ProjectLine(
    string Name,
    ProjectPaths Paths,
    bool IsPublic,
    DateTimeOffset? LastReport,
    int Slower,
    int Faster,
    int Alerts
);

/// <summary>The numbers of changes in one project since the reader's previous visit.</summary>
public sealed record ProjectNews(string Name, ProjectPaths Paths, int Slower, int Faster);

/// <summary>The data of the page that lists projects.</summary>
/// <param name="Host">The address of this server, as commands take it.</param>
/// <param name="IsAll">True if the list holds every project that the reader may see, not only the reader's own.</param>
/// <param name="HasOwn">True if the reader has a role in at least one project.</param>
/// <param name="Since">The time of the reader's previous visit; null on a first visit and for readers who are not
/// signed in.</param>
public sealed record StartView(
    IReadOnlyList<ProjectLine> Projects,
    ListPart Part,
    string Host,
    string? Viewer,
    bool IsAll,
    bool HasOwn,
    DateTimeOffset? Since,
    IReadOnlyList<ProjectNews> News,
    DateTimeOffset Now
);

/// <summary>
/// The page at the server's root address: its projects, or the first command to type while it has none. API clients get
/// the v0 answer there.
/// </summary>
internal sealed class StartPages(Db db, Callers callers, BaseOptions options, TimeProvider time)
{
    private const int NewsMax = 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<StartPages>(routes.ServiceProvider);
        // Answers a page or JSON, depending on the Accept header.
        routes.MapUnguarded("GET", "/", pages.RootAsync).Declares(By.Anyone).GivesMedia("application/json");
        routes.Page("/perf", By.Anyone, pages.ViewAsync);
        routes.Page("/console", By.Anyone, pages.ViewAsync);
        routes.Page("/console/projects", By.Anyone, pages.ViewAsync);
    }

    private Task<Answer> RootAsync(Call call)
    {
        call.Http.Response.Headers.Vary = "Accept";
        return Pages.IsWanted(call.Http.Request)
            ? Pages.AnswerAsync(call, async page => await ViewAsync(page, await callers.AnyAsync(page)))
            : Task.FromResult(Answer.Ok(JsonElement.Parse("null"), Wire.Default.JsonElement));
    }

    private async Task<Answer> ViewAsync(Call call, Caller caller)
    {
        var user = caller as UserCaller;
        var (search, now) = (ListPart.SearchOf(call), time.GetUtcNow());
        var since = user is null ? null : LastVisit.Note(call, now);
        return await db.ReadAsync(
            async sql =>
            {
                var own = user is null ? null : Own(user);
                var hasOwn =
                    own is not null
                    && await sql.AnyAsync($"SELECT 1 FROM projects WHERE deleted IS NULL AND ({own})", call.Aborted);
                var isAll = !hasOwn || call.QueryFlag("all");
                var scope = isAll ? ProjectAccess.Visible(caller) : own!;
                var (rows, total) = await ProjectTable.ListAsync(
                    sql,
                    scope,
                    name: null,
                    search,
                    ListPart.PageOf(call),
                    call.Aborted
                );
                var part = ListPart.Of(
                    call,
                    call.Http.Request.Path,
                    total,
                    new("search", search),
                    new("all", call.QueryFlag("all") ? "true" : null)
                );
                var news = since is { } before ? await NewsAsync(sql, own!, before, call.Aborted) : [];
                return Pages.Show<StartPage>(
                    new StartView(
                        await LinesAsync(sql, rows, call.Aborted),
                        part,
                        options.ConsoleUrl.TrimEnd('/'),
                        user?.User.Name,
                        isAll,
                        hasOwn,
                        since,
                        news,
                        now
                    )
                );
            },
            call.Aborted
        );
    }

    // The projects in which the user has a role.
    private static SqlText Own(UserCaller user) =>
        SqlText.Of(
            $"""
            projects.id IN (SELECT project_id FROM project_roles WHERE user_id = {user.User.Id})
            OR projects.organization_id IN (SELECT organization_id FROM organization_roles WHERE user_id = {user.User.Id})
            """
        );

    /// <summary>
    /// Loads the numbers of open changes and alerts for these projects, in a fixed number of queries.
    /// </summary>
    internal static async Task<List<ProjectLine>> LinesAsync(Sql sql, List<ProjectRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return [];
        long[] ids = [.. rows.Select(row => row.Id)];
        var last = (
            await sql.ListAsync(
                $"""
                SELECT projects.id, (SELECT max(reports.start_time) FROM reports WHERE reports.project_id = projects.id AND reports.metrics > 0)
                FROM projects WHERE projects.id IN {ids}
                """,
                row => KeyValuePair.Create(row.Long(), row.TimeOrNull()),
                ct
            )
        ).ToDictionary();
        var changes = (
            await sql.ListAsync(
                $"""
                SELECT project_id, verdict, count(*) FROM changes WHERE project_id IN {ids} AND state = {ChangeState.Open}
                GROUP BY project_id, verdict
                """,
                row => KeyValuePair.Create((row.Long(), row.Word<ChangeVerdict>()), row.Int()),
                ct
            )
        ).ToDictionary();
        var alerts = (
            await sql.ListAsync(
                $"SELECT project_id, count(*) FROM alerts WHERE project_id IN {ids} AND status = "
                    + $"{AlertStatus.Active} GROUP BY project_id",
                row => KeyValuePair.Create(row.Long(), row.Int()),
                ct
            )
        ).ToDictionary();
        return rows.ConvertAll(row => new ProjectLine(
            row.Name,
            PathsOf(row.Slug, row.Visibility),
            row.Visibility == Visibility.Public,
            last[row.Id],
            changes.GetValueOrDefault((row.Id, ChangeVerdict.Slower)),
            changes.GetValueOrDefault((row.Id, ChangeVerdict.Faster)),
            alerts.GetValueOrDefault(row.Id)
        ));
    }

    private static Task<List<ProjectNews>> NewsAsync(
        Sql sql,
        SqlText scope,
        DateTimeOffset since,
        CancellationToken ct
    ) =>
        sql.ListAsync(
            $"""
            SELECT projects.name, projects.slug, projects.visibility,
                sum(CASE WHEN changes.verdict = {ChangeVerdict.Slower} THEN 1 ELSE 0 END),
                sum(CASE WHEN changes.verdict = {ChangeVerdict.Faster} THEN 1 ELSE 0 END)
            FROM changes JOIN projects ON projects.id = changes.project_id
            WHERE projects.deleted IS NULL AND ({scope}) AND changes.state = {ChangeState.Open} AND changes.created > {since}
            GROUP BY projects.id, projects.name, projects.slug, projects.visibility ORDER BY projects.name LIMIT {NewsMax}
            """,
            row => new ProjectNews(row.Text(), PathsOf(row.Text(), row.Word<Visibility>()), row.Int(), row.Int()),
            ct
        );

    private static ProjectPaths PathsOf(string slug, Visibility visibility) =>
        visibility == Visibility.Public ? ProjectPaths.Public(slug) : ProjectPaths.Console(slug);
}
