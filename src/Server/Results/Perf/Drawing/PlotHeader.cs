namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Draws the title and, below it, the names that all lines share.</summary>
internal static class PlotHeader
{
    private const double TitleSize = 22;
    private const double TitleSizeMin = 14;
    private const double Bold = 1.14; // How much wider bold text is than plain text.

    /// <summary>Returns the lower edge of the header.</summary>
    public static double Write(SvgWriter svg, PlotPicture picture, IReadOnlyList<PlotTrack> tracks, double edge)
    {
        var room = picture.Width - 2 * edge;
        var size = Math.Clamp(
            TitleSize * room / PlotText.Width(picture.Title, TitleSize * Bold),
            TitleSizeMin,
            TitleSize
        );
        var bottom = edge + 22;
        var title = PlotText.Fit(picture.Title, size * Bold, room);
        svg.Add(
            $"<text class=\"title\" aria-hidden=\"true\" x=\"{edge}\" y=\"{bottom}\" "
                + $"font-size=\"{size}\">{title}</text>"
        );

        var shared = PlotNames.Shared(tracks);
        if (shared.Count > 0)
        {
            bottom += 22;
            var names = PlotText.Fit(string.Join("  ·  ", shared), 13, room);
            svg.Add($"<text class=\"muted\" aria-hidden=\"true\" x=\"{edge}\" y=\"{bottom}\">{names}</text>");
        }
        return bottom + 14;
    }
}

/// <summary>Selects those of a line's four names that distinguish it from the other lines.</summary>
internal static class PlotNames
{
    private static readonly Func<PlotLine, string>[] Parts =
    [
        l => l.Branch,
        l => l.Testbed,
        l => l.Benchmark,
        l => l.Measure,
    ];

    /// <summary>The names that all lines share, which the header shows once.</summary>
    public static IReadOnlyList<string> Shared(IReadOnlyList<PlotTrack> tracks) =>
        tracks.Count == 0 ? [] : [.. Parts.Where(part => IsShared(part, tracks)).Select(part => part(tracks[0].Line))];

    /// <summary>The names that differ; all four names if none differs, as between two heads of a branch.</summary>
    public static string Own(PlotLine line, IReadOnlyList<PlotTrack> tracks)
    {
        var own = Parts.Where(part => !IsShared(part, tracks)).Select(part => part(line)).ToList();
        return string.Join("  ·  ", own.Count > 0 ? own : Parts.Select(part => part(line)));
    }

    private static bool IsShared(Func<PlotLine, string> part, IReadOnlyList<PlotTrack> tracks) =>
        tracks.All(t => part(t.Line) == part(tracks[0].Line));
}
