using System.Text.Json.Serialization;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Wire;

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
