namespace Paddock.Core.Adapters;

/// <summary>
/// One measured value, in the units of its measure, with the bounds that the harness gave; in no promised order.
/// </summary>
public readonly record struct Metric(double Value, double? LowerValue = null, double? UpperValue = null)
{
    /// <summary>A value as far from its lower bound as from its upper one.</summary>
    internal static Metric Around(double value, double margin) => new(value, value - margin, value + margin);

    /// <summary>The same in a unit of which it has so many times more.</summary>
    internal Metric Times(double scale) => new(Value * scale, LowerValue * scale, UpperValue * scale);

    /// <summary>A value with a margin, if there is one.</summary>
    internal static Metric Around(double value, double? margin) =>
        margin is { } known ? Around(value, known) : new(value);

    /// <summary>Whether its numbers can be stored. A conversion of units may leave the range of a double.</summary>
    internal bool IsFinite =>
        double.IsFinite(Value) && double.IsFinite(LowerValue ?? 0) && double.IsFinite(UpperValue ?? 0);
}
