using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Metrics;

/// <summary>The data of the page of one metric.</summary>
/// <param name="Threshold">The address of the threshold that judged the metric, with the model used then.</param>
/// <param name="Alert">The address of the metric's alert.</param>
/// <param name="Verdict">The verdict on its series at this report; null if there is none.</param>
public sealed record MetricView(
    ProjectPaths Paths,
    string Project,
    Guid Uuid,
    ResultRow Row,
    Guid Report,
    DateTimeOffset Time,
    string Branch,
    string BranchSlug,
    uint Version,
    Commit? Commit,
    string Testbed,
    string TestbedSlug,
    string BenchmarkSlug,
    string MeasureSlug,
    string Exactly,
    string? Threshold,
    string? Alert,
    string? Verdict
);

/// <summary>The page that shows the origin of a number, at the address that clients print.</summary>
internal sealed class MetricPages(Db db)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<MetricPages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
            routes.Page(root + "{project}/metrics/{metric}", OnProject.View, pages.ViewAsync);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project)
    {
        var (paths, uuid) = (ProjectPaths.Of(call, project.Slug), call.PathUuid("metric"));
        var (stored, metric) = await db.ReadAsync(
            sql => FindMetric.RunAsync(sql, project, uuid, call.Aborted),
            call.Aborted
        );
        var plot = paths.Plot + PerfAddress.Of(stored, [metric.Benchmark.Uuid], metric.Measure.Uuid);
        var value = metric.Metric.Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        return Pages.Show<MetricPage>(
            new MetricView(
                paths,
                project.Name,
                uuid,
                ResultRow.Of(metric, plot),
                stored.Report.Uuid,
                stored.Report.StartTime,
                stored.Branch.Name,
                stored.Branch.Slug,
                stored.Version.Number,
                Commit.Of(stored.Version.Hash, project.Url),
                stored.Testbed.Name,
                stored.Testbed.Slug,
                metric.Benchmark.Slug,
                metric.Measure.Slug,
                $"{value} {metric.Measure.Units}",
                metric.JudgedBy is { } judge
                    ? $"{paths.Threshold(judge.Threshold.Uuid)}?model={judge.Model.Uuid}"
                    : null,
                metric.Alert is { } alert ? paths.Alert(alert.Uuid) : null,
                metric.Verdict?.Sentence
            )
        );
    }
}
