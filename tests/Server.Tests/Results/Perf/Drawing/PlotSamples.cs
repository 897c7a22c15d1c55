using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Tests.Results.Perf.Drawing;

internal static class PlotSamples
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Drawn = new(2026, 11, 22, 3, 58, 47, TimeSpan.Zero);

    public static PlotPicture Picture(params PlotLine[] lines) => new("Demo", lines, Drawn);

    public static PlotLine Line(
        string benchmark,
        PlotPoint[] points,
        string measure = "Latency",
        string units = "nanoseconds (ns)",
        string branch = "main",
        string testbed = "box"
    ) => new(branch, testbed, benchmark, measure, units, points);

    /// <summary>Points with these values, one per day.</summary>
    public static PlotPoint[] Daily(params double[] values) =>
        [.. values.Select((v, i) => new PlotPoint(Start.AddDays(i), i, v))];

    public static PlotPoint[] Hourly(int count, Func<int, double> value) =>
        [.. Enumerable.Range(0, count).Select(i => new PlotPoint(Start.AddHours(i), i, value(i)))];

    public static PlotPoint Alerting(
        this PlotPoint point,
        BoundaryLimit limit,
        AlertStatus status = AlertStatus.Active,
        string? link = null
    ) => point with { Alert = new(limit, status, link) };

    /// <summary>The demo's history: limits, and a slow commit that exceeded them.</summary>
    public static PlotPicture Slowdown()
    {
        double[] values = [1_210_000, 1_190_000, 1_204_000, 1_221_000, 1_199_000, 1_915_000, 1_873_000, 1_206_000];
        var points = Daily(values);
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = points[i] with
            {
                Hash = new string((char)('a' + i), 40),
                Link = $"/perf/demo/metrics/{i}",
                LowerValue = values[i] * 0.98,
                UpperValue = values[i] * 1.03,
                Boundary = i < 2 ? default : new(1_200_000, 1_100_000, 1_300_000),
            };
        }
        points[5] = points[5].Alerting(BoundaryLimit.Upper, link: "/perf/demo/alerts/5");
        points[6] = points[6].Alerting(BoundaryLimit.Upper, AlertStatus.Dismissed);
        return Picture(Line("parse/large_file", points)) with
        {
            LowerBoundary = true,
            UpperBoundary = true,
            LowerValue = true,
            UpperValue = true,
        };
    }
}
