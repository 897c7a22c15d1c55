using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Path data from places. NaN is a gap.</summary>
internal static class PlotTrace
{
    /// <summary>Pixels that share one lowest and one highest point where a line has more points than that.</summary>
    private const double Column = 2;

    /// <summary>
    /// A line through the places; where they are denser than pixels, through the extremes of each column.
    /// </summary>
    /// <param name="stub">Half the length of what is drawn for a place between two gaps.</param>
    public static void Line(SvgWriter svg, ReadOnlySpan<double> x, ReadOnlySpan<double> y, PlotFrame frame, double stub)
    {
        var isDense = x.Length > frame.Width;
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
            else if (isDense)
                Extremes(ref pen, x[start..end], y[start..end]);
            else
                for (var i = start; i < end; i++)
                    pen.To(x[i], y[i]);
            start = end;
        }
    }

    /// <summary>The area between two lines, wherever both are; as far as it reaches in each column.</summary>
    public static void Area(
        SvgWriter svg,
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> low,
        ReadOnlySpan<double> high,
        PlotFrame frame
    )
    {
        var isDense = x.Length > frame.Width;
        for (var start = 0; start < x.Length; start++)
        {
            if (double.IsNaN(low[start]) || double.IsNaN(high[start]))
                continue;
            var end = start + 1;
            while (end < x.Length && !double.IsNaN(low[end]) && !double.IsNaN(high[end]))
                end++;
            var pen = new Pen(svg);
            for (var i = start; i < end; i = Next(x, i, end, isDense))
                pen.To(x[i], Farthest(high[i..Next(x, i, end, isDense)], isUp: true));
            for (var i = end - 1; i >= start; )
            {
                var first = Previous(x, i, start, isDense);
                pen.To(x[first], Farthest(low[first..(i + 1)], isUp: false));
                i = first - 1;
            }
            if (end - start > 1)
                svg.Raw("z");
            start = end;
        }
    }

    /// <summary>A dot at each place, by the round caps of strokes without length.</summary>
    public static void Dots(SvgWriter svg, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        for (var i = 0; i < x.Length; i++)
            svg.Add($"M{x[i]} {y[i]}h0");
    }

    private static void Extremes(ref Pen pen, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        pen.To(x[0], y[0]);
        for (int start = 0, end; start < x.Length; start = end)
        {
            end = Next(x, start, x.Length, isDense: true);
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

    private static int Next(ReadOnlySpan<double> x, int start, int end, bool isDense)
    {
        var next = start + 1;
        if (isDense)
            for (var column = Math.Floor(x[start] / Column); next < end && Math.Floor(x[next] / Column) == column; )
                next++;
        return next;
    }

    private static int Previous(ReadOnlySpan<double> x, int from, int start, bool isDense)
    {
        var first = from;
        if (isDense)
            for (
                var column = Math.Floor(x[from] / Column);
                first > start && Math.Floor(x[first - 1] / Column) == column;

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
    /// Writes steps from tenth to tenth of a pixel: the errors of rounding do not add up, and most steps are three
    /// characters.
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
                    svg.Raw(" "); // A minus sets numbers apart by itself.
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
