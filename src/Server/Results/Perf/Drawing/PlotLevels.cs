using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>A level that a line kept for a while, such as the median before or after a change.</summary>
public readonly record struct PlotLevel(PlotPoint From, PlotPoint To, double Value);

/// <summary>An event at one point, marked by a line across the whole plot.</summary>
public readonly record struct PlotMark(PlotPoint At, string Label);

/// <summary>Draws the levels of lines and the marks of events.</summary>
internal static class PlotLevels
{
    private const double LabelSize = 12;

    public static void WriteMarks(SvgWriter svg, PlotPicture picture, PlotFrame frame, PositionAxis positions)
    {
        if (picture.Marks.Count == 0)
            return;
        svg.Raw("<g aria-hidden=\"true\">");
        foreach (var mark in picture.Marks)
        {
            var x = positions.At(mark.At);
            svg.Add($"<path class=\"event\" d=\"M{x} {frame.Top}V{frame.Bottom}\"/>");
            var isLeft = x + 8 + PlotText.Width(mark.Label, LabelSize) > frame.Right;
            svg.Add(
                $"<text class=\"muted\" font-size=\"{LabelSize}\" text-anchor=\"{(isLeft ? "end" : "start")}\" "
                    + $"x=\"{x + (isLeft ? -6 : 6)}\" y=\"{frame.Top - 4}\">{mark.Label}</text>"
            );
        }
        svg.Raw("</g>");
    }

    public static void Write(SvgWriter svg, PlotTrack track, PositionAxis positions, ValueAxis values)
    {
        if (track.Line.Levels.Count == 0)
            return;
        svg.Add($"<g aria-hidden=\"true\" stroke=\"{PlotStyle.Colour(track.Index)}\">");
        foreach (var level in track.Line.Levels)
        {
            var (from, to, y) = (positions.At(level.From), positions.At(level.To), values.At(level.Value));
            svg.Add($"<path class=\"level\" d=\"M{from} {y}H{to}\"/>");
        }
        svg.Raw("</g>");
    }
}
