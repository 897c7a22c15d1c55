using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Results.Perf;

/// <summary>One point of a line, as stored in the database. A missing value is NaN, and a missing model is 0.</summary>
internal readonly record struct Point(
    Id<Series> SeriesId,
    Id<VersionRow> VersionId,
    long StartTime,
    Id<Report> ReportId,
    uint Iteration,
    double Value,
    double LowerValue,
    double UpperValue,
    Id<ModelRow> ModelId,
    double Baseline,
    double LowerLimit,
    double UpperLimit
)
{
    public static double? OrNull(double value) => double.IsNaN(value) ? null : value;
}

/// <summary>The data of a point's report.</summary>
internal sealed record PointReport(
    Guid Uuid,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    Core.Wire.Version Version,
    string? Subject,
    string? Author
);

/// <summary>One combination with data. Its points are sorted by version, start time and iteration.</summary>
internal sealed record Line(
    BranchRow Branch,
    HeadRow Head,
    TestbedRow Testbed,
    SpecRow? Spec,
    BenchmarkRow Benchmark,
    MeasureRow Measure,
    LinePoints Points
);

/// <summary>
/// A slice of a plot's points, without copying them. A point takes a hundred bytes, so loops over many points use the
/// span.
/// </summary>
internal sealed class LinePoints(List<Point> points, int start, int count) : IReadOnlyList<Point>
{
    public LinePoints(List<Point> points)
        : this(points, 0, points.Count) { }

    public int Count => count;
    public Point this[int index] => points[start + index];
    public ReadOnlySpan<Point> Span => CollectionsMarshal.AsSpan(points).Slice(start, count);

    public IEnumerator<Point> GetEnumerator()
    {
        for (var i = 0; i < count; i++)
            yield return points[start + i];
    }

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>All data of a plot.</summary>
internal sealed record PerfData(
    ProjectRow Project,
    PerfQuery Query,
    IReadOnlyList<Line> Lines,
    IReadOnlyDictionary<long, PointReport> Reports,
    IReadOnlyDictionary<Id<ModelRow>, (ThresholdRow Threshold, ModelRow Model)> Models,
    IReadOnlyDictionary<(Id<Report> ReportId, Id<Series> SeriesId, uint Iteration), RaisedAlert> Alerts
)
{
    /// <summary>The memory of all points, for <see cref="PointMemory"/>.</summary>
    public List<Point> Points { get; init; } = [];

    /// <summary>Series that were read row by row and should be packed; see <see cref="PackPoints"/>.</summary>
    public long[] WorthPacking { get; init; } = [];
}
