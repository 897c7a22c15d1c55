using Paddock.Core.Analysis;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Explains the lines and the other marks.</summary>
internal sealed class PlotLegend
{
    private const double RowHeight = 22;
    private const double TextSize = 13;
    private const double NameFrom = 26;
    private const int RowsWanted = 6;

    private readonly IReadOnlyList<PlotTrack> tracks;
    private readonly List<string> names;
    private readonly List<PlacedKey> keys = [];
    private readonly int rows;
    private readonly int keyRows;
    private readonly int unnamed;
    private readonly double columnWidth;

    private PlotLegend(PlotPicture picture, IReadOnlyList<PlotTrack> tracks, double width, double heightMax)
    {
        this.tracks = tracks;
        var x = 0.0;
        foreach (var key in Keys(picture, tracks))
        {
            var room = NameFrom + PlotText.Width(key.Text, TextSize) + 16;
            if (keyRows == 0 || x + room > width)
                (x, keyRows) = (0, keyRows + 1);
            keys.Add(new(key, x, keyRows - 1));
            x += room;
        }

        // The header already names a single line.
        names = tracks.Count == 1 ? [] : [.. tracks.Select(t => PlotNames.Own(t.Line, tracks))];
        if (names.Count == 0)
            return;
        var widest = names.Max(n => PlotText.Width(n, TextSize)) + NameFrom + 24;
        var rowsMax = Math.Max(1, (int)(heightMax / RowHeight) - keyRows);
        // Prefers columns with shortened names to a legend that leaves no room for the plot.
        var columns = Math.Max(
            Math.Clamp((int)(width / widest), 1, 4),
            width < 560 ? 1 : Math.Min(3, (names.Count + RowsWanted - 1) / RowsWanted)
        );
        columnWidth = width / columns;
        rows = Math.Min((names.Count + columns - 1) / columns, rowsMax);
        if (names.Count <= rows * columns)
            return;
        unnamed = names.Count - rows * columns + 1; // The last entry says how many lines are not named.
        names.RemoveRange(rows * columns - 1, unnamed);
    }

    public double Height => (rows + keyRows) * RowHeight;

    public static PlotLegend Of(PlotPicture picture, IReadOnlyList<PlotTrack> tracks, double width, double heightMax) =>
        new(picture, tracks, width, heightMax);

    public void Write(SvgWriter svg, double x, double y)
    {
        svg.Raw("<g aria-hidden=\"true\">");
        for (var i = 0; i < names.Count; i++)
        {
            var (left, baseline) = (x + i / rows * columnWidth, y + i % rows * RowHeight);
            PlotPills.Pill(svg, tracks[i].Index, left + 10, baseline - 5);
            var name = PlotText.Fit(names[i], TextSize, columnWidth - NameFrom - 12);
            svg.Add($"<text x=\"{left + NameFrom}\" y=\"{baseline}\">{name}<title>{names[i]}</title></text>");
        }
        if (unnamed > 0)
        {
            var (left, baseline) = (
                x + names.Count / rows * columnWidth + NameFrom,
                y + names.Count % rows * RowHeight
            );
            svg.Add(
                $"<text class=\"muted\" x=\"{left}\" y=\"{baseline}\">and "
                    + $"{PlotFacts.Count(unnamed, "more line")}</text>"
            );
        }
        foreach (var (key, left, row) in keys)
        {
            var baseline = y + (rows + row) * RowHeight;
            key.Draw(svg, x + left, baseline - 5);
            svg.Add($"<text class=\"muted\" x=\"{x + left + NameFrom}\" y=\"{baseline}\">{key.Text}</text>");
        }
        svg.Raw("</g>");
    }

    /// <param name="Draw">Draws within 20 pixels to the right of x, centered on y.</param>
    private sealed record Key(string Text, Action<SvgWriter, double, double> Draw);

    private sealed record PlacedKey(Key Key, double X, int Row);

    // Only marks that the picture contains.
    private static IEnumerable<Key> Keys(PlotPicture picture, IReadOnlyList<PlotTrack> tracks)
    {
        if (tracks.Sum(t => t.ActiveAbove) is > 0 and var above)
            yield return Triangle(
                $"{PlotFacts.Count(above, "alert")} above the upper limit",
                BoundaryLimit.Upper,
                isActive: true
            );
        if (tracks.Sum(t => t.ActiveBelow) is > 0 and var below)
            yield return Triangle(
                $"{PlotFacts.Count(below, "alert")} below the lower limit",
                BoundaryLimit.Lower,
                isActive: true
            );
        if (tracks.Sum(t => t.PastAlerts) is > 0 and var past)
            yield return Triangle(
                $"{PlotFacts.Count(past, "alert")} dismissed or silenced",
                BoundaryLimit.Upper,
                isActive: false
            );
        if ((picture.LowerBoundary || picture.UpperBoundary) && tracks.Any(t => t.HasLimits))
            yield return new("limit", static (svg, x, y) => svg.Add($"<path class=\"limit axis\" d=\"M{x} {y}h20\"/>"));
        if ((picture.LowerValue || picture.UpperValue) && tracks.Any(t => t.HasRange))
            yield return new("range of the measurement", Whisker);
        if (picture.Lines.Count(l => l.Points.Length > 0) - tracks.Count is > 0 and var hidden)
            yield return new($"{PlotFacts.Count(hidden, "more line")} not drawn", Stroke);
    }

    private static Key Triangle(string text, BoundaryLimit limit, bool isActive) => new(text, (svg, x, y) =>
        {
            PlotAlerts.OpenTriangle(svg, limit, isActive, x + 10, y, size: 0.9);
            svg.Raw("/>");
        });

    private static void Whisker(SvgWriter svg, double x, double y) =>
        svg.Add($"<path class=\"axis\" d=\"M{x + 7} {y - 6}h6m-3 0v12m-3 0h6\"/>");

    private static void Stroke(SvgWriter svg, double x, double y) =>
        svg.Add($"<path class=\"axis\" d=\"M{x + 4} {y}h12\"/>");
}
