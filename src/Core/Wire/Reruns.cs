using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// Wanted: running the benchmark again at once would tell more. Reproduced: the reruns showed the suspicion again.
/// Refuted: they did not.
/// </summary>
[JsonConverter(typeof(WordConverter<RerunState>))]
public enum RerunState
{
    Wanted,
    Reproduced,
    Refuted,
}

/// <summary>Reruns of the benchmark in place: the same command, on the same machine, at once. Not in v0.</summary>
/// <param name="Count">How many are wanted or were made; absent in later reports of the same suspicion.</param>
/// <param name="Fails">True when, in this project, a reproduced regression fails a job before it is proven.</param>
/// <param name="Reports">
/// In how many further reports it must repeat to be proven; 0 where only pairs or more values can prove it.
/// </param>
/// <param name="Pairs">True when base and head ran in turns: in a confirming job or in <c>paddock compare</c>.</param>
public sealed record ResultReruns(
    RerunState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Count = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Reports = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Fails = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Pairs = null
);

/// <summary>The benchmarks of a report, measured again in place. Not in v0.</summary>
/// <param name="Runs">Each repeats the report's whole benchmark.</param>
public sealed record NewReruns(IReadOnlyList<Rerun> Runs);

/// <summary>Pairs of base and head, run in turns outside of a confirming job. Not in v0.</summary>
public sealed record NewPairs(IReadOnlyList<NewPair> Pairs);

/// <summary>One pair: each side ran the whole benchmark once, in random order.</summary>
public sealed record NewPair(Rerun Base, Rerun Head);

/// <summary>One rerun. Outputs, settings and context have the same meaning as in a run.</summary>
public sealed record Rerun(
    IReadOnlyList<Utf8Text> Results,
    ReportSettings? Settings = null,
    Dictionary<string, string>? Context = null
);
