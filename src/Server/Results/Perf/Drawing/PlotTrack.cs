using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>A line prepared for drawing: its points in the order of the axis, and then their coordinates.</summary>
internal sealed class PlotTrack
{
    private PlotTrack(PlotLine line, int index)
    {
        Line = line;
        Index = index;
        foreach (ref readonly var point in Points)
        {
            FirstTime = point.Time < FirstTime ? point.Time : FirstTime;
            LastTime = point.Time > LastTime ? point.Time : LastTime;
            HasLinks |= point.Link is not null || point.Alert?.Link is not null;
            HasLimits |= point.Boundary.LowerLimit is not null || point.Boundary.UpperLimit is not null;
            HasRange |= point.LowerValue is not null || point.UpperValue is not null;
            if (point.Alert is not { } alert)
                continue;
            if (alert.Status != AlertStatus.Active)
                PastAlerts++;
            else if (alert.Limit == BoundaryLimit.Upper)
                ActiveAbove++;
            else
                ActiveBelow++;
        }
    }

    public PlotLine Line { get; }

    /// <summary>The index from 0, which also selects the color.</summary>
    public int Index { get; }

    public ReadOnlySpan<PlotPoint> Points => Line.Points.Span;

    public DateTimeOffset FirstTime { get; } = DateTimeOffset.MaxValue;

    public DateTimeOffset LastTime { get; } = DateTimeOffset.MinValue;

    public bool HasLinks { get; }

    public bool HasLimits { get; }

    public bool HasRange { get; }

    public int ActiveAbove { get; }

    public int ActiveBelow { get; }

    /// <summary>The number of dismissed or silenced alerts.</summary>
    public int PastAlerts { get; }

    public double[] X { get; private set; } = [];

    public double[] Y { get; private set; } = [];

    private ValueAxis? Axis { get; set; }

    /// <summary>The tracks of the lines to draw; lines without values are left out.</summary>
    public static IReadOnlyList<PlotTrack> Of(PlotPicture picture) =>
        [
            .. picture
                .Lines.Where(l => l.Points.Length > 0)
                .Take(picture.LinesMax)
                .Select((l, i) => new PlotTrack(InOrder(l, picture.XAxis), i)),
        ];

    public void Place(PositionAxis positions, ValueAxis values)
    {
        Axis = values;
        (X, Y) = (new double[Points.Length], new double[Points.Length]);
        for (var i = 0; i < X.Length; i++)
            (X[i], Y[i]) = (positions.At(Points[i]), values.At(Points[i].Value));
    }

    /// <summary>Returns the coordinates of another number of each point; NaN for points without it.</summary>
    public double[] PlaceOf(PointNumber number)
    {
        var places = new double[Points.Length];
        for (var i = 0; i < places.Length; i++)
            places[i] = number(Points[i]) is { } given ? Axis!.At(given) : double.NaN;
        return places;
    }

    public delegate double? PointNumber(in PlotPoint point);

    // Sorts by the axis: reports may arrive late, so the order of versions may differ from that of time.
    private static PlotLine InOrder(PlotLine line, XAxis kind)
    {
        var points = line.Points.Span;
        var order = new (double Number, int Index)[points.Length];
        var isInOrder = true;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (PositionAxis.Number(kind, points[i]), i);
            isInOrder &= i == 0 || order[i - 1].Number <= order[i].Number;
        }
        if (isInOrder)
            return line;
        order.AsSpan().Sort(); // Equal numbers keep the order of their index.
        var sorted = new PlotPoint[order.Length];
        for (var i = 0; i < sorted.Length; i++)
            sorted[i] = points[order[i].Index];
        return line with { Points = sorted };
    }
}
