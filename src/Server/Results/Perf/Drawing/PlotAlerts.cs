using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>
/// Draws alerts as triangles that point to the side of the crossed limit: filled while active, hollow afterwards.
/// </summary>
internal static class PlotAlerts
{
    public static void Write(SvgWriter svg, PlotPicture picture, PlotFrame frame, IReadOnlyList<PlotTrack> tracks)
    {
        var (drawn, facts) = (new HashSet<(int X, int Y, BoundaryLimit, bool)>(), picture.TooltipsMax);
        var spacing = frame.Width / Math.Max(1, tracks.Sum(t => t.ActiveAbove + t.ActiveBelow + t.PastAlerts));
        var size = spacing switch
        {
            > 25 => 1,
            > 7 => 0.75,
            _ => 0.55,
        };
        foreach (var isActive in (ReadOnlySpan<bool>)[false, true]) // Active alerts lie on top.
        {
            foreach (var track in tracks.Where(t => t.ActiveAbove + t.ActiveBelow + t.PastAlerts > 0))
            {
                for (var i = 0; i < track.Points.Length; i++)
                {
                    ref readonly var point = ref track.Points[i];
                    if (point.Alert is not { } alert || alert.Status == AlertStatus.Active != isActive)
                        continue;
                    // Draws only the first of several alerts at the same place.
                    if (drawn.Add(((int)track.X[i], (int)track.Y[i], alert.Limit, isActive)))
                        Alert(svg, track, i, alert, size, hasFacts: facts-- > 0);
                }
            }
        }
    }

    /// <summary>
    /// Opens a path for a triangle that points up or down, with its center of gravity at the place. The caller closes
    /// it.
    /// </summary>
    public static void OpenTriangle(SvgWriter svg, BoundaryLimit limit, bool isActive, double x, double y, double size)
    {
        var (half, height) = (7.5 * size, (limit == BoundaryLimit.Upper ? -13 : 13) * size);
        svg.Add(
            $"<path class=\"{(isActive ? "alert" : "past")}\" d=\"M{x} {y + height * 0.6}l{half} "
                + $"{-height}h{-2 * half}z\""
        );
    }

    private static void Alert(SvgWriter svg, PlotTrack track, int index, PlotAlert alert, double size, bool hasFacts)
    {
        ref readonly var point = ref track.Points[index];
        var isLink = hasFacts && PlotMarks.OpenLink(svg, alert.Link ?? point.Link);
        OpenTriangle(svg, alert.Limit, alert.Status == AlertStatus.Active, track.X[index], track.Y[index], size);
        if (hasFacts)
            svg.Add($"><title>{PlotFacts.Tooltip(track.Line, point)}</title></path>");
        else
            svg.Raw("/>");
        if (isLink)
            svg.Raw("</a>");
    }
}
