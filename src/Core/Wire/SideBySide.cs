using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// Unclear: too few values to tell. Differs: a difference beyond the noise, in a measure without a better direction.
/// </summary>
[JsonConverter(typeof(WordConverter<ComparedState>))]
public enum ComparedState
{
    Worse,
    Differs,
    Better,
    Unclear,
    Same,
    OnlyBase,
    OnlyHead,
}

/// <summary>One side of a comparison.</summary>
/// <param name="Name">The side as requested: a branch, a commit or a report.</param>
/// <param name="Report">Only where a report was requested.</param>
public sealed record ComparedSide(string Name, string Branch, Version Version, Guid? Report);

/// <summary>One benchmark, measure and testbed on both sides.</summary>
/// <param name="Base">The median of the base's values; null where it has none.</param>
/// <param name="BaseValues">How many reports the median is computed from.</param>
/// <param name="Effect">The head relative to the base: 0.08 is 8 % more.</param>
/// <param name="Interval">The 95 % interval; null where there are too few values.</param>
public sealed record ComparedResult(
    ComparedState State,
    string Benchmark,
    string Measure,
    string Units,
    string Testbed,
    double? Base,
    int BaseValues,
    double? Head,
    int HeadValues,
    double? Effect,
    EffectInterval? Interval,
    double? P
);

/// <summary>A comparison of two branches, commits or reports. Not in v0.</summary>
/// <param name="Sentence">"2 worse, 1 better, 40 the same."</param>
/// <param name="Results">The worst first.</param>
public sealed record SideBySide(
    ComparedSide Base,
    ComparedSide Head,
    string Sentence,
    int Worse,
    int Better,
    int Differs,
    int Unclear,
    int Same,
    int OnlyBase,
    int OnlyHead,
    IReadOnlyList<ComparedResult> Results
);
