namespace Paddock.Core.Adapters;

/// <summary>
/// One measured value in the units of its measure, with the bounds that the harness gave. Bounds and value are not
/// guaranteed to be in order.
/// </summary>
public readonly record struct Metric(double Value, double? LowerValue = null, double? UpperValue = null)
{
    /// <summary>A value with the same distance to both bounds.</summary>
    internal static Metric Around(double value, double margin) => new(value, value - margin, value + margin);

    /// <summary>Converts the metric to a unit of which <paramref name="scale"/> make one of the current unit.</summary>
    internal Metric Times(double scale) => new(Value * scale, LowerValue * scale, UpperValue * scale);

    /// <summary>A value with a margin, if a margin is given.</summary>
    internal static Metric Around(double value, double? margin) =>
        margin is { } known ? Around(value, known) : new(value);

    /// <summary>True when all numbers can be stored. A conversion of units may overflow a double.</summary>
    internal bool IsFinite =>
        double.IsFinite(Value) && double.IsFinite(LowerValue ?? 0) && double.IsFinite(UpperValue ?? 0);
}
