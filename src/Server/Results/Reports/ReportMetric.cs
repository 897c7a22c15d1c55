using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Thresholds;
using Metric = Paddock.Core.Adapters.Metric;

namespace Paddock.Server.Results.Reports;

/// <summary>An alert as its report knows it.</summary>
internal sealed record RaisedAlert(Guid Uuid, BoundaryLimit Limit, AlertStatus Status, DateTimeOffset Modified);

/// <summary>
/// A metric of a report, with what judging it yielded; on its way into the database, or read from it.
/// </summary>
internal sealed class ReportMetric(uint iteration, BenchmarkRow benchmark, MeasureRow measure, Metric metric)
{
    public uint Iteration => iteration;
    public BenchmarkRow Benchmark => benchmark;
    public MeasureRow Measure => measure;
    public Metric Metric => metric;

    /// <summary>Whether the benchmark's name asked for no alerts.</summary>
    public bool Silent { get; init; }

    /// <summary>
    /// The mean of the results that have it, where the metric's value was divided by more than those. Verdicts judge
    /// this one.
    /// </summary>
    public double? MeanOfThose { get; init; }

    public Id<Series> SeriesId { get; set; }

    /// <summary>The threshold that judged it, with its model; null where there was none.</summary>
    public (ThresholdRow Threshold, ModelRow Model)? JudgedBy { get; set; }
    public Boundary Boundary { get; set; }

    /// <summary>
    /// Why the threshold yielded no limits; null where it did, and of metrics that were judged before that was kept.
    /// </summary>
    public NoLimits? NoLimits { get; set; }

    /// <summary>Whether the threshold computed the limits from one value.</summary>
    public bool IsByOneValue { get; set; }

    public RaisedAlert? Alert { get; set; }

    /// <summary>What is said about its series, of which all iterations are one value; null where nothing is.</summary>
    public ResultVerdict? Verdict { get; set; }

    public BoundaryLimit? Violation => JudgedBy is not null && !Silent ? Boundary.Violation(metric.Value) : null;

    public MetricKey Key(Id<Report> reportId) => new(SeriesId, reportId, iteration);
}
