using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Overview;

namespace Paddock.Server.Results.Perf;

/// <summary>The numbers of one line of the plot.</summary>
/// <param name="Index">The index from 0, which selects the color; plus one, it is the line's number in the
/// plot.</param>
/// <param name="SincePrevious">The difference between the newest value and the previous one; null if there is
/// none.</param>
public sealed record SeriesRow(
    int Index,
    string Branch,
    string Testbed,
    string Benchmark,
    string Measure,
    int Points,
    string Newest,
    string? SincePrevious,
    string? SinceFirst,
    string Lowest,
    string Highest,
    int ActiveAlerts,
    string State
)
{
    private const int TrendMax = 30;

    /// <summary>The newest values, for a sparkline.</summary>
    public Trend? Trend { get; init; }

    /// <summary>The address of the newest open change; null if the state has no link.</summary>
    public string? StateAddress { get; init; }

    /// <summary>True if the state needs attention.</summary>
    public bool IsBad { get; init; }

    /// <param name="changes">The open changes, the newest first.</param>
    internal static SeriesRow Of(
        PerfData data,
        Line line,
        int index,
        ILookup<long, PlotChange> changes,
        PlotUnits units
    )
    {
        var points = line.Points;
        var newest = points[^1];
        var (lowest, highest, alerts) = (double.PositiveInfinity, double.NegativeInfinity, 0);
        foreach (ref readonly var point in points.Span)
        {
            (lowest, highest) = (Math.Min(lowest, point.Value), Math.Max(highest, point.Value));
            if (PerfPlot.AlertOf(data, point) is { Status: AlertStatus.Active })
                alerts++;
        }
        string? Since(double before) =>
            before == 0 ? null : VerdictWords.Percent(newest.Value / before - 1, signed: true);
        var state = PointRow.StateOf(data, newest);
        var isAlert = PerfPlot.AlertOf(data, newest) is { Status: AlertStatus.Active };
        // The open change, unless there is an active alert, which says more.
        var change = isAlert ? null : OpenOf(data, line, changes);
        if (change is not null)
            state =
                $"{(change.Verdict == ChangeVerdict.Slower ? "▲" : "▼")} {Words<ChangeVerdict>.Of(change.Verdict)} "
                + $"since {change.Since}{(change.Branch == line.Branch.Name ? "" : $", on {change.Branch}")}";
        else if (newest.ModelId.IsNone)
            state = "no open change";
        return new(
            index,
            line.Branch.Name,
            line.Testbed.Name,
            line.Benchmark.Name,
            line.Measure.Name,
            points.Count,
            units.Print(newest.Value),
            points.Count > 1 ? Since(points[^2].Value) : null,
            points.Count > 1 ? Since(points[0].Value) : null,
            units.Print(lowest),
            units.Print(highest),
            alerts,
            state
        )
        {
            StateAddress = change?.Address,
            IsBad = isAlert || change is { Verdict: ChangeVerdict.Slower },
            Trend = new(
                [.. Enumerable.Range(0, points.Count).TakeLast(TrendMax).Select(i => points[i].Value)],
                line.Measure.Units
            ),
        };
    }

    // Finds the newest open change of the branch's own series, or else one inherited from the start point. Changes that
    // came to that branch later do not count.
    private static PlotChange? OpenOf(PerfData data, Line line, ILookup<long, PlotChange> changes)
    {
        var newest = new Dictionary<long, uint>();
        foreach (ref readonly var point in line.Points.Span)
            newest[point.SeriesId] = data.Reports[point.ReportId].Version.Number;
        var own = line.Points[^1].SeriesId;
        return newest
            .SelectMany(one => changes[one.Key].Where(change => change.Number <= one.Value))
            .OrderByDescending(change => change.Series == own)
            .ThenByDescending(change => change.Number)
            .FirstOrDefault();
    }
}
