namespace Paddock.Core.Adapters;

/// <summary>One measured value, in the units of its measure, with the bounds that the harness gave; no order among the three is promised.</summary>
public readonly record struct Metric(double Value, double? LowerValue = null, double? UpperValue = null)
{
    /// <summary>Whether its numbers can be stored. A conversion of units may leave the range of a double.</summary>
    internal bool IsFinite => double.IsFinite(Value) && double.IsFinite(LowerValue ?? 0) && double.IsFinite(UpperValue ?? 0);
}
