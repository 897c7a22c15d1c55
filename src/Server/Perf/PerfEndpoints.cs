using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Projects;

namespace Paddock.Server.Perf;

internal sealed class PerfEndpoints(Db db, ProjectAccess access)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var perf = ActivatorUtilities.CreateInstance<PerfEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/perf", perf.QueryAsync);
    }

    private async Task<Answer> QueryAsync(Call call)
    {
        var project = await access.ViewAsync(call);
        var query = PerfQuery.Of(call);
        return new PerfAnswer(await db.ReadAsync(sql => PerfTable.LoadAsync(sql, project, query, call.Aborted), call.Aborted));
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
