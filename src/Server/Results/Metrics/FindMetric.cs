using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Metrics;

/// <summary>Finds a metric by its UUID, with its report.</summary>
internal static class FindMetric
{
    /// <exception cref="Refusal">The project has no such metric.</exception>
    public static async Task<(StoredReport Report, ReportMetric Metric)> RunAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        CancellationToken ct
    )
    {
        var key = MetricKey.FromUuid(uuid) ?? throw Refusal.NotFound("metric", uuid);
        var report = await sql.FirstAsync(
            $"SELECT uuid FROM reports WHERE id = {key.ReportId} AND project_id = {project.Id}",
            row => row.UuidOrNull(),
            ct
        );
        var stored = report is { } found ? await ReportTable.FindAsync(sql, project, found, ct) : null;
        var metric = stored?.Metrics!.FirstOrDefault(one =>
            one.SeriesId == key.SeriesId && one.Iteration == key.Iteration
        );
        return metric is null ? throw Refusal.NotFound("metric", uuid) : (stored!, metric);
    }
}
