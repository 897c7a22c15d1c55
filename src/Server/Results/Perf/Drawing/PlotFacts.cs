using System.Globalization;
using System.Text;
using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Describes a plot in words.</summary>
internal static class PlotFacts
{
    private const int HashShown = 12;

    /// <summary>Summarizes the whole plot in one or two sentences, for screen readers.</summary>
    public static string Summary(PlotPicture picture, IReadOnlyList<PlotTrack> tracks)
    {
        if (tracks.Count == 0)
            return $"No data found at {Time(picture.Time)}.";
        var points = tracks.Sum(t => t.Points.Length);
        var (first, last) = (tracks.Min(t => t.FirstTime), tracks.Max(t => t.LastTime));
        var alerts = tracks.Sum(t => t.ActiveAbove + t.ActiveBelow);
        var text = new StringBuilder(
            $"{Count(tracks.Count, "line")} of {Count(points, "value")} from {Time(first)} to {Time(last)}; "
        );
        text.Append(Count(alerts, "active alert")).Append('.');
        foreach (var track in tracks)
        {
            var (line, newest) = (track.Line, track.Points[^1]);
            text.Append(
                $" {line.Benchmark}, {line.Measure}, on {line.Branch}, {line.Testbed}: newest "
                    + $"{Value(line, newest.Value)}."
            );
        }
        return text.ToString();
    }

    /// <summary>Describes a metric, with one fact on each line.</summary>
    public static string Tooltip(PlotLine line, in PlotPoint point)
    {
        var text = new StringBuilder(160);
        text.Append(Value(line, point.Value));
        if (point.LowerValue is { } low && point.UpperValue is { } high)
            text.Append($" ({Value(line, low)} to {Value(line, high)})");
        text.Append('\n').Append(Time(point.Time)).Append('\n');
        if (point.Hash is { } hash)
            text.Append("commit ").Append(hash.AsSpan(0, Math.Min(hash.Length, HashShown))).Append(", ");
        text.Append(CultureInfo.InvariantCulture, $"version {point.Version}, iteration {point.Iteration}\n");
        text.Append("branch ").Append(line.Branch).Append("\ntestbed ").Append(line.Testbed);
        text.Append("\nbenchmark ").Append(line.Benchmark).Append("\nmeasure ").Append(line.Measure);
        var boundary = point.Boundary;
        if (boundary.Baseline is { } baseline)
            text.Append("\nbaseline ").Append(Value(line, baseline));
        if (boundary.LowerLimit is { } lower)
            text.Append("\nlower limit ").Append(Value(line, lower));
        if (boundary.UpperLimit is { } upper)
            text.Append("\nupper limit ").Append(Value(line, upper));
        if (point.Alert is { } alert)
        {
            text.Append(alert.Limit == BoundaryLimit.Upper ? "\nabove the upper limit" : "\nbelow the lower limit");
            text.Append(", alert is ").Append(Words<AlertStatus>.Of(alert.Status));
        }
        return text.ToString();
    }

    public static string Count(int count, string noun) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";

    private static string Value(PlotLine line, double value)
    {
        var units = Units.Scale(line.Units, Math.Abs(value));
        var scaled = value / units.Factor;
        // Two decimals are too few for 0.0004.
        return scaled != 0 && Math.Abs(scaled) < 0.1
            ? $"{scaled.ToString("0.###e-0", CultureInfo.InvariantCulture)} {units.Symbol}".TrimEnd()
            : units.PrintWithSymbol(value);
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
