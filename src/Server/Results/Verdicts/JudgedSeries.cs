using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Reports;
using Verdict = Paddock.Core.Verdicts.Verdict;

namespace Paddock.Server.Results.Verdicts;

/// <summary>One series of a report on its way to its verdict.</summary>
/// <param name="Value">The median of the iterations that have it.</param>
internal sealed record JudgedSeries(long Id, SeriesKey Key, double Value, Rules Rules, IReadOnlyList<ReportMetric> Metrics)
{
    public Verdict? Verdict { get; set; }

    /// <summary>A threshold alone alerts for a series that has one, and nothing where the benchmark's name asks for that.</summary>
    public bool IsAlerting => !Metrics.Any(metric => metric.JudgedBy is not null || metric.Silent);

    /// <summary>The series of a report, in the order of their keys.</summary>
    public static List<JudgedSeries> Of(IReadOnlyList<ReportMetric> metrics)
    {
        var groups = metrics.GroupBy(metric => metric.SeriesId).OrderBy(of => of.Key).ToList();
        var rules = new Dictionary<long, Rules>(); // By measure.
        return groups.ConvertAll(of =>
        {
            List<ReportMetric> ofSeries = [.. of];
            var first = ofSeries[0];
            if (!rules.TryGetValue(first.Measure.Id, out var rule)) rules.Add(first.Measure.Id, rule = RulesOf(first.Measure.Units, groups.Count));
            return new JudgedSeries(of.Key, new(first.Benchmark.Id, first.Measure.Id), Median([.. ofSeries.Select(metric => metric.Metric.Value)]), rule, ofSeries);
        });
    }

    /// <param name="series">How many series the report has.</param>
    public static Rules RulesOf(string units, int series) => new() { Direction = Directions.Of(units), Series = series };

    public static double Median(double[] values)
    {
        if (values.Length == 1) return values[0];
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
    }
}
