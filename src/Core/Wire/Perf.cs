using Paddock.Core.Analysis;

namespace Paddock.Core.Wire;

/// <summary>The answer to a plot query: one element for each combination of dimensions that has data.</summary>
public sealed record Perf(
    Project Project,
    DateTimeOffset? StartTime,
    DateTimeOffset? EndTime,
    IReadOnlyList<PerfSeries> Results
);

public sealed record PerfSeries(
    Branch Branch,
    Testbed Testbed,
    Benchmark Benchmark,
    Measure Measure,
    IReadOnlyList<PerfPoint> Metrics
);

public sealed record PerfPoint(
    Guid Report,
    uint Iteration,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    Version Version,
    Metric Metric,
    MetricThreshold? Threshold,
    Boundary? Boundary,
    MetricAlert? Alert
);

/// <summary>A single metric with its branch, testbed, benchmark, measure, threshold and alert.</summary>
public sealed record OneMetric(
    Guid Uuid,
    Guid Report,
    uint Iteration,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    Branch Branch,
    Testbed Testbed,
    Benchmark Benchmark,
    Measure Measure,
    Metric Metric,
    MetricThreshold? Threshold,
    Boundary? Boundary,
    MetricAlert? Alert
);
