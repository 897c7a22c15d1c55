using System.Text.Json.Serialization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
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

/// <summary>The result of <c>paddock compare</c>. Not in v0.</summary>
/// <param name="Pairs">How many pairs of base and head ran.</param>
/// <param name="Seed">The seed for the order within each pair.</param>
public sealed record ComparisonReport(
    ReportChanges? Changes,
    int Pairs,
    int Seed,
    IReadOnlyList<ComparedSeries> Results
);

/// <summary>
/// One benchmark and measure of a comparison, with both values of each pair; null where a run had no value.
/// </summary>
/// <param name="P">P of the exact sign-flip test.</param>
public sealed record ComparedSeries(
    string Benchmark,
    string Measure,
    string Units,
    ResultVerdict Verdict,
    double P,
    IReadOnlyList<double?> Base,
    IReadOnlyList<double?> Head
);

/// <summary>The result of <c>paddock backtest</c>. Not in v0.</summary>
/// <param name="Threshold">The alarms of the threshold beside the verdicts; null without one.</param>
public sealed record BacktestResult(
    int Series,
    int Results,
    BacktestAlarms Verdicts,
    BacktestAlarms? Threshold,
    IReadOnlyList<BacktestWeek> Weeks
);

/// <param name="Persist">Alarms after which the values stayed at the new level.</param>
/// <param name="Gone">Alarms after which they did not. For the rest, too few later values exist.</param>
public sealed record BacktestAlarms(int Raised, int Persist, int Gone);

public sealed record BacktestWeek(DateOnly Monday, int Results, BacktestAlarms Verdicts, BacktestAlarms? Threshold);

/// <summary>A project's settings for verdicts. Not in v0.</summary>
/// <param name="Alarms">
/// Accepted false alarms in four weeks. A lower number makes proofs by waiting rarer and later.
/// </param>
/// <param name="MinimumEffect">The smallest relative change that verdicts report.</param>
/// <param name="ReproducedFails">
/// True when a regression that reruns in place reproduced fails a job before it is proven.
/// </param>
/// <param name="BesideThresholds">True when verdicts also alert for series that a threshold judges.</param>
/// <param name="ConfirmingJobs">
/// True when runners run base and head in turns after a job's report suspects a change.
/// </param>
/// <param name="Measures">The measures with their own settings.</param>
public sealed record VerdictSettings(
    double Alarms,
    double MinimumEffect,
    bool ReproducedFails,
    bool BesideThresholds,
    bool ConfirmingJobs,
    IReadOnlyList<MeasureVerdicts> Measures,
    FourWeeks FourWeeks
);

/// <summary>Counts of the verdicts in the last four weeks.</summary>
/// <param name="SeriesCommits">How many results were judged.</param>
/// <param name="Proven">How many changes for the worse were proven.</param>
/// <param name="Dismissed">How many of the proven changes a person dismissed: the false alarms.</param>
/// <param name="Refuted">How many suspicions were refuted by reruns or pairs.</param>
public sealed record FourWeeks(long SeriesCommits, long Proven, long Dismissed, long Refuted);

/// <summary>How one measure is judged.</summary>
/// <param name="Direction">The direction that was set, or a guess from the units.</param>
/// <param name="MinimumEffect">Null for the project's setting.</param>
public sealed record MeasureVerdicts(
    Guid Measure,
    string Name,
    string Slug,
    [property: JsonConverter(typeof(WordConverter<Direction>))] Direction Direction,
    bool IsGuessed,
    double? MinimumEffect
);

/// <summary>Changes settings. Absent members keep their values.</summary>
/// <param name="Measures">
/// Settings by measure. Each replaces all settings of the measure; an empty one resets them.
/// </param>
public sealed record VerdictSettingsPatch(
    double? Alarms = null,
    double? MinimumEffect = null,
    bool? ReproducedFails = null,
    bool? BesideThresholds = null,
    bool? ConfirmingJobs = null,
    Dictionary<NameId<ResourceName>, NewMeasureVerdicts>? Measures = null
);

public sealed record NewMeasureVerdicts(
    [property: JsonConverter(typeof(WordConverter<Direction>))] Direction? Direction = null,
    double? MinimumEffect = null
);

/// <summary>Slower: the values got worse. Faster: they got better.</summary>
[JsonConverter(typeof(WordConverter<ChangeVerdict>))]
public enum ChangeVerdict
{
    Slower,
    Faster,
}

/// <summary>
/// Open: the change holds. Accepted: a person took the new level as normal. Dismissed: a person found the change wrong.
/// Returned: the values came back. Refuted: a rerun showed no change. Settled: good news that some reports told and
/// that is normal by now. Merged: later values showed that its series belong to other changes.
/// </summary>
[JsonConverter(typeof(WordConverter<ChangeState>))]
public enum ChangeState
{
    Open,
    Accepted,
    Dismissed,
    Returned,
    Refuted,
    Settled,
    Merged,
}

/// <summary>The states that a person can set.</summary>
[JsonConverter(typeof(WordConverter<ChangePatchState>))]
public enum ChangePatchState
{
    Open,
    Accepted,
    Dismissed,
}

/// <summary>The benchmarks of a branch that became slower, or faster, at one commit.</summary>
/// <param name="Sentence">"2 benchmarks are slower since a2ec63d: ..."</param>
/// <param name="Since">The first version with the changed values.</param>
/// <param name="Report">The first report that proved the change, unless it was deleted.</param>
/// <param name="Count">How many series changed.</param>
/// <param name="Effect">The relative effect on the series that changed most.</param>
/// <param name="Measured">
/// When the first version with the changed values was first measured; absent where its reports were deleted.
/// </param>
/// <param name="Note">The note of the person who accepted or dismissed it.</param>
/// <param name="Series">The series that changed, most first; absent in lists.</param>
/// <param name="Events">The change's events, in order; absent in lists.</param>
public sealed record Change(
    Guid Uuid,
    Guid Project,
    ChangeVerdict Verdict,
    ChangeState State,
    string Sentence,
    ChangeBranch Branch,
    Version Since,
    Guid? Report,
    uint Count,
    double? Effect,
    string? Note,
    PublicUser? User,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Measured = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChangedSeries>? Series = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChangeEntry>? Events = null
);

/// <param name="Head">The head on which the change was found.</param>
public sealed record ChangeBranch(Guid Uuid, string Name, string Slug, Guid Head);

/// <summary>One series of a change.</summary>
/// <param name="Before">The median before the change.</param>
/// <param name="After">The median since the change.</param>
/// <param name="Effect">The relative effect; null where <paramref name="Before"/> is 0.</param>
/// <param name="Proof">How it was proven: pairs, repeats, waiting, equal.</param>
/// <param name="P">
/// P of the test that proved it; null where a young series moved so far that no test was needed.
/// </param>
public sealed record ChangedSeries(
    Benchmark Benchmark,
    Measure Measure,
    Testbed Testbed,
    ChangeState State,
    Version Since,
    double Before,
    double After,
    double? Effect,
    EffectInterval Interval,
    [property: JsonConverter(typeof(WordConverter<Proof>))] Proof Proof,
    double? P,
    string Sentence
);

/// <summary>An event of a change.</summary>
/// <param name="Count">How many of the change's series the event is about.</param>
/// <param name="Former">For a change that moved: the version since which it was reported before.</param>
/// <param name="Other">The change to which series went in a split, or from which they came in a merge.</param>
public sealed record ChangeEntry(
    [property: JsonConverter(typeof(WordConverter<EventKind>))] EventKind Kind,
    uint Count,
    Guid? Report,
    PublicUser? User,
    string? Note,
    DateTimeOffset Created,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Version? Former = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Other = null
);

/// <summary>
/// An event for clients that watch a project's changes: what happened to a change, and its state now.
/// </summary>
public sealed record ChangeNews(
    Guid Uuid,
    [property: JsonConverter(typeof(WordConverter<EventKind>))] EventKind Kind,
    ChangeState State
);

/// <summary>Accepts or dismisses a change, or opens it again.</summary>
public sealed record ChangePatch(ChangePatchState? State = null, string? Note = null);
