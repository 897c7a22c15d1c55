using System.Text;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>
/// The console's addresses of a report and of everything in it, which are those that existing clients print.
/// </summary>
/// <param name="console">The console's address.</param>
internal sealed class Links(Uri console, Report report)
{
    private static readonly TimeSpan PlotWindow = TimeSpan.FromDays(30);
    private readonly string root = console.AbsoluteUri.TrimEnd('/');

    public string Project =>
        IsPublic ? $"{root}/perf/{report.Project.Slug}" : $"{root}/console/projects/{report.Project.Slug}";
    public string Report => $"{Project}/reports/{report.Uuid}";
    public string Branch => $"{Project}/branches/{report.Branch.Slug}?head={report.Branch.Head.Uuid}";
    public string Testbed =>
        $"{Project}/testbeds/{report.Testbed.Slug}{(report.Testbed.Spec is { } spec ? $"?spec={spec.Uuid}" : "")}";
    public string AddThreshold => $"{root}/console/projects/{report.Project.Slug}/thresholds/add";

    /// <summary>
    /// The page on which somebody can claim an unclaimed project; null when the project has an owner.
    /// </summary>
    public string? Claim =>
        report.Project.Claimed is null ? $"{root}/auth/signup?claim={report.Project.Organization}" : null;

    public string Benchmark(Benchmark benchmark) => $"{Project}/benchmarks/{benchmark.Slug}";

    public string Measure(Measure measure) => $"{Project}/measures/{measure.Slug}";

    public string Threshold(Guid threshold, Guid? model) =>
        $"{Project}/thresholds/{threshold}{(model is { } uuid ? $"?model={uuid}" : "")}";

    public string Alert(Alert alert) => $"{Project}/alerts/{alert.Uuid}";

    /// <summary>
    /// The plot that leads up to one result, with its limits; for an alert, only the limit that was crossed.
    /// </summary>
    public string Plot(Row row, BoundaryLimit? only = null)
    {
        var plot = new StringBuilder(IsPublic ? Project : $"{Project}/perf")
            .Append($"?branches={report.Branch.Uuid}&heads={report.Branch.Head.Uuid}&testbeds={report.Testbed.Uuid}")
            // %2C stands for one empty list element.
            .Append($"&specs={report.Testbed.Spec?.Uuid.ToString() ?? "%2C"}")
            .Append($"&benchmarks={row.Benchmark.Uuid}&measures={row.Measure.Uuid}")
            .Append(
                $"&start_time={(report.StartTime - PlotWindow).ToUnixTimeMilliseconds()}&"
                    + $"end_time={report.EndTime.ToUnixTimeMilliseconds()}&report={report.Uuid}"
            );
        if (row.Boundary.LowerLimit is not null && only is null or BoundaryLimit.Lower)
            plot.Append("&lower_boundary=true");
        if (row.Boundary.UpperLimit is not null && only is null or BoundaryLimit.Upper)
            plot.Append("&upper_boundary=true");
        return plot.ToString();
    }

    private bool IsPublic => report.Project.Visibility == Visibility.Public;
}
