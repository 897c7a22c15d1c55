using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf;

/// <summary>The numbers of one point of the plot.</summary>
public sealed record PointRow(
    int Series,
    DateTimeOffset Time,
    uint Version,
    Commit? Commit,
    string Value,
    string? Range,
    string? Baseline,
    string? LowerLimit,
    string? UpperLimit,
    string State,
    string Report
)
{
    internal static PointRow Of(PerfData data, PlotUnits units, int series, in Point point, ProjectPaths paths)
    {
        var report = data.Reports[point.ReportId];
        string? Print(double number) => double.IsNaN(number) ? null : units.Print(number);
        var range =
            double.IsNaN(point.LowerValue) && double.IsNaN(point.UpperValue)
                ? null
                : $"{Print(point.LowerValue) ?? "…"} – {Print(point.UpperValue) ?? "…"}";
        return new(
            series,
            report.StartTime,
            report.Version.Number,
            Commit.Of(report.Version.Hash, data.Project.Url),
            units.Print(point.Value),
            range,
            Print(point.Baseline),
            Print(point.LowerLimit),
            Print(point.UpperLimit),
            StateOf(data, point),
            paths.Report(report.Uuid)
        );
    }

    /// <summary>The state as a symbol and words.</summary>
    internal static string StateOf(PerfData data, in Point point) =>
        PerfPlot.AlertOf(data, point) switch
        {
            { Limit: BoundaryLimit.Upper, Status: AlertStatus.Active } => "▲ above limit",
            { Limit: BoundaryLimit.Lower, Status: AlertStatus.Active } => "▼ below limit",
            { Limit: BoundaryLimit.Upper } past => $"△ above limit, {Words<AlertStatus>.Of(past.Status)}",
            { Limit: BoundaryLimit.Lower } past => $"▽ below limit, {Words<AlertStatus>.Of(past.Status)}",
            _ when double.IsNaN(point.LowerLimit) && double.IsNaN(point.UpperLimit) => "– not judged",
            _ when point.Value < point.LowerLimit || point.Value > point.UpperLimit => "outside, ignored",
            _ => WeaknessOf(data, point) is not { } weakness ? "✓ inside"
            : weakness.CannotFire ? $"– cannot alert: {weakness.Text}"
            : $"✓ inside; {weakness.Text}",
        };

    private static Weakness? WeaknessOf(PerfData data, in Point point)
    {
        ModelTest? test = data.Models.TryGetValue(point.ModelId, out var found) ? found.Model.Model.Test : null;
        return Weakness.Of(
            test,
            new Boundary(Point.OrNull(point.Baseline), Point.OrNull(point.LowerLimit), Point.OrNull(point.UpperLimit)),
            point.Value
        );
    }
}
