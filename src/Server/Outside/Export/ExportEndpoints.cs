using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Outside.Export;

/// <summary>
/// Gives all results of a project, or some of them, for whoever may read it: as the client reads them, never all in
/// memory.
/// </summary>
internal sealed class ExportEndpoints(Db db, Shares shares)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var export = ActivatorUtilities.CreateInstance<ExportEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/export", Read, OnProject.View, export.ExportAsync)
            .GivesMedia("application/jsonl");
    }

    private static (ExportFilter Filter, bool IsTable) Read(Call call)
    {
        var filter = new ExportFilter(
            call.QueryNameId<BranchName>("branch"),
            call.QueryNameId<ResourceName>("testbed"),
            call.QueryNameId<BenchmarkName>("benchmark"),
            call.QueryNameId<ResourceName>("measure"),
            call.QueryMilliseconds("start_time"),
            call.QueryMilliseconds("end_time")
        );
        return (
            filter,
            call.Query("format") switch
            {
                null or "" or "jsonl" => false,
                "csv" => true,
                var other => throw Call.BadQuery("format", $"{Text.Quote(other)} is neither jsonl nor csv"),
            }
        );
    }

    // An export holds a part of the project's results in memory, as a plot does: it takes one of the same places.
    private async Task<Answer> ExportAsync(Call call, ProjectRow project, (ExportFilter Filter, bool IsTable) asked)
    {
        var reports = new ExportedReports(db, project, asked.Filter);
        var (media, write) = asked.IsTable
            ? ("text/csv; charset=utf-8", (Func<Flow, Task>)new ExportTable(reports).WriteAsync)
            : ("application/jsonl", new ExportLines(reports).WriteAsync);
        var place = await shares.PlotAsync(call.Aborted);
        return new LongAnswer(StatusCodes.Status200OK, media, total: null, write, place);
    }
}
