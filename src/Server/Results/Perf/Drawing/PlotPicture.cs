using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>
/// All that <see cref="PlotSvg"/> needs to draw a plot. Names may be anything; nothing in them is taken for markup.
/// </summary>
/// <param name="Time">When it is drawn, for a plot without data.</param>
public sealed record PlotPicture(string Title, IReadOnlyList<PlotLine> Lines, DateTimeOffset Time)
{
    public XAxis XAxis { get; init; }

    public YAxis YAxis { get; init; }

    public bool LowerValue { get; init; }

    public bool UpperValue { get; init; }

    public bool LowerBoundary { get; init; }

    public bool UpperBoundary { get; init; }

    /// <summary>What happened where, over all lines.</summary>
    public IReadOnlyList<PlotMark> Marks { get; init; } = [];

    /// <summary>
    /// Pixels. Text keeps its size, so a narrow screen wants a narrow picture rather than a shrunken one.
    /// </summary>
    public int Width { get; init; } = 1024;

    public int Height { get; init; } = 768;

    public PlotTheme Theme { get; init; }

    /// <summary>Lines beyond this are counted, not drawn.</summary>
    public int LinesMax { get; init; } = 10;

    /// <summary>
    /// How many points, and besides how many alerts, carry their facts and link. They are spread over all lines; where
    /// a line has more, its highest and lowest are preferred.
    /// </summary>
    public int TooltipsMax { get; init; } = 600;

    /// <summary>Letters, digits and dashes, unique among the plots of a page.</summary>
    public string Id { get; init; } = "plot";
}

/// <summary>What one branch, testbed, benchmark and measure have in common, in any order of points.</summary>
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

    /// <summary>A path on this server or an http(s) address; anything else is left out.</summary>
    public string? Link { get; init; }
}

/// <param name="Link">As of a point.</param>
public readonly record struct PlotAlert(BoundaryLimit Limit, AlertStatus Status, string? Link = null);
