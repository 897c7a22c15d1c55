using System.IO.Pipelines;
using Paddock.Core.Names;
using Paddock.Core.Plots;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Projects;

namespace Paddock.Server.Perf;

internal sealed class PerfEndpoints(Db db, ProjectAccess access, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var perf = ActivatorUtilities.CreateInstance<PerfEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/perf", perf.QueryAsync).Gives<Core.Wire.Perf>();
        routes.Get("/v0/projects/{project}/perf/img", perf.ImageAsync).GivesMedia("image/svg+xml");
    }

    private async Task<Answer> QueryAsync(Call call)
    {
        var project = await access.ViewAsync(call);
        var query = PerfQuery.Of(call);
        var compact = call.Query("format") switch
        {
            null or "" or "v0" => false,
            "compact" => true,
            var other => throw Call.BadQuery("format", $"{Text.Quote(other)} is neither v0 nor compact"),
        };
        var reports = !compact || call.Query("reports") switch
        {
            null or "" or "true" => true,
            "false" => false,
            var other => throw Call.BadQuery("reports", $"{Text.Quote(other)} is neither true nor false"),
        };
        var data = await db.ReadAsync(sql => PerfTable.LoadAsync(sql, project, query, call.Aborted, reports), call.Aborted);
        return new PerfAnswer(output => compact
            ? new PerfCompact(data, reports, output).WriteAsync(call.Aborted)
            : new PerfJson(data, output).WriteAsync(call.Aborted));
    }

    private async Task<Answer> ImageAsync(Call call)
    {
        var project = await access.ViewAsync(call);
        var (query, display) = (PerfQuery.Of(call), PerfDisplay.Of(call));
        var title = call.Query("title") is { Length: > 0 } given ? given : project.Name;
        var data = await db.ReadAsync(sql => PerfTable.LoadAsync(sql, project, query, call.Aborted), call.Aborted);
        if (PerfPlot.IsTooMuch(data)) throw Refusal.BadInput(PerfPlot.TooMuch);
        return new ImageAnswer(PerfPlot.Of(data, display, title, time.GetUtcNow(), reportAddress: null));
    }

    private sealed class ImageAnswer(PlotPicture picture) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            http.Response.ContentType = "image/svg+xml";
            http.Response.Headers.CacheControl = "private, max-age=0, no-cache";
            PlotSvg.Write(picture, http.Response.BodyWriter);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }

    private sealed class PerfAnswer(Func<PipeWriter, Task> write) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            http.Response.ContentType = "application/json";
            http.Response.Headers["X-Total-Count"] = "1";
            await write(http.Response.BodyWriter);
        }
    }
}
