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
    /// <summary>Fewer values than the model asks for, or than its test can use.</summary>
    TooLittleHistory,

    /// <summary>All values are equal, so there is no deviation to multiply.</summary>
    NoSpread,

    /// <summary>A logarithm is asked of a value that is 0 or negative.</summary>
    NotPositive,

    /// <summary>A relative step begins at 0, so that it has no size.</summary>
    StepFromZero,

    /// <summary>A limit is beyond what a number can hold.</summary>
    OutOfRange,
}
