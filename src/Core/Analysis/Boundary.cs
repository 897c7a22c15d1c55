using System.Text.Json.Serialization;
using Paddock.Core.Wire;

namespace Paddock.Core.Analysis;

/// <summary>The side on which a value left its limits.</summary>
[JsonConverter(typeof(WordConverter<BoundaryLimit>))]
public enum BoundaryLimit
{
    Lower,
    Upper,
}

/// <summary>
/// What a value is held against, in the units of its measure; every number is finite, all null where no limits could be
/// computed.
/// </summary>
public readonly record struct Boundary(double? Baseline = null, double? LowerLimit = null, double? UpperLimit = null)
{
    /// <summary>
    /// The side that <paramref name="value"/> is strictly beyond; lower first, as the limits of a negative mean may be
    /// crossed.
    /// </summary>
    public BoundaryLimit? Violation(double value) =>
        value < LowerLimit ? BoundaryLimit.Lower
        : value > UpperLimit ? BoundaryLimit.Upper
        : null;
}
