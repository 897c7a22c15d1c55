using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Changes;

/// <summary>A change in the list of changes.</summary>
/// <param name="What">"2 benchmarks are slower".</param>
/// <param name="Most">The series that changed most: "parse +232 % (97.80 ms, was 29.40)".</param>
/// <param name="Effects">The smallest and the largest effect, as text.</param>
public sealed record ChangeLine(
    Guid Uuid,
    ChangeVerdict Verdict,
    ChangeState State,
    string What,
    string? Most,
    string Effects,
    uint Count,
    string Branch,
    DateTimeOffset Modified
);

/// <summary>The listed changes that one commit caused.</summary>
/// <param name="Measured">The time of that commit's first measurement.</param>
public sealed record ChangeCause(
    Commit? Commit,
    uint Version,
    DateTimeOffset? Measured,
    bool IsOpen,
    IReadOnlyList<ChangeLine> Changes
);

/// <summary>The smallest and the largest effect of a change.</summary>
internal sealed record EffectRange(Guid Change, double Least, double Most);

/// <summary>The decision just made, with the data to undo it.</summary>
/// <param name="Back">For each change: its UUID, a dot, and its previous state.</param>
public sealed record ChangesDone(string Told, IReadOnlyList<string> Back);

/// <param name="Here">The address of the list with its current filters, to which its forms post.</param>
/// <param name="Proof">Null if the reader may not decide.</param>
public sealed record ChangesView(
    ProjectPaths Paths,
    string Project,
    string Here,
    ChangeSearch Search,
    IReadOnlyList<ChangeCause> Causes,
    ListPart Part,
    string? Proof,
    ChangesDone? Done,
    string? Events,
    string State,
    DateTimeOffset Made
)
{
    /// <summary>The options of the list's filters.</summary>
    public required (
        ChangeChoices Branches,
        ChangeChoices Testbeds,
        ChangeChoices Benchmarks,
        ChangeChoices Measures
    ) Choices { get; init; }

    internal static string StateOf(IReadOnlyList<Change> changes, long total) =>
        PageState.Of([total, .. changes.Select(change => $"{change.Uuid} {change.State} {change.Modified:O}")]);

    internal static IReadOnlyList<ChangeCause> CausesOf(
        IReadOnlyList<Change> changes,
        IReadOnlyDictionary<Guid, EffectRange> ranges,
        string? projectUrl
    ) =>
        [
            .. changes
                .GroupBy(change =>
                    (
                        IsOpen: change.State == ChangeState.Open,
                        Cause: change.Since.Hash ?? $"{change.Branch.Uuid} {change.Since.Number}"
                    )
                )
                .Select(group => new ChangeCause(
                    Commit.Of(group.First().Since.Hash, projectUrl),
                    group.First().Since.Number,
                    group.Min(change => change.Measured),
                    group.Key.IsOpen,
                    [.. group.Select(change => LineOf(change, ranges.GetValueOrDefault(change.Uuid)))]
                )),
        ];

    private static ChangeLine LineOf(Change change, EffectRange? range)
    {
        var (what, most) = ChangeView.Split(change.Sentence);
        var since = what.LastIndexOf(" since ", StringComparison.Ordinal); // The group's heading names the commit.
        return new(
            change.Uuid,
            change.Verdict,
            change.State,
            since < 0 ? what : what[..since],
            most,
            EffectsOf(range, change.Effect),
            change.Count,
            change.Branch.Name,
            change.Modified
        );
    }

    internal static string EffectsOf(EffectRange? range, double? most)
    {
        if (range is null || Math.Abs(range.Most) == double.MaxValue || Math.Abs(range.Least) == double.MaxValue)
            return most is { } known ? VerdictWords.Percent(known, signed: true) : "from 0";
        var (least, largest) = (
            VerdictWords.Percent(range.Least, signed: true),
            VerdictWords.Percent(range.Most, signed: true)
        );
        return least == largest ? least : $"{least} to {largest}";
    }
}
