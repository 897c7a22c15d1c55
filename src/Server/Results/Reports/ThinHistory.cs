using Paddock.Core;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Warns about limits computed from one value. v0 judges by such limits, and so does this server; but one value has no
/// spread, so any other value may be outside.
/// </summary>
internal static class ThinHistory
{
    private const int NamedMax = 3;

    public const string Advice = "One value is not enough history: set a minimum sample size, for example 5.";

    /// <summary>A notice if thresholds judged by one value without being configured to.</summary>
    public static IReadOnlyList<Notice> NoticesOf(IReadOnlyList<ReportMetric> metrics)
    {
        List<ReportMetric> thin =
        [
            .. metrics
                .Where(metric => metric is { IsByOneValue: true, JudgedBy.Model.Model.MaxSampleSize: not 1 })
                .DistinctBy(metric => (metric.Benchmark.Id.Value, metric.Measure.Id.Value)),
        ];
        if (thin.Count == 0)
            return [];
        var named = string.Join(
            ", ",
            thin.Take(NamedMax)
                .Select(metric =>
                    $"{metric.Benchmark.Name} ({metric.Measure.Name}, "
                    + $"{Words<Core.Analysis.ModelTest>.Of(metric.JudgedBy!.Value.Model.Model.Test)})"
                )
        );
        var others = thin.Count > NamedMax ? $" and {thin.Count - NamedMax} more" : "";
        return
        [
            new(NoticeKind.JudgedByOneValue, $"A threshold judged {named}{others} by only one earlier value. {Advice}"),
        ];
    }
}
