using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Results.Perf;

/// <summary>The data of a project's plot page.</summary>
/// <param name="Opening">The report that was used because the reader chose nothing.</param>
/// <param name="Explanation">The reason why there is no plot.</param>
/// <param name="Narrow">The same picture for a phone, where the text of the wide one would be too small.</param>
/// <param name="Rows">The newest points, at most <see cref="PointsMax"/>.</param>
public sealed record PerfView(
    ProjectPaths Paths,
    string Project,
    OpeningReport? Opening,
    string? Explanation,
    PlotPicture? Wide,
    PlotPicture? Narrow,
    IReadOnlyList<SeriesRow> Series,
    IReadOnlyList<PointRow> Rows,
    int RowsLeft,
    PerfControls Controls,
    string Address
)
{
    /// <summary>Switches to another kind of machine, the newest first.</summary>
    public IReadOnlyList<MachineLine> Machines { get; init; } = [];

    /// <summary>Events of the project in the plot's time, the newest first.</summary>
    public IReadOnlyList<EventLine> Events { get; init; } = [];

    /// <summary>The start points of the drawn branches that have one.</summary>
    public IReadOnlyList<BranchBegin> Begins { get; init; } = [];

    /// <summary>The settings for the script that takes over the plot; null if there is no plot.</summary>
    public string? Explorer { get; init; }

    public const int PointsMax = 250;
    private const int TooltipsMax = 400;
    private static readonly (int Width, int Height) WideSize = (1200, 560);
    private static readonly (int Width, int Height) NarrowSize = (400, 460);

    /// <param name="data">Null if the choice is incomplete; then <paramref name="explanation"/> says so.</param>
    internal static PerfView Of(
        string project,
        PerfQuery query,
        PerfDisplay display,
        PerfData? data,
        PlotHistory history,
        OpeningReport? opening,
        string? explanation,
        IReadOnlyList<Choices> choices,
        ProjectPaths paths,
        DateTimeOffset now
    )
    {
        var controls = new PerfControls(
            display.LowerValue,
            display.UpperValue,
            display.LowerBoundary,
            display.UpperBoundary,
            display.XAxis,
            display.YAxis,
            PerfForm.Day(query.StartTime),
            PerfForm.Day(query.EndTime),
            display.Report,
            choices,
            HasLimits: data is null || data.Lines.Count == 0 || data.Lines.Any(HasLimits)
        );
        var address = PerfAddress.Of(query, display);
        if (data is null)
            return new(paths, project, opening, explanation, null, null, [], [], 0, controls, address);

        var picture = PerfPlot.Of(data, display, TitleOf(data), now, paths.Report) with
        {
            Theme = PlotTheme.Page,
            LinesMax = PerfQuery.SeriesMax,
            TooltipsMax = TooltipsMax,
        };
        var units = PlotUnits.Of(data);
        var changes = history
            .Changes.Where(change => change.State == ChangeState.Open)
            .ToLookup(change => change.Series);
        var points = data
            .Lines.SelectMany(
                (line, series) =>
                    Enumerable
                        .Range(0, line.Points.Count)
                        .TakeLast(PointsMax) // The highest versions, which are the newest.
                        .Select(i => (Series: series, Index: i, line.Points[i].StartTime))
            )
            .OrderByDescending(p => p.StartTime)
            .ThenBy(p => p.Series)
            .ThenByDescending(p => p.Index)
            .Take(PointsMax)
            .ToList();
        return new(
            paths,
            project,
            opening,
            data.Lines.Count == 0 ? "No results yet match this choice in this time." : null,
            picture with
            {
                Width = WideSize.Width,
                Height = WideSize.Height,
                Id = "plot",
            },
            picture with
            {
                Width = NarrowSize.Width,
                Height = NarrowSize.Height,
                Id = "plot-narrow",
                TooltipsMax = 0,
            },
            [.. data.Lines.Select((line, i) => SeriesRow.Of(data, line, i, changes, units[line.Measure.Id]))],
            [
                .. points.Select(p =>
                    PointRow.Of(
                        data,
                        units[data.Lines[p.Series].Measure.Id],
                        p.Series,
                        data.Lines[p.Series].Points[p.Index],
                        paths
                    )
                ),
            ],
            data.Lines.Sum(l => l.Points.Count) - points.Count,
            controls,
            address
        )
        {
            Begins = history.Begins,
            Events =
            [
                .. history
                    .Events.Reverse()
                    .Select(one => new EventLine(DateTimeOffset.FromUnixTimeSeconds(one.Time), one.Text, one.Address)),
            ],
            Machines =
            [
                .. history.Machines.Select(one => new MachineLine(
                    data.Reports[one.Report].StartTime,
                    paths.Report(data.Reports[one.Report].Uuid),
                    one.Text
                )),
            ],
        };
    }

    private static bool HasLimits(Line line)
    {
        foreach (ref readonly var point in line.Points.Span)
            if (!double.IsNaN(point.LowerLimit) || !double.IsNaN(point.UpperLimit))
                return true;
        return false;
    }

    // The header below the title names the branch, testbed, benchmark and measure that all lines share.
    private static string TitleOf(PerfData data)
    {
        if (data.Lines.Count == 1)
            return data.Lines[0].Benchmark.Name;
        var alerts = data.Lines.Sum(l =>
            l.Points.Count(p => PerfPlot.AlertOf(data, p) is { Status: AlertStatus.Active })
        );
        return $"{data.Lines.Count} lines, {alerts} active alert{(alerts == 1 ? "" : "s")}";
    }
}

/// <summary>A report that was measured on another kind of machine than the previous report.</summary>
public sealed record MachineLine(DateTimeOffset Time, string Report, string Text);

/// <summary>An event of the project in the plot's time.</summary>
/// <param name="Address">The page about the event, if there is one.</param>
public sealed record EventLine(DateTimeOffset Time, string Text, string? Address);

/// <summary>The report with which a plot opens.</summary>
/// <param name="Benchmarks">The number of benchmarks in the report, of which the first <paramref name="Drawn"/> are
/// drawn.</param>
public sealed record OpeningReport(
    Guid Uuid,
    string Branch,
    string Testbed,
    DateTimeOffset Time,
    int Drawn,
    int Benchmarks
);

/// <summary>The state of the form.</summary>
/// <param name="From">The first day: "2026-11-20".</param>
/// <param name="HasLimits">True if any drawn line has a limit.</param>
public sealed record PerfControls(
    bool LowerValue,
    bool UpperValue,
    bool LowerBoundary,
    bool UpperBoundary,
    XAxis XAxis,
    YAxis YAxis,
    string? From,
    string? To,
    Guid? Report,
    IReadOnlyList<Choices> Dimensions,
    bool HasLimits
);

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
        else if (newest.ModelId == 0)
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
