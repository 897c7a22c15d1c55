using Paddock.Core.Verdicts;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Reports;
using Verdict = Paddock.Core.Verdicts.Verdict;

namespace Paddock.Server.Results.Verdicts;

/// <summary>A series of a report while it is being judged.</summary>
/// <param name="Value">The median of the iterations that contain the series.</param>
internal sealed record JudgedSeries(Id<Series> Id, SeriesKey Key, double Value, IReadOnlyList<ReportMetric> Metrics)
{
    /// <summary>Set after the project's settings are loaded.</summary>
    public Rules Rules { get; set; } = new();

    public Verdict? Verdict { get; set; }

    /// <summary>
    /// True if verdicts may alert for this series. They may not if a threshold judges the series, or if the benchmark's
    /// name asks for no alerts.
    /// </summary>
    /// <param name="besideThresholds">True if the project wants verdicts to alert beside thresholds, too.</param>
    public bool IsAlerting(bool besideThresholds) =>
        !Metrics.Any(metric => (metric.JudgedBy is not null && !besideThresholds) || metric.Silent);

    /// <summary>The series of a report, in the order of their ids.</summary>
    public static List<JudgedSeries> Of(IReadOnlyList<ReportMetric> metrics)
    {
        var groups = metrics.GroupBy(metric => metric.SeriesId.Value).OrderBy(of => of.Key).ToList();
        return groups.ConvertAll(of =>
        {
            List<ReportMetric> ofSeries = [.. of];
            var first = ofSeries[0];
            return new JudgedSeries(
                new(of.Key),
                new(first.Benchmark.Id, first.Measure.Id),
                Median([.. ofSeries.Select(metric => metric.MeanOfThose ?? metric.Metric.Value)]),
                ofSeries
            );
        });
    }

    public static double Median(double[] values)
    {
        if (values.Length == 1)
            return values[0];
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
    }
}
