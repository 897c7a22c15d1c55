using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Draws everything that represents data, from back to front.</summary>
internal static class PlotMarks
{
    /// <summary>From this distance in pixels between points, each point gets a dot.</summary>
    private const double DotSpacing = 7;

    /// <summary>With more lines than this, bands and baselines would hide each other.</summary>
    private const int BandsMax = 2;

    public static void Write(SvgWriter svg, PlotPicture picture, PlotFrame frame, IReadOnlyList<PlotTrack> tracks)
    {
        svg.Add(
            $"<clipPath id=\"{picture.Id}-clip\"><rect x=\"{frame.Left}\" y=\"{frame.Top}\" width=\"{frame.Width}\""
        );
        svg.Add($" height=\"{frame.Bottom - frame.Top}\"/></clipPath>");
        svg.Add($"<g aria-hidden=\"true\" clip-path=\"url(#{picture.Id}-clip)\">");
        foreach (var track in tracks)
            Layer(svg, track, () => Boundaries(svg, picture, frame, track, hasBand: tracks.Count <= BandsMax));
        foreach (var track in tracks)
            Layer(svg, track, () => Spread(svg, picture, frame, track));
        foreach (var track in tracks)
        {
            svg.Add(
                $"<path class=\"value{(IsSparse(track, frame) ? "" : " thin")}\" "
                    + $"stroke=\"{PlotStyle.Colour(track.Index)}\" d=\""
            );
            PlotTrace.Line(svg, track.X, track.Y, frame, stub: 0);
            svg.Raw("\"/>");
        }
        svg.Raw("</g><g aria-hidden=\"true\">");
        foreach (var track in tracks.Where(t => IsSparse(t, frame)))
        {
            svg.Add($"<path class=\"dots\" stroke=\"{PlotStyle.Colour(track.Index)}\" d=\"");
            PlotTrace.Dots(svg, track.X, track.Y);
            svg.Raw("\"/>");
        }
        foreach (var track in tracks)
            Layer(svg, track, () => Points(svg, track, picture.TooltipsMax / tracks.Count));
        PlotAlerts.Write(svg, picture, frame, tracks);
        if (tracks.Count > 1)
            PlotPills.AtEnds(svg, frame, tracks);
        svg.Raw("</g>");
    }

    private static void Layer(SvgWriter svg, PlotTrack track, Action content)
    {
        var colour = PlotStyle.Colour(track.Index);
        svg.Add($"<g stroke=\"{colour}\" fill=\"{colour}\">");
        content();
        svg.Raw("</g>");
    }

    private static bool IsSparse(PlotTrack track, PlotFrame frame) => track.Points.Length * DotSpacing <= frame.Width;

    private static void Boundaries(SvgWriter svg, PlotPicture picture, PlotFrame frame, PlotTrack track, bool hasBand)
    {
        if (!picture.LowerBoundary && !picture.UpperBoundary)
            return;
        var lower = picture.LowerBoundary ? track.PlaceOf((in PlotPoint p) => p.Boundary.LowerLimit) : [];
        var upper = picture.UpperBoundary ? track.PlaceOf((in PlotPoint p) => p.Boundary.UpperLimit) : [];
        if (hasBand && lower.Length > 0 && upper.Length > 0)
        {
            svg.Raw("<path class=\"band\" d=\"");
            PlotTrace.Area(svg, track.X, lower, upper, frame);
            svg.Raw("\"/>");
        }
        if (hasBand)
            Dashes(svg, "baseline", track, track.PlaceOf((in PlotPoint p) => p.Boundary.Baseline), frame);
        Dashes(svg, "limit", track, lower, frame);
        Dashes(svg, "limit", track, upper, frame);
    }

    private static void Dashes(SvgWriter svg, string kind, PlotTrack track, double[] places, PlotFrame frame)
    {
        if (places.All(double.IsNaN))
            return;
        svg.Add($"<path class=\"{kind}\" d=\"");
        PlotTrace.Line(svg, track.X.AsSpan(0, places.Length), places, frame, stub: 7);
        svg.Raw("\"/>");
    }

    /// <summary>
    /// Draws the range between the harness's lower and upper values. If one side is not shown, the value itself
    /// replaces it.
    /// </summary>
    private static void Spread(SvgWriter svg, PlotPicture picture, PlotFrame frame, PlotTrack track)
    {
        if (!picture.LowerValue && !picture.UpperValue)
            return;
        bool HasRange(in PlotPoint p) =>
            (picture.LowerValue && p.LowerValue is not null) || (picture.UpperValue && p.UpperValue is not null);
        var low = track.PlaceOf(
            (in PlotPoint p) => HasRange(p) ? (picture.LowerValue ? p.LowerValue : null) ?? p.Value : null
        );
        var high = track.PlaceOf(
            (in PlotPoint p) => HasRange(p) ? (picture.UpperValue ? p.UpperValue : null) ?? p.Value : null
        );
        if (!IsSparse(track, frame))
        {
            svg.Raw("<path class=\"spread\" d=\"");
            PlotTrace.Area(svg, track.X, low, high, frame);
            svg.Raw("\"/>");
            return;
        }
        svg.Raw("<path class=\"whiskers\" d=\"");
        for (var i = 0; i < low.Length; i++)
            if (!double.IsNaN(low[i]))
                svg.Add($"M{track.X[i] - 3} {low[i]}h6m-3 0V{high[i]}m-3 0h6");
        svg.Raw("\"/>");
    }

    /// <summary>
    /// Draws the targets for the pointer: every point of a short line, the extremes of each stretch of a long one.
    /// Alerts are separate targets.
    /// </summary>
    private static void Points(SvgWriter svg, PlotTrack track, int budget)
    {
        var points = track.Points;
        if (budget < 2)
            return;
        var stretch = points.Length <= budget ? 1 : (points.Length + budget / 2 - 1) / (budget / 2);
        for (var start = 0; start < points.Length; start += stretch)
        {
            var (lowest, highest) = (start, start);
            for (var i = start; i < Math.Min(start + stretch, points.Length); i++)
            {
                if (points[i].Value < points[lowest].Value)
                    lowest = i;
                if (points[i].Value > points[highest].Value)
                    highest = i;
            }
            Point(svg, track, lowest);
            if (highest != lowest)
                Point(svg, track, highest);
        }
    }

    private static void Point(SvgWriter svg, PlotTrack track, int index)
    {
        ref readonly var point = ref track.Points[index];
        if (point.Alert is not null)
            return;
        var isLink = OpenLink(svg, point.Link);
        svg.Add($"<circle class=\"point\" cx=\"{track.X[index]}\" cy=\"{track.Y[index]}\" r=\"5\">");
        svg.Add($"<title>{PlotFacts.Tooltip(track.Line, point)}</title></circle>");
        if (isLink)
            svg.Raw("</a>");
    }

    /// <summary>Opens a link, if its address is a local path or http(s). The caller closes it.</summary>
    public static bool OpenLink(SvgWriter svg, string? link)
    {
        var isSafe =
            link is not null
            && (
                link is "/" or ['/', not ('/' or '\\'), ..] // Two slashes or backslashes begin another host.
                || link.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                || link.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            );
        // Not a tab stop: the page has the same links in a table, and hundreds of stops would be too many.
        if (isSafe)
            svg.Add($"<a href=\"{link!}\" tabindex=\"-1\">");
        return isSafe;
    }
}
