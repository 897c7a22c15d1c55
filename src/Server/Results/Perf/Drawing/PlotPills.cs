using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Draws the number of a line on its color, for readers who cannot tell the colors apart.</summary>
internal static class PlotPills
{
    private const double Gap = 18;
    private const double LeaderMax = 40;

    /// <param name="x">The center, as is <paramref name="y"/>.</param>
    public static void Pill(SvgWriter svg, int index, double x, double y)
    {
        svg.Add(
            $"<rect x=\"{x - 10}\" y=\"{y - 8}\" width=\"20\" height=\"16\" rx=\"5\" "
                + $"fill=\"{PlotStyle.Colour(index)}\"/>"
        );
        svg.Add(
            $"<text class=\"pill{(PlotStyle.IsDeep(index) ? " deep" : "")}\" x=\"{x}\" y=\"{y + 4}\">{index + 1}</text>"
        );
    }

    /// <summary>
    /// Draws a pill beside the newest point of each line. Pills of lines with close ends are moved apart.
    /// </summary>
    public static void AtEnds(SvgWriter svg, PlotFrame frame, IReadOnlyList<PlotTrack> tracks)
    {
        if (tracks.Count * Gap > frame.Bottom - frame.Top)
            return; // The legend shows the numbers, too.
        var lane = frame.Right - 11;
        var atLane = tracks.Where(t => lane - t.X[^1] <= LeaderMax).OrderBy(t => t.Y[^1]).ToList();
        var places = atLane.Select(t => t.Y[^1]).ToArray();
        for (var i = 1; i < places.Length; i++)
            places[i] = Math.Max(places[i], places[i - 1] + Gap);
        var floor = frame.Bottom - 8;
        for (var i = places.Length - 1; i >= 0; i--)
            floor = (places[i] = Math.Min(places[i], floor)) - Gap;

        for (var i = 0; i < atLane.Count; i++)
        {
            var track = atLane[i];
            svg.Add($"<path d=\"M{track.X[^1]} {track.Y[^1]}L{lane - 10} {places[i]}\"");
            svg.Add($" stroke=\"{PlotStyle.Colour(track.Index)}\" stroke-opacity=\".5\"/>");
            Pill(svg, track.Index, lane, places[i]);
        }
        foreach (var track in tracks.Except(atLane))
            Pill(svg, track.Index, track.X[^1] + 17, track.Y[^1]);
    }
}
