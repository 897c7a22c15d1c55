using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Outside.Export;

/// <summary>
/// Exports all results of a project, or some of them, to callers who may read it. The results are streamed as the
/// client reads them, never all in memory.
/// </summary>
internal sealed class ExportEndpoints(Db db, Shares shares)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var export = ActivatorUtilities.CreateInstance<ExportEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/export", Read, OnProject.View, export.ExportAsync)
            .KnowsItsQuery()
            .GivesMedia("application/jsonl");
    }

    private static (ExportFilter Filter, ExportForm Form) Read(Call call)
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
            call.Query("format", ["jsonl", "csv", "parquet"]) switch
            {
                null or "" or "jsonl" => ExportForm.Lines,
                "csv" => ExportForm.Table,
                "parquet" => ExportForm.Parquet,
                var other => throw Call.BadQuery("format", $"{Text.Quote(other)} is not one of jsonl, csv, parquet"),
            }
        );
    }

    // An export holds part of the project's results in memory, as a plot does, so it takes a place in the same limit.
    private async Task<Answer> ExportAsync(Call call, ProjectRow project, (ExportFilter Filter, ExportForm Form) asked)
    {
        var reports = new ExportedReports(db, project, asked.Filter);
        var (media, write) = asked.Form switch
        {
            ExportForm.Lines => ("application/jsonl", (Func<Flow, Task>)new ExportLines(reports).WriteAsync),
            ExportForm.Table => ("text/csv; charset=utf-8", new ExportTable(reports).WriteAsync),
            ExportForm.Parquet => (ExportParquet.Media, new ExportParquet(reports).WriteAsync),
        };
        var place = await shares.PlotAsync(call.Aborted);
        return new LongAnswer(StatusCodes.Status200OK, media, total: null, write, place);
    }
}

/// <summary>The file format of an export.</summary>
internal enum ExportForm
{
    Lines,
    Table,
    Parquet,
}
