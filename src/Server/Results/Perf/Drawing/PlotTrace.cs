using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Writes path data from coordinates. NaN is a gap.</summary>
internal static class PlotTrace
{
    /// <summary>
    /// Draws a line through the places. If they are denser than pixels, draws only the extremes of each column.
    /// </summary>
    /// <param name="stub">Half the length of the stroke for a single place between two gaps.</param>
    public static void Line(SvgWriter svg, ReadOnlySpan<double> x, ReadOnlySpan<double> y, PlotFrame frame, double stub)
    {
        var column = ColumnOf(x, frame);
        for (var start = 0; start < x.Length; start++)
        {
            if (double.IsNaN(y[start]))
                continue;
            var end = start + 1;
            while (end < x.Length && !double.IsNaN(y[end]))
                end++;
            var pen = new Pen(svg);
            if (end - start == 1)
            {
                pen.To(x[start] - stub, y[start]);
                pen.To(x[start] + stub, y[start]);
            }
            else if (column > 0)
                Extremes(ref pen, x[start..end], y[start..end], column);
            else
                for (var i = start; i < end; i++)
                    pen.To(x[i], y[i]);
            start = end;
        }
    }

    /// <summary>
    /// Draws the area between two lines wherever both have values, at its full extent in each column.
    /// </summary>
    public static void Area(
        SvgWriter svg,
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> low,
        ReadOnlySpan<double> high,
        PlotFrame frame
    )
    {
        var column = ColumnOf(x, frame);
        for (var start = 0; start < x.Length; start++)
        {
            if (double.IsNaN(low[start]) || double.IsNaN(high[start]))
                continue;
            var end = start + 1;
            while (end < x.Length && !double.IsNaN(low[end]) && !double.IsNaN(high[end]))
                end++;
            var pen = new Pen(svg);
            for (var i = start; i < end; i = Next(x, i, end, column))
                pen.To(x[i], Farthest(high[i..Next(x, i, end, column)], isUp: true));
            for (var i = end - 1; i >= start; )
            {
                var first = Previous(x, i, start, column);
                pen.To(x[first], Farthest(low[first..(i + 1)], isUp: false));
                i = first - 1;
            }
            if (end - start > 1)
                svg.Raw("z");
            start = end;
        }
    }

    /// <summary>Draws a dot at each place, as a zero-length stroke with round caps.</summary>
    public static void Dots(SvgWriter svg, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        for (var i = 0; i < x.Length; i++)
            svg.Add($"M{x[i]} {y[i]}h0");
    }

    /// <summary>
    /// The width in pixels of a column that is reduced to its lowest and highest point; 0 if the line has so few points
    /// that all are drawn.
    /// </summary>
    private static double ColumnOf(ReadOnlySpan<double> x, PlotFrame frame) =>
        x.Length > 2 * frame.Width / frame.Column ? frame.Column : 0;

    private static void Extremes(ref Pen pen, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double column)
    {
        pen.To(x[0], y[0]);
        for (int start = 0, end; start < x.Length; start = end)
        {
            end = Next(x, start, x.Length, column);
            var (lowest, highest) = (start, start);
            for (var i = start + 1; i < end; i++)
            {
                if (y[i] < y[lowest])
                    lowest = i;
                if (y[i] > y[highest])
                    highest = i;
            }
            var (first, second) = (Math.Min(lowest, highest), Math.Max(lowest, highest));
            pen.To(x[first], y[first]);
            if (second != first)
                pen.To(x[second], y[second]);
        }
        pen.To(x[^1], y[^1]);
    }

    private static int Next(ReadOnlySpan<double> x, int start, int end, double column)
    {
        var next = start + 1;
        if (column > 0)
            for (var place = Math.Floor(x[start] / column); next < end && Math.Floor(x[next] / column) == place; )
                next++;
        return next;
    }

    private static int Previous(ReadOnlySpan<double> x, int from, int start, double column)
    {
        var first = from;
        if (column > 0)
            for (
                var place = Math.Floor(x[from] / column);
                first > start && Math.Floor(x[first - 1] / column) == place;

            )
                first--;
        return first;
    }

    private static double Farthest(ReadOnlySpan<double> places, bool isUp)
    {
        var farthest = places[0];
        foreach (var place in places)
            farthest = isUp ? Math.Min(farthest, place) : Math.Max(farthest, place);
        return farthest;
    }

    /// <summary>
    /// Writes relative steps in tenths of a pixel. Steps between rounded positions accumulate no rounding errors, and
    /// most steps take three characters.
    /// </summary>
    private struct Pen(SvgWriter svg)
    {
        private (int X, int Y) last;
        private bool isDown;
        private bool isMoving;

        public void To(double x, double y)
        {
            var (nextX, nextY) = (SvgWriter.ToTenths(x), SvgWriter.ToTenths(y));
            if (!isDown)
                svg.Add($"M{x} {y}");
            else if (nextX != last.X || nextY != last.Y)
            {
                if (!isMoving)
                    svg.Raw("l");
                else if (nextX >= last.X)
                    svg.Raw(" "); // A minus sign separates numbers by itself.
                isMoving = true;
                svg.Tenths(nextX - last.X);
                if (nextY >= last.Y)
                    svg.Raw(" ");
                svg.Tenths(nextY - last.Y);
            }
            (last, isDown) = ((nextX, nextY), true);
        }
    }
}
