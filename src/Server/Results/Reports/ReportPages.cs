using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;


namespace Paddock.Server.Results.Reports;

internal sealed class ReportPages(Db db)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ReportPages>(routes.ServiceProvider);
        routes.Page(ProjectPaths.PublicRoot + "{project}/reports/{report}", OnProject.View, pages.ViewAsync);
        routes.Page(ProjectPaths.ConsoleRoot + "{project}/reports/{report}", OnProject.View, pages.ViewAsync);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project)
    {
        var uuid = call.PathUuid("report");
        var (report, startBranch) = await db.ReadAsync(async sql =>
        {
            var found = await ReportTable.FindAsync(sql, project, uuid, call.Aborted) ?? throw Refusal.NotFound("report", uuid);
            var start = found.Head.StartPoint is { } point
                ? await sql.FirstAsync($"SELECT name FROM branches WHERE project_id = {project.Id} AND uuid = {point.Branch}", row => row.Text(), call.Aborted)
                : null;
            return (found, start);
        }, call.Aborted);
        return Pages.Show<ReportPage>(ReportView.Of(project, report, startBranch, ProjectPaths.Of(call, project.Slug)));
    }
}
