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
/// The baseline and limits of a value, in the units of its measure. All numbers are finite; all are null where no
/// limits could be computed.
/// </summary>
public readonly record struct Boundary(double? Baseline = null, double? LowerLimit = null, double? UpperLimit = null)
{
    /// <summary>
    /// The side on which <paramref name="value"/> lies strictly beyond a limit. Lower is checked first, as the limits
    /// of a negative mean may be crossed.
    /// </summary>
    public BoundaryLimit? Violation(double value) =>
        value < LowerLimit ? BoundaryLimit.Lower
        : value > UpperLimit ? BoundaryLimit.Upper
        : null;
}
