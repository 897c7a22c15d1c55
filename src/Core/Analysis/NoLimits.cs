using System.Text.Json.Serialization;
using Paddock.Core.Wire;

namespace Paddock.Core.Analysis;

/// <summary>
/// Why a model yielded no limits. The words are part of the API; the numbers are stored, so a new reason goes to the
/// end.
/// </summary>
[JsonConverter(typeof(WordConverter<NoLimits>))]
public enum NoLimits
{
    /// <summary>Fewer values than the model's minimum, or than its test can use.</summary>
    TooLittleHistory,

    /// <summary>All values are equal, so there is no deviation to multiply.</summary>
    NoSpread,

    /// <summary>The test takes logarithms, and a value is 0 or negative.</summary>
    NotPositive,

    /// <summary>A relative step begins at 0, so its size is undefined.</summary>
    StepFromZero,

    /// <summary>A limit exceeds the range of a double.</summary>
    OutOfRange,
}
