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
        routes.Get("/v0/projects/{project}/metrics/{metric}", Input.Uuid("metric"), OnProject.View, metrics.ViewAsync).Gives<OneMetric>();
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, Guid uuid)
    {
        var key = MetricKey.FromUuid(uuid) ?? throw Refusal.NotFound("metric", uuid);
        return await db.ReadAsync(async sql =>
        {
            var report = await sql.FirstAsync($"SELECT uuid FROM reports WHERE id = {key.ReportId} AND project_id = {project.Id}", row => row.UuidOrNull(), call.Aborted);
            var stored = report is { } found ? await ReportTable.FindAsync(sql, project, found, call.Aborted) : null;
            var metric = stored?.Metrics!.FirstOrDefault(m => m.SeriesId == key.SeriesId && m.Iteration == key.Iteration) ?? throw Refusal.NotFound("metric", uuid);
            return Answer.Ok(ReportWire.One(project, stored!, metric), Wire.Default.OneMetric);
        }, call.Aborted);
    }
}
