using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>One of the two value axes, in the units of the first line measured on it.</summary>
internal sealed record ValueAxis(string Title, Units Units, PlotScale Scale, IReadOnlyList<PlotTick> Ticks)
{
    private const double NumberMax = 1e300; // Larger values overflow the range.
    private const double PositiveMin = 1e-300; // Smaller values overflow a logarithmic range.
    private const double LogarithmicFrom = 10;

    /// <summary>
    /// The share of limits that may lie outside the axis. The first limits of a history can be so wide that they
    /// flatten everything else.
    /// </summary>
    private const double LimitsOutside = 0.05;

    public double At(double value) => Scale.At(Math.Clamp(value, -NumberMax, NumberMax) / Units.Factor);

    public static ValueAxis Of(IReadOnlyList<PlotLine> lines, PlotPicture picture, double top, double bottom)
    {
        var (low, high, smallest) = Range(lines, picture);
        var units = Units.Scale(lines[0].Units, smallest);
        (low, high) = (low / units.Factor, high / units.Factor);

        // Pads as v0's images do: the line touches neither edge, and a line without negative values gets no room below
        // zero.
        var span = high - low;
        if (span <= Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9 || span < 1e-290)
            span = Math.Max(Math.Abs(high) / 2, high == 0 ? 1 : 1e-280);
        var (from, to) = (low - 0.08 * span, high + 0.04 * span);
        if (low == high)
            (from, to) = (low - span / 4, high + span / 4);
        if (low >= 0)
            from = Math.Max(from, 0);

        var isLog = picture.YAxis switch
        {
            YAxis.Linear => false,
            YAxis.Log => true,
            YAxis.Auto => low > 0 && to >= LogarithmicFrom * from,
        };
        if (isLog)
        {
            var least = smallest / units.Factor; // Positive, or a logarithmic axis can show nothing.
            isLog = least > 0;
            if (isLog)
                (from, to) = Around(Math.Max(least, low), high);
        }
        var count = (int)Math.Clamp(Math.Round((bottom - top) / 65), 2, 7);
        var ticks = isLog ? PlotTicks.Logarithmic(from, to, count) : PlotTicks.Linear(from, to, count);
        return new($"{lines[0].Measure}: {units.Text}", units, new(from, to, bottom, top, isLog), ticks);
    }

    private static (double From, double To) Around(double low, double high)
    {
        (low, high) = (Math.Max(low, PositiveMin), Math.Max(high, PositiveMin));
        var ratio = low == high ? 2 : Math.Exp((Math.Log(high) - Math.Log(low)) * 0.06);
        return (Math.Max(low / ratio, PositiveMin / 10), Math.Min(high * ratio, NumberMax * 10));
    }

    private static (double Low, double High, double SmallestPositive) Range(
        IReadOnlyList<PlotLine> lines,
        PlotPicture picture
    )
    {
        var (low, high, smallest) = (double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity);
        List<double> lower = [],
            upper = [];
        foreach (var line in lines)
        {
            foreach (ref readonly var point in line.Points.Span)
            {
                Include(point.Value);
                if (picture.LowerValue && point.LowerValue is { } lowerValue)
                    Include(lowerValue);
                if (picture.UpperValue && point.UpperValue is { } upperValue)
                    Include(upperValue);
                if (picture.LowerBoundary && point.Boundary.LowerLimit is { } lowerLimit)
                    lower.Add(lowerLimit);
                if (picture.UpperBoundary && point.Boundary.UpperLimit is { } upperLimit)
                    upper.Add(upperLimit);
            }
        }
        lower.Sort();
        upper.Sort();
        if (lower.Count > 0)
            Include(lower[(int)(lower.Count * LimitsOutside)]);
        if (upper.Count > 0)
            Include(upper[upper.Count - 1 - (int)(upper.Count * LimitsOutside)]);
        return (low, high, double.IsFinite(smallest) ? smallest : 0);

        void Include(double number)
        {
            number = Math.Clamp(number, -NumberMax, NumberMax);
            low = Math.Min(low, number);
            high = Math.Max(high, number);
            if (number > 0)
                smallest = Math.Min(smallest, number);
        }
    }
}

/// <summary>The horizontal axis: time or version.</summary>
internal sealed record PositionAxis(XAxis Kind, PlotScale Scale, IReadOnlyList<PlotTick> Ticks)
{
    private static readonly double Earliest = new DateTimeOffset(
        2,
        1,
        1,
        0,
        0,
        0,
        TimeSpan.Zero
    ).ToUnixTimeMilliseconds();
    private static readonly double Latest = new DateTimeOffset(
        9990,
        1,
        1,
        0,
        0,
        0,
        TimeSpan.Zero
    ).ToUnixTimeMilliseconds();

    public double At(in PlotPoint point) => Scale.At(Number(Kind, point));

    /// <param name="rightRoom">The pixels to leave free at the right end.</param>
    public static PositionAxis Of(
        IReadOnlyList<PlotLine> lines,
        XAxis kind,
        double left,
        double right,
        double rightRoom
    )
    {
        var (from, to) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var line in lines)
        {
            foreach (ref readonly var point in line.Points.Span)
            {
                var number = Number(kind, point);
                from = Math.Min(from, number);
                to = Math.Max(to, number);
            }
        }
        if (from == to) // A single report is centered in an hour, or between two versions.
        {
            var around = kind == XAxis.Version ? 1 : TimeSpan.FromMinutes(30).TotalMilliseconds;
            (from, to) = (from - around, to + around);
        }
        var perPixel = (to - from) / Math.Max(right - left - rightRoom - 8, 1);
        (from, to) = (from - 8 * perPixel, to + rightRoom * perPixel);
        if (kind == XAxis.DateTime)
            (from, to) = (Math.Max(from, Earliest), Math.Min(to, Latest));

        var count = (int)Math.Clamp(Math.Round((right - left) / 110), 2, 8);
        var ticks = kind == XAxis.Version ? PlotTicks.Versions(from, to, count) : PlotTicks.Times(from, to, count);
        return new(kind, new(from, to, left, right), ticks);
    }

    public static double Number(XAxis kind, in PlotPoint point) =>
        kind switch
        {
            XAxis.Version => point.Version,
            XAxis.DateTime => Math.Clamp(point.Time.ToUnixTimeMilliseconds(), Earliest, Latest),
        };
}
