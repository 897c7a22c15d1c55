using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>
/// Everything that <see cref="PlotSvg"/> needs to draw a plot. Names may contain anything; they are never read as
/// markup.
/// </summary>
/// <param name="Time">The time of drawing, shown on a plot without data.</param>
public sealed record PlotPicture(string Title, IReadOnlyList<PlotLine> Lines, DateTimeOffset Time)
{
    public XAxis XAxis { get; init; }

    public YAxis YAxis { get; init; }

    public bool LowerValue { get; init; }

    public bool UpperValue { get; init; }

    public bool LowerBoundary { get; init; }

    public bool UpperBoundary { get; init; }

    /// <summary>Events marked across all lines.</summary>
    public IReadOnlyList<PlotMark> Marks { get; init; } = [];

    /// <summary>
    /// The width in pixels. Text keeps its size, so a narrow screen needs a narrow picture rather than a scaled one.
    /// </summary>
    public int Width { get; init; } = 1024;

    public int Height { get; init; } = 768;

    public PlotTheme Theme { get; init; }

    /// <summary>Lines beyond this number are counted but not drawn.</summary>
    public int LinesMax { get; init; } = 10;

    /// <summary>
    /// The number of points with a tooltip and link; the same number of alerts gets them in addition. They are divided
    /// among all lines. In lines with more points, the highest and lowest are preferred.
    /// </summary>
    public int TooltipsMax { get; init; } = 600;

    /// <summary>An id of letters, digits and dashes, unique among the plots of a page.</summary>
    public string Id { get; init; } = "plot";
}

/// <summary>A line of the plot: a branch, testbed, benchmark and measure, with its points in any order.</summary>
public sealed record PlotLine(
    string Branch,
    string Testbed,
    string Benchmark,
    string Measure,
    string Units,
    ReadOnlyMemory<PlotPoint> Points
)
{
    public IReadOnlyList<PlotLevel> Levels { get; init; } = [];
}

/// <summary>One metric. Numbers are in the units of the measure.</summary>
public readonly record struct PlotPoint(DateTimeOffset Time, int Version, double Value)
{
    public uint Iteration { get; init; }

    public string? Hash { get; init; }

    public double? LowerValue { get; init; }

    public double? UpperValue { get; init; }

    public Boundary Boundary { get; init; }

    public PlotAlert? Alert { get; init; }

    /// <summary>A path on this server or an http(s) address; any other address is dropped.</summary>
    public string? Link { get; init; }
}

/// <param name="Link">As in <see cref="PlotPoint.Link"/>.</param>
public readonly record struct PlotAlert(BoundaryLimit Limit, AlertStatus Status, string? Link = null);
