using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Export;

/// <summary>
/// Gives all results of a project, or some of them, for whoever may read it: as the client reads them, never all in
/// memory.
/// </summary>
internal sealed class ExportEndpoints(Db db)
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

    private Task<Answer> ExportAsync(Call call, ProjectRow project, (ExportFilter Filter, bool IsTable) asked)
    {
        var reports = new ExportedReports(db, project, asked.Filter);
        return Task.FromResult<Answer>(
            asked.IsTable
                ? new LongAnswer(
                    StatusCodes.Status200OK,
                    "text/csv; charset=utf-8",
                    total: null,
                    new ExportTable(reports).WriteAsync
                )
                : new LongAnswer(
                    StatusCodes.Status200OK,
                    "application/jsonl",
                    total: null,
                    new ExportLines(reports).WriteAsync
                )
        );
    }
}
