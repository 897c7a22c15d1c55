using System.Text.Json.Serialization;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Wire;

/// <summary>A range of relative effects: 0.08 is 8 % more.</summary>
public sealed record EffectInterval(double? Lower, double? Upper);

/// <summary>The verdict on one series of a report. Not in v0.</summary>
/// <param name="Sentence">The verdict in words.</param>
/// <param name="Median">The median of the values that the newest one is compared with.</param>
/// <param name="Effect">
/// How much the values rose or fell, relative to before. Only for a proven or suspected change.
/// </param>
/// <param name="Since">The first version with the changed values.</param>
/// <param name="Change">The change that the verdict is about.</param>
/// <param name="IsInherited">True when the change is older than the branch: it does not fail the branch's jobs.</param>
/// <param name="IsAlerting">
/// False when a threshold judges the series, or when the benchmark's name asks for no alerts: the verdict is then only
/// shown.
/// </param>
/// <param name="Sees">The smallest relative change that would be proven within 3 runs.</param>
/// <param name="SeesLater">The smallest relative change that would be proven within 12 runs.</param>
/// <param name="Spread">The relative robust standard deviation of the values.</param>
/// <param name="RunsMissing">How many more runs until a change of 5 % can be seen.</param>
/// <param name="Reruns">Reruns in place that are wanted, or their outcome.</param>
/// <param name="Environment">Set when the previous value was measured on another kind of machine.</param>
/// <param name="TwoLevels">The levels between which the values alternate; null where they do not.</param>
/// <param name="Direction">Direction of a suspected change: slower or faster.</param>
public sealed record ResultVerdict(
    [property: JsonConverter(typeof(WordConverter<VerdictState>))] VerdictState State,
    string Sentence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Median = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Before = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? After = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Effect = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EffectInterval? Interval = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Version? Since = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Change = null,
    bool IsInherited = false,
    bool IsAlerting = true,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Sees = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SeesLater = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Spread = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RunsMissing = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ResultReruns? Reruns = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OtherMachine? Environment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TwoLevels? TwoLevels = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChangeVerdict? Direction = null
)
{
    /// <summary>True when the verdict fails a job that fails on alerts.</summary>
    [JsonIgnore]
    public bool Fails =>
        IsAlerting
        && (
            State == VerdictState.Slower
                ? !IsInherited
                : this is { State: VerdictState.Suspected, Reruns: { State: RerunState.Reproduced, Fails: true } }
        );
}

/// <summary>
/// The two levels of values that alternate without a change of the code: two kinds of machine, or two layouts of the
/// same code. Not in v0.
/// </summary>
public sealed record TwoLevels(double Low, double High);

/// <summary>Set when a series was measured on another kind of machine than before. Not in v0.</summary>
/// <param name="Sentence">"CPU changed from X to Y".</param>
/// <param name="Kinds">How many kinds of machine the series was measured on.</param>
public sealed record OtherMachine(string Sentence, int Kinds);

/// <summary>The summary of a report's verdicts. Not in v0.</summary>
/// <param name="Sentence">
/// The answer in one line: what is slower since when, or that nothing is slower and which change would have been seen.
/// </param>
/// <param name="Slower">How many series are slower, including those that were slower before the branch began.</param>
/// <param name="Failing">How many of the slower series fail a job that fails on alerts.</param>
/// <param name="Sees">
/// The smallest relative change that would have been seen in every series that can be judged.
/// </param>
/// <param name="Reruns">
/// How many reruns in place would tell whether the suspicions reproduce; absent where reruns would not tell.
/// </param>
/// <param name="Confirmation">The confirming job of the report, if any.</param>
/// <param name="RerunsToken">
/// The bearer token for sending this report's reruns, valid for at most a day. Only in the answer to a run without a
/// credential.
/// </param>
public sealed record ReportChanges(
    string Sentence,
    uint Slower,
    uint Faster,
    uint Suspected,
    uint Failing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Sees = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Reruns = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReportConfirmation? Confirmation = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RerunsToken = null
);

/// <summary>The job that runs base and head in turns, to confirm or refute a report's suspicions. Not in v0.</summary>
/// <param name="Job">The head's job, where the runner does not support pairs and each side has its own job.</param>
/// <param name="Base">The version that the head is compared with, unless its report was deleted.</param>
public sealed record ReportConfirmation(
    Guid Job,
    ConfirmationState State,
    int Pairs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Version? Base = null
);
