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
        routes.Get("/v0/projects/{project}/perf", perf.QueryAsync);
        routes.Get("/v0/projects/{project}/perf/img", perf.ImageAsync);
    }

    private async Task<Answer> QueryAsync(Call call)
    {
        var project = await access.ViewAsync(call);
        var query = PerfQuery.Of(call);
        return new PerfAnswer(await db.ReadAsync(sql => PerfTable.LoadAsync(sql, project, query, call.Aborted), call.Aborted));
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

    private sealed class PerfAnswer(PerfData data) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            http.Response.ContentType = "application/json";
            http.Response.Headers["X-Total-Count"] = "1";
            await new PerfJson(data, http.Response.BodyWriter).WriteAsync(http.RequestAborted);
        }
    }
}
