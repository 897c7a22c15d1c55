using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Catalog.Projects;

/// <summary>A project that the start page names.</summary>
public sealed record StartProject(string Name, string Address, bool IsPublic);

/// <summary>What the start page says.</summary>
/// <param name="Left">How many more projects there are.</param>
/// <param name="Host">This server, as commands name it.</param>
public sealed record StartView(IReadOnlyList<StartProject> Projects, long Left, string Host, string? Viewer);

/// <summary>Where a server's address leads: its projects, and what to type while it has none. Programs get what v0 answers there.</summary>
internal sealed class StartPages(Db db, Callers callers, BaseOptions options)
{
    private const int ProjectsMax = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<StartPages>(routes.ServiceProvider);
        routes.MapUnguarded("GET", "/", pages.RootAsync).Declares(By.Anyone); // A page or JSON, by what is asked for.
        routes.Page("/perf", By.Anyone, pages.ViewAsync);
        routes.Page("/console", By.Anyone, pages.ViewAsync);
        routes.Page("/console/projects", By.Anyone, pages.ViewAsync);
    }

    private Task<Answer> RootAsync(Call call)
    {
        call.Http.Response.Headers.Vary = "Accept";
        return Pages.IsWanted(call.Http.Request) ? Pages.AnswerAsync(call, async page => await ViewAsync(page, await callers.AnyAsync(page))) : Task.FromResult(Answer.Ok(JsonElement.Parse("null"), Wire.Default.JsonElement));
    }

    private async Task<Answer> ViewAsync(Call call, Caller caller)
    {
        var (rows, total) = await db.ReadAsync(
            sql => ProjectTable.ListAsync(sql, ProjectAccess.Visible(caller), name: null, search: null, new Page(0, ProjectsMax, Descending: null), call.Aborted), call.Aborted);
        var projects = rows.ConvertAll(row => new StartProject(
            row.Name, row.Visibility == Visibility.Public ? ProjectPaths.Public(row.Slug).Plot : ProjectPaths.Console(row.Slug).Plot, row.Visibility == Visibility.Public));
        return Pages.Show<StartPage>(new StartView(projects, total - projects.Count, options.ConsoleUrl.TrimEnd('/'), (caller as UserCaller)?.User.Name));
    }
}
