using Paddock.Core.Analysis;
using Paddock.Server.Results.Perf.Drawing;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Perf;

/// <summary>Converts a plot's data for drawing, the same for the image and the page.</summary>
internal static class PerfPlot
{
    /// <summary>The maximum number of points in one picture. The JSON may have more, since it is streamed.</summary>
    public const int PointsMax = 500_000;

    public static readonly string TooMuch = string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"This plot has more than {PointsMax:N0} points; choose a shorter time or fewer benchmarks."
    );

    public static bool IsTooMuch(PerfData data) => data.Lines.Sum(l => (long)l.Points.Count) > PointsMax;

    /// <param name="reportAddress">Returns a report's address, to which its points link.</param>
    public static PlotPicture Of(
        PerfData data,
        PerfDisplay display,
        string title,
        DateTimeOffset now,
        Func<Guid, string>? reportAddress
    )
    {
        var addresses = new Dictionary<long, string>();
        return new(title, [.. data.Lines.Select(LineOf)], now)
        {
            XAxis = display.XAxis,
            YAxis = display.YAxis,
            LowerValue = display.LowerValue,
            UpperValue = display.UpperValue,
            LowerBoundary = display.LowerBoundary,
            UpperBoundary = display.UpperBoundary,
        };

        PlotLine LineOf(Line line)
        {
            var points = new PlotPoint[line.Points.Count];
            var from = line.Points.Span;
            for (var i = 0; i < points.Length; i++)
                points[i] = PointOf(in from[i]);
            return new(
                line.Branch.Name,
                line.Testbed.Name,
                line.Benchmark.Name,
                line.Measure.Name,
                line.Measure.Units,
                points
            );
        }

        PlotPoint PointOf(in Point point)
        {
            var report = data.Reports[point.ReportId];
            return new(report.StartTime, (int)report.Version.Number, point.Value)
            {
                Iteration = point.Iteration,
                Hash = report.Version.Hash,
                LowerValue = Point.OrNull(point.LowerValue),
                UpperValue = Point.OrNull(point.UpperValue),
                Boundary = new(
                    Point.OrNull(point.Baseline),
                    Point.OrNull(point.LowerLimit),
                    Point.OrNull(point.UpperLimit)
                ),
                Alert = AlertOf(data, point) is { } alert ? new PlotAlert(alert.Limit, alert.Status) : null,
                Link = AddressOf(point.ReportId, report),
            };
        }

        string? AddressOf(long id, PointReport report) =>
            reportAddress is null ? null
            : addresses.TryGetValue(id, out var known) ? known
            : addresses[id] = reportAddress(report.Uuid);
    }

    public static RaisedAlert? AlertOf(PerfData data, in Point point) =>
        data.Alerts.Count == 0
            ? null
            : data.Alerts.GetValueOrDefault((point.ReportId, point.SeriesId, point.Iteration));
}
