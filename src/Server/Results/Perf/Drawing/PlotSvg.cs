using System.Buffers;
using System.Globalization;
using System.Text;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Draws a plot as SVG, the same for the image, the page and the embedded view.</summary>
public static class PlotSvg
{
    private const double Edge = 16;
    private const double PlotHeightMin = 120;
    private const double ColumnMin = 2;
    private const double LinesPerPixel = 5; // With more lines, columns get coarser than pixels to limit the size.

    public static string Draw(PlotPicture picture)
    {
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        Write(picture, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Writes the element in UTF-8, without an XML declaration, so that a page can contain it.</summary>
    public static void Write(PlotPicture picture, IBufferWriter<byte> output)
    {
        using var svg = new SvgWriter(output);
        var tracks = PlotTrack.Of(picture);
        Open(svg, picture, tracks);
        var top = PlotHeader.Write(svg, picture, tracks, Edge);
        if (tracks.Count == 0)
            WriteEmpty(svg, picture, top);
        else
            WritePlot(svg, picture, tracks, top);
        svg.Raw("</svg>");
    }

    private static void Open(SvgWriter svg, PlotPicture picture, IReadOnlyList<PlotTrack> tracks)
    {
        // The role "img" hides the content from assistive technology, so it must not be used if the plot has links.
        var role = tracks.Any(t => t.HasLinks) ? "group" : "img";
        svg.Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"paddock-plot\" role=\"{role}\"");
        svg.Add(
            $" viewBox=\"0 0 {picture.Width} {picture.Height}\" width=\"{picture.Width}\" "
                + $"height=\"{picture.Height}\" aria-labelledby=\"{picture.Id}-title {picture.Id}-desc\">"
        );
        svg.Add($"<title id=\"{picture.Id}-title\">{picture.Title}</title>");
        svg.Add($"<desc id=\"{picture.Id}-desc\">{PlotFacts.Summary(picture, tracks)}</desc>");
        if (picture.Theme != PlotTheme.Page)
        {
            svg.Raw("<style>");
            // Needs no escaping: the style has no user input, and in an element's text only < and & are markup.
            svg.Raw(PlotStyle.Standalone(picture.Theme));
            svg.Raw("</style>");
        }
        svg.Raw("<rect class=\"paper\" width=\"100%\" height=\"100%\"/>");
    }

    private static void WriteEmpty(SvgWriter svg, PlotPicture picture, double top)
    {
        var time = picture.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        var middle = (top + picture.Height) / 2;
        svg.Add(
            $"<rect class=\"grid\" stroke-dasharray=\"4 6\" x=\"{Edge}\" y=\"{top}\" "
                + $"width=\"{picture.Width - 2 * Edge}\""
        );
        svg.Add($" height=\"{Math.Max(picture.Height - top - Edge, 0)}\" rx=\"6\"/>");
        svg.Add(
            $"<text class=\"muted\" x=\"{picture.Width / 2.0}\" y=\"{middle}\" text-anchor=\"middle\" font-size=\"16\">"
        );
        svg.Add($"No Data Found: {time}</text>");
    }

    private static void WritePlot(
        SvgWriter svg,
        PlotPicture picture,
        IReadOnlyList<PlotTrack> tracks,
        double headerBottom
    )
    {
        var legend = PlotLegend.Of(picture, tracks, picture.Width - 2 * Edge, (picture.Height - headerBottom) * 0.45);
        var top = headerBottom + 24;
        var bottom = Math.Max(picture.Height - Edge - legend.Height - 48, top + PlotHeightMin);

        var measures = tracks.Select(t => t.Line.Measure).Distinct().ToList();
        // A third measure shares the left axis, as in v0.
        bool IsRight(PlotTrack track) => measures.IndexOf(track.Line.Measure) == 1;
        var leftAxis = ValueAxis.Of([.. tracks.Where(t => !IsRight(t)).Select(t => t.Line)], picture, top, bottom);
        var rightAxis =
            measures.Count < 2
                ? null
                : ValueAxis.Of([.. tracks.Where(IsRight).Select(t => t.Line)], picture, top, bottom);

        var left = Edge + 10 + leftAxis.Ticks.Max(t => PlotText.Width(t.Label, 12));
        var right =
            picture.Width - Edge - (rightAxis is null ? 0 : 10 + rightAxis.Ticks.Max(t => PlotText.Width(t.Label, 12)));
        var positions = PositionAxis.Of(
            [.. tracks.Select(t => t.Line)],
            picture.XAxis,
            left,
            right,
            rightRoom: tracks.Count > 1 ? 30 : 12
        );

        var frame = new PlotFrame(left, right, top, bottom, Math.Max(ColumnMin, tracks.Count / LinesPerPixel));
        PlotGrid.Write(svg, frame, positions, leftAxis, rightAxis, Edge, picture.Width - Edge);
        foreach (var track in tracks)
            track.Place(positions, IsRight(track) ? rightAxis! : leftAxis);
        PlotLevels.WriteMarks(svg, picture, frame, positions);
        PlotMarks.Write(svg, picture, frame, tracks);
        foreach (var track in tracks)
            PlotLevels.Write(svg, track, positions, IsRight(track) ? rightAxis! : leftAxis);
        legend.Write(svg, Edge, bottom + 62);
    }
}

/// <summary>The area of the data, in pixels.</summary>
/// <param name="Column">
/// The width in pixels of a column. A line with more points than columns is reduced to one lowest and one highest point
/// in each column.
/// </param>
internal readonly record struct PlotFrame(double Left, double Right, double Top, double Bottom, double Column)
{
    public double Width => Right - Left;
}
