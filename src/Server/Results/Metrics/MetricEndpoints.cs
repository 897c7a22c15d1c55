using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Metrics;

internal sealed class MetricEndpoints(Db db)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var metrics = ActivatorUtilities.CreateInstance<MetricEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/metrics/{metric}", Input.Uuid("metric"), OnProject.View, metrics.ViewAsync)
            .Gives<OneMetric>();
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, Guid uuid)
    {
        var (stored, metric) = await db.ReadAsync(
            sql => FindMetric.RunAsync(sql, project, uuid, call.Aborted),
            call.Aborted
        );
        return Answer.Ok(ReportWire.One(project, stored, metric), Wire.Default.OneMetric);
    }
}
