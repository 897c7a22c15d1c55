using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Thresholds;
using Metric = Paddock.Core.Adapters.Metric;

namespace Paddock.Server.Results.Reports;

/// <summary>An alert, as its report needs it.</summary>
internal sealed record RaisedAlert(Guid Uuid, BoundaryLimit Limit, AlertStatus Status, DateTimeOffset Modified);

/// <summary>A metric of a report with its judgment, either on its way into the database or read from it.</summary>
internal sealed class ReportMetric(uint iteration, BenchmarkRow benchmark, MeasureRow measure, Metric metric)
{
    public uint Iteration => iteration;
    public BenchmarkRow Benchmark => benchmark;
    public MeasureRow Measure => measure;
    public Metric Metric => metric;

    /// <summary>True if the benchmark's name asks for no alerts.</summary>
    public bool Silent { get; init; }

    /// <summary>
    /// The mean over only those results that contain the metric, if its value was divided by more results than that.
    /// Verdicts judge this mean.
    /// </summary>
    public double? MeanOfThose { get; init; }

    public Id<Series> SeriesId { get; set; }

    /// <summary>The threshold that judged the metric, with its model; null if there was none.</summary>
    public (ThresholdRow Threshold, ModelRow Model)? JudgedBy { get; set; }
    public Boundary Boundary { get; set; }

    /// <summary>
    /// The reason why the threshold yielded no limits. Null if it did, and for metrics judged before the reason was
    /// stored.
    /// </summary>
    public NoLimits? NoLimits { get; set; }

    /// <summary>True if the threshold computed the limits from a single value.</summary>
    public bool IsByOneValue { get; set; }

    public RaisedAlert? Alert { get; set; }

    /// <summary>
    /// The verdict on the metric's series, which treats all iterations as one value; null if there is none.
    /// </summary>
    public ResultVerdict? Verdict { get; set; }

    public BoundaryLimit? Violation => JudgedBy is not null && !Silent ? Boundary.Violation(metric.Value) : null;

    public MetricKey Key(Id<Report> reportId) => new(SeriesId, reportId, iteration);
}
