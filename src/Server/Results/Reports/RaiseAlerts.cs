using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>The last step of a run: raises an alert for each metric outside its limits.</summary>
internal static class RaiseAlerts
{
    public static async Task InsertAsync(
        Sql sql,
        ProjectRow project,
        Id<Report> reportId,
        IReadOnlyList<ReportMetric> metrics,
        DateTimeOffset now
    )
    {
        foreach (var metric in metrics)
        {
            if (metric.Violation is not { } limit)
                continue;
            metric.Alert = new(Guid.CreateVersion7(now), limit, AlertStatus.Active, now);
            await sql.ExecuteLaterAsync(
                $"""
                INSERT INTO alerts (uuid, project_id, report_id, series_id, iteration, model_id, boundary_limit, status, modified)
                VALUES ({metric.Alert.Uuid}, {project.Id}, {reportId}, {metric.SeriesId}, {metric.Iteration}, {metric.JudgedBy!.Value.Model.Id},
                    {limit}, {AlertStatus.Active}, {now})
                """
            );
        }
    }
}
