using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;
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
