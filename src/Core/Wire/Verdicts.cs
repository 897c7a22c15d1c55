using System.Text.Json.Serialization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Wire;

/// <summary>A range of relative effects: 0.08 is 8 % more.</summary>
public sealed record EffectInterval(double? Lower, double? Upper);

/// <summary>What is said about one series of a report. Ours.</summary>
/// <param name="Sentence">The same in words.</param>
/// <param name="Median">Of the values that it is held against.</param>
/// <param name="Effect">How much the values rose or fell, relative to before: of what is proven or suspected.</param>
/// <param name="Since">The first version with the changed values.</param>
/// <param name="Change">The change that this belongs to.</param>
/// <param name="IsInherited">True where the branch began with the change: it does not fail its jobs.</param>
/// <param name="IsAlerting">False where a threshold judges the series, or the benchmark's name asks for no alerts: then
/// the verdict is only shown.</param>
/// <param name="Sees">The smallest relative change that would be proven within 3 runs.</param>
/// <param name="SeesLater">The same within 12 runs.</param>
/// <param name="Spread">The relative robust standard deviation.</param>
/// <param name="RunsMissing">How many more runs until a change of 5 % can be seen.</param>
/// <param name="Reruns">What running the benchmark again in place would tell, or has told.</param>
/// <param name="Environment">Where the value before was measured on another kind of machine.</param>
/// <param name="TwoLevels">The levels between which the values alternate, where they do.</param>
/// <param name="Direction">Of what is suspected: whether it would be slower or faster.</param>
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
    /// <summary>Whether a job that fails on alerts fails for this.</summary>
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
/// Values that alternate between two levels without a change of the code: two kinds of machine, or two layouts of the
/// same code. Ours.
/// </summary>
public sealed record TwoLevels(double Low, double High);

/// <summary>A series that was measured on another kind of machine than before. Ours.</summary>
/// <param name="Sentence">"CPU changed from X to Y".</param>
/// <param name="Kinds">How many kinds of machine the series is known on.</param>
public sealed record OtherMachine(string Sentence, int Kinds);

/// <summary>
/// Wanted: running the benchmark again at once would tell more. Reproduced: the reruns showed the same. Refuted: they
/// did not.
/// </summary>
[JsonConverter(typeof(WordConverter<RerunState>))]
public enum RerunState
{
    Wanted,
    Reproduced,
    Refuted,
}

/// <summary>Reruns of the benchmark in place: the same command, on the same machine, at once. Ours.</summary>
/// <param name="Count">How many are wanted or were made; absent in later reports of the same suspicion.</param>
/// <param name="Fails">Whether a reproduced regression fails a job in this project, before it is proven.</param>
/// <param name="Reports">In how many further reports it must repeat to be proven; 0 where only pairs or more values
/// can.</param>
/// <param name="Pairs">True where base and head ran in turns: a confirming job or <c>paddock compare</c>.</param>
public sealed record ResultReruns(
    RerunState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Count = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Reports = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Fails = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Pairs = null
);

/// <summary>The benchmarks of a report, measured again in place. Ours.</summary>
/// <param name="Runs">Each is the whole benchmark once more, as the report has it.</param>
public sealed record NewReruns(IReadOnlyList<Rerun> Runs);

/// <summary>Base and head, run in turns by somebody else than a confirming job. Ours.</summary>
public sealed record NewPairs(IReadOnlyList<NewPair> Pairs);

/// <summary>One pair: each side is the whole benchmark once, and chance has drawn which ran first.</summary>
public sealed record NewPair(Rerun Base, Rerun Head);

/// <summary>One rerun: outputs, settings and context mean what they mean in a run.</summary>
public sealed record Rerun(
    IReadOnlyList<Utf8Text> Results,
    ReportSettings? Settings = null,
    Dictionary<string, string>? Context = null
);

/// <summary>What a report's verdicts say together. Ours.</summary>
/// <param name="Sentence">The answer in a line: what is slower since when, or that nothing is, and what would have been
/// seen.</param>
/// <param name="Slower">How many series are slower, those that were slower before the branch began included.</param>
/// <param name="Failing">How many of them fail a job that fails on alerts.</param>
/// <param name="Sees">The smallest relative change that would have been seen in every series that can be
/// judged.</param>
/// <param name="Reruns">How many reruns in place would tell whether what is suspected is there again; absent where none
/// would.</param>
/// <param name="Confirmation">The confirming job of the report, if any.</param>
/// <param name="RerunsToken">The bearer token that sends the reruns of this report, for a day at most; only in the
/// answer to a run without a credential.</param>
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

/// <summary>The job that runs base and head in turns, to find out whether what a report suspects is so. Ours.</summary>
/// <param name="Job">Of the head, where a runner that does not know pairs runs the two sides as jobs of their
/// own.</param>
/// <param name="Base">The version it is compared with, unless its report was deleted.</param>
public sealed record ReportConfirmation(
    Guid Job,
    ConfirmationState State,
    int Pairs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Version? Base = null
);

/// <summary>What <c>paddock compare</c> found. Ours.</summary>
/// <param name="Pairs">How often base and head ran.</param>
/// <param name="Seed">Of the order within each pair.</param>
public sealed record ComparisonReport(
    ReportChanges? Changes,
    int Pairs,
    int Seed,
    IReadOnlyList<ComparedSeries> Results
);

/// <summary>
/// One benchmark and measure of a comparison, with the values of each pair; null where a run had none.
/// </summary>
/// <param name="P">Of the exact sign-flip test.</param>
public sealed record ComparedSeries(
    string Benchmark,
    string Measure,
    string Units,
    ResultVerdict Verdict,
    double P,
    IReadOnlyList<double?> Base,
    IReadOnlyList<double?> Head
);

/// <summary>What <c>paddock backtest</c> found. Ours.</summary>
/// <param name="Threshold">Of the rule beside the verdicts, where there was one.</param>
public sealed record BacktestResult(
    int Series,
    int Results,
    BacktestAlarms Verdicts,
    BacktestAlarms? Threshold,
    IReadOnlyList<BacktestWeek> Weeks
);

/// <param name="Persist">Those after which the values stayed where they were.</param>
/// <param name="Gone">Those after which they did not. Of the rest, too few values came later.</param>
public sealed record BacktestAlarms(int Raised, int Persist, int Gone);

public sealed record BacktestWeek(DateOnly Monday, int Results, BacktestAlarms Verdicts, BacktestAlarms? Threshold);

/// <summary>How a project wants its series judged. Ours.</summary>
/// <param name="Alarms">False alarms that are accepted in four weeks; fewer make proofs by waiting rarer, and
/// later.</param>
/// <param name="MinimumEffect">The relative change below which nothing is said.</param>
/// <param name="ReproducedFails">Whether what reruns in place have reproduced fails a job before it is proven.</param>
/// <param name="BesideThresholds">Whether verdicts alert for series that a threshold judges, too.</param>
/// <param name="ConfirmingJobs">Whether runners run base and head in turns where a job's report suspects a
/// change.</param>
/// <param name="Measures">The measures that have settings of their own.</param>
public sealed record VerdictSettings(
    double Alarms,
    double MinimumEffect,
    bool ReproducedFails,
    bool BesideThresholds,
    bool ConfirmingJobs,
    IReadOnlyList<MeasureVerdicts> Measures,
    FourWeeks FourWeeks
);

/// <summary>What verdicts have done in the last four weeks.</summary>
/// <param name="SeriesCommits">How many results were judged.</param>
/// <param name="Proven">How many changes for the worse were proven.</param>
/// <param name="Dismissed">How many of them a person has dismissed: the false alarms.</param>
/// <param name="Refuted">How many suspicions reruns or pairs have refuted.</param>
public sealed record FourWeeks(long SeriesCommits, long Proven, long Dismissed, long Refuted);

/// <summary>How one measure is judged.</summary>
/// <param name="Direction">What was set, or guessed from the units.</param>
/// <param name="MinimumEffect">Null: the project's.</param>
public sealed record MeasureVerdicts(
    Guid Measure,
    string Name,
    string Slug,
    [property: JsonConverter(typeof(WordConverter<Direction>))] Direction Direction,
    bool IsGuessed,
    double? MinimumEffect
);

/// <summary>Changes settings; what is absent stays.</summary>
/// <param name="Measures">By measure; each replaces what was set of that measure, and an empty one takes it
/// back.</param>
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
/// Open: it holds. Accepted: a person took it as the new normal. Dismissed: a person found it wrong. Returned: the
/// values came back. Refuted: a rerun showed that there was none. Settled: good news that was told in some reports, and
/// is the normal by now. Merged: its series belong to other changes, as later values showed.
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

/// <summary>What a person may make of a change.</summary>
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
/// <param name="Report">The first report that proved it, unless it was deleted.</param>
/// <param name="Count">How many series changed.</param>
/// <param name="Effect">Of the series that changed most, relative.</param>
/// <param name="Measured">When the first version with the changed values was measured first; absent where its reports
/// are gone.</param>
/// <param name="Note">Of the person who accepted or dismissed it.</param>
/// <param name="Series">The series that changed, most first; absent in lists.</param>
/// <param name="Events">What happened to it, in order; absent in lists.</param>
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

/// <param name="Head">On which the change was found.</param>
public sealed record ChangeBranch(Guid Uuid, string Name, string Slug, Guid Head);

/// <summary>One series of a change.</summary>
/// <param name="Before">The median before it.</param>
/// <param name="After">The median since.</param>
/// <param name="Effect">Relative; null where before is 0.</param>
/// <param name="Proof">pairs, repeats, waiting, equal.</param>
/// <param name="P">Of the test that proved it; null where a young series moved so far that none was needed.</param>
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

/// <summary>Something that happened to a change.</summary>
/// <param name="Count">How many of its series it is about.</param>
/// <param name="Former">Of a change that moved: since when it was told before.</param>
/// <param name="Other">The change that series went to when it was split, or came from when it was merged.</param>
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

/// <summary>What a watcher of a project's changes is told: this has happened to a change, and that is its state
/// now.</summary>
public sealed record ChangeNews(
    Guid Uuid,
    [property: JsonConverter(typeof(WordConverter<EventKind>))] EventKind Kind,
    ChangeState State
);

/// <summary>Accepts or dismisses a change, or opens it again.</summary>
public sealed record ChangePatch(ChangePatchState? State = null, string? Note = null);
