namespace Paddock.Core.Adapters;

/// <summary>One measured value, in the units of its measure, with the bounds that the harness gave; no order among the three is promised.</summary>
public readonly record struct Metric(double Value, double? LowerValue = null, double? UpperValue = null);
