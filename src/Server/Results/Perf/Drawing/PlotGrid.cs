using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Draws the grid lines, their labels and the titles of the axes.</summary>
internal static class PlotGrid
{
    public static void Write(
        SvgWriter svg,
        PlotFrame frame,
        PositionAxis positions,
        ValueAxis left,
        ValueAxis? right,
        double edge,
        double rightEdge
    )
    {
        var (width, height) = (frame.Right - frame.Left, frame.Bottom - frame.Top);
        svg.Raw("<g aria-hidden=\"true\"><path class=\"grid\" d=\"");
        foreach (var tick in left.Ticks)
            svg.Add($"M{frame.Left} {left.Scale.At(tick.At)}h{width}");
        svg.Add($"\"/><path class=\"axis\" d=\"M{frame.Left} {frame.Bottom}h{width}");
        foreach (var tick in positions.Ticks)
            svg.Add($"M{positions.Scale.At(tick.At)} {frame.Bottom}v5");
        if (right is not null)
        {
            svg.Add($"M{frame.Right} {frame.Top}v{height}");
            foreach (var tick in right.Ticks)
                svg.Add($"M{frame.Right} {right.Scale.At(tick.At)}h5");
        }
        svg.Raw("\"/><g class=\"muted\" font-size=\"12\">");

        foreach (var tick in left.Ticks)
            svg.Add(
                $"<text class=\"muted\" text-anchor=\"end\" x=\"{frame.Left - 8}\" "
                    + $"y=\"{left.Scale.At(tick.At) + 4}\">{tick.Label}</text>"
            );
        foreach (var tick in right?.Ticks ?? [])
            svg.Add(
                $"<text class=\"muted\" x=\"{frame.Right + 9}\" "
                    + $"y=\"{right!.Scale.At(tick.At) + 4}\">{tick.Label}</text>"
            );
        foreach (var tick in positions.Ticks)
            Label(svg, positions.Scale.At(tick.At), tick, frame);

        var half = width / (right is null ? 1 : 2.1);
        svg.Add($"<text x=\"{edge}\" y=\"{frame.Top - 14}\">{PlotText.Fit(left.Title, 12, half)}</text>");
        if (right is not null)
            svg.Add(
                $"<text text-anchor=\"end\" x=\"{rightEdge}\" "
                    + $"y=\"{frame.Top - 14}\">{PlotText.Fit(right.Title, 12, half)}</text>"
            );
        var title = positions.Kind == XAxis.Version ? "Version" : "Time (UTC)";
        svg.Add(
            $"<text class=\"muted\" text-anchor=\"end\" x=\"{frame.Right}\" "
                + $"y=\"{frame.Bottom + 36}\">{title}</text></g></g>"
        );
    }

    private static void Label(SvgWriter svg, double x, PlotTick tick, PlotFrame frame)
    {
        var half = PlotText.Width(tick.Label, 12) / 2;
        var middle = Math.Clamp(x, half, Math.Max(frame.Right + 14 - half, half)); // Inside the picture.
        svg.Add(
            $"<text class=\"muted\" text-anchor=\"middle\" x=\"{middle}\" y=\"{frame.Bottom + 19}\">{tick.Label}</text>"
        );
        if (tick.Context is { } context && x < frame.Right - 130) // The axis title is at the end.
            svg.Add(
                $"<text class=\"muted\" text-anchor=\"middle\" x=\"{x}\" "
                    + $"y=\"{frame.Bottom + 36}\">{context}</text>"
            );
    }
}
