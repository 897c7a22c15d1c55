using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Core;

/// <summary>One series with its verdict, for the sentences of a report.</summary>
/// <param name="Units">The units of the measure.</param>
public sealed record ToldVerdict(string Benchmark, string Measure, string Units, ResultVerdict Verdict);

/// <summary>The sentences about all verdicts of a report, and about a change of several series.</summary>
public static partial class VerdictWords
{
    private const int NamesMax = 3;

    /// <summary>The summary of all verdicts of a report; null if the report has no verdicts.</summary>
    /// <param name="confirmation">The confirming job of the report.</param>
    public static ReportChanges? Sum(IReadOnlyList<ToldVerdict> told, ReportConfirmation? confirmation = null)
    {
        if (told.Count == 0)
            return null;
        var byState = told.ToLookup(one => one.Verdict.State);
        var slower = byState[VerdictState.Slower].ToList();
        // Null if any steady series needs more runs before it can see a change.
        var sees = byState[VerdictState.Steady].All(one => one.Verdict.Sees is not null)
            ? byState[VerdictState.Steady].Max(one => one.Verdict.Sees)
            : null;
        return new(
            Sentence(told, byState, sees) + (confirmation is null ? "" : Confirmed(confirmation)),
            (uint)slower.Count,
            (uint)byState[VerdictState.Faster].Count(),
            (uint)byState[VerdictState.Suspected].Count(),
            (uint)told.Count(one => one.Verdict.Fails),
            sees,
            told.Max(one => one.Verdict.Reruns is { State: RerunState.Wanted } reruns ? reruns.Count : null),
            confirmation
        );
    }

    // A refuted suspicion is described with its series.
    private static string Confirmed(ReportConfirmation confirmation)
    {
        var sides = $"{(confirmation.Base is { } version ? $"{Of(version)} (base)" : "base")} and head";
        return confirmation.State switch
        {
            ConfirmationState.Open =>
                $" A confirming job runs {sides} in turns, {confirmation.Pairs} times each, to find out.",
            ConfirmationState.Proven => $" Proven by {Many(confirmation.Pairs, "pair")} of {sides}.",
            ConfirmationState.Undecided => $" The confirming job of {sides} was inconclusive.",
            ConfirmationState.Failed => " The confirming job failed, so the suspicion is not confirmed.",
            ConfirmationState.Canceled => " The confirming job was canceled, so the suspicion is not confirmed.",
            ConfirmationState.Refuted => "",
        };
    }

    /// <summary>
    /// "2 benchmarks are slower since a2ec63d: parse +232 % (97.80 ms, was 29.40), print +8 % (1.20 ms, was 1.11)".
    /// </summary>
    /// <param name="changed">The most changed series that are known; the first few of them are named.</param>
    public static string Change(
        ChangeVerdict verdict,
        Version since,
        int benchmarks,
        int series,
        IReadOnlyList<ChangedSeries> changed
    ) =>
        Change(
            verdict,
            since,
            benchmarks,
            series,
            [
                .. changed.Select(one =>
                    (one.Benchmark.Name, one.Measure.Name, Effect(one.Effect, one.Before, one.After, one.Measure.Units))
                ),
            ]
        );

    private static string Sentence(
        IReadOnlyList<ToldVerdict> told,
        ILookup<VerdictState, ToldVerdict> byState,
        double? sees
    )
    {
        var sentences = new List<string>();
        var slower = byState[VerdictState.Slower].ToList();
        var (failing, inherited) = (
            slower.FindAll(one => one.Verdict.Fails),
            slower.FindAll(one => one.Verdict.IsInherited)
        );
        sentences.AddRange(Groups(ChangeVerdict.Slower, failing, ""));
        var unjudged =
            byState[VerdictState.Young].Count()
            + byState[VerdictState.Noisy].Count()
            + byState[VerdictState.NotComparable].Count();
        var suspected = byState[VerdictState.Suspected].ToList();
        sentences.AddRange(Suspected(suspected));
        if (failing.Count == 0 && unjudged < told.Count)
        {
            // A suspected series may be slower, so the sentence then says "proven".
            sentences.Add(
                $"Nothing is "
                    + $"{(suspected.Count > 0 ? "proven " : "")}"
                    + $"slower{(inherited.Count > 0 ? " than where this branch began" : "")}."
            );
            if (suspected.Count == 0)
                sentences.AddRange(Seen(byState, sees));
        }
        sentences.AddRange(
            Groups(
                ChangeVerdict.Slower,
                slower.FindAll(one => one.Verdict is { IsAlerting: false, IsInherited: false }),
                ", which does not alert,"
            )
        );
        sentences.AddRange(Groups(ChangeVerdict.Slower, inherited, " already where this branch began,"));
        sentences.AddRange(Groups(ChangeVerdict.Faster, byState[VerdictState.Faster], ""));
        if (told.Count(one => one.Verdict.Reruns is { State: RerunState.Refuted }) is var refuted and > 0)
            sentences.Add(
                $"The suspected change of {Many(refuted, "result")} was not reproduced when the benchmark ran again."
            );
        sentences.AddRange(Levels(told));
        sentences.AddRange(Unjudged(told.Count, byState));
        return string.Join(' ', sentences);
    }

    private static IEnumerable<string> Suspected(List<ToldVerdict> suspected)
    {
        foreach (
            var some in suspected
                .GroupBy(one => Suspicion(one.Verdict))
                .Select(group => group.ToList())
                .OrderBy(group => group[0].Verdict.Reruns is not { State: RerunState.Reproduced })
                .ThenBy(group => group[0].Verdict.Direction == ChangeVerdict.Faster)
        )
        {
            var isReproduced = some[0].Verdict.Reruns is { State: RerunState.Reproduced };
            yield return $"{Many(some.Count, "result")} {(some.Count == 1 ? "is" : "are")} "
                + $"{Suspicion(some[0].Verdict)}, {(isReproduced ? "now, but " : "")}not proven"
                + $"{Names(some.Count, Most(some))}.";
        }
    }

    private static IEnumerable<string> Seen(ILookup<VerdictState, ToldVerdict> byState, double? sees)
    {
        if (sees is { } size)
            yield return $"A change of {Percent(size)} or more would have been seen.";
        else if (byState[VerdictState.Steady].Max(one => one.Verdict.SeesLater) is { } later)
            yield return $"A change of {Percent(later)} or more would be seen within 12 runs.";
    }

    private static IEnumerable<string> Unjudged(int all, ILookup<VerdictState, ToldVerdict> byState)
    {
        if (byState[VerdictState.Young].ToList() is { Count: > 0 } young)
        {
            var who =
                young.Count == all
                    ? "There is too little history to judge"
                    : $"{Many(young.Count, "result")} {(young.Count == 1 ? "has" : "have")} too little history";
            yield return young.Max(one => one.Verdict.RunsMissing) is { } runs and > 0
                ? $"{who}: {Many(runs, "more run")} until a change of 5 % can be seen."
                : $"{who}.";
        }
        if (byState[VerdictState.Noisy].Count() is var noisy and > 0)
            yield return $"{Many(noisy, "result")} {(noisy == 1 ? "is" : "are")} too noisy to judge.";
        if (byState[VerdictState.NotComparable].Count() is var other and > 0)
        {
            var why = byState[VerdictState.NotComparable]
                .Select(one => one.Verdict.Environment?.Sentence)
                .OfType<string>()
                .FirstOrDefault();
            yield return $"{Many(other, "result")} cannot be "
                + $"compared{(why is null ? ", since the environment changed" : $": {why}")}.";
        }
        // A known kind of machine came back, so this testbed alternates between kinds.
        var again = byState
            .SelectMany(of => of)
            .Where(one => one.Verdict is { Environment: not null, State: not VerdictState.NotComparable })
            .ToList();
        if (again.Count > 0)
            yield return $"This testbed is {again.Max(one => one.Verdict.Environment!.Kinds)} kinds of machine; "
                + $"values are compared within a kind ({again[0].Verdict.Environment!.Sentence}).";
    }

    // "1 result alternates between two levels: count 100.00 and 112.00 ms. ..."
    private static IEnumerable<string> Levels(IReadOnlyList<ToldVerdict> told)
    {
        var some = told.Where(one => one.Verdict.TwoLevels is not null)
            .OrderByDescending(one => one.Verdict.TwoLevels!.High / one.Verdict.TwoLevels.Low)
            .ThenBy(one => one.Benchmark, StringComparer.Ordinal)
            .Select(one => (one.Benchmark, one.Measure, Effect: Of(one.Verdict.TwoLevels!, one.Units)))
            .ToList();
        if (some.Count > 0)
            yield return $"{Many(some.Count, "result")} {(some.Count == 1 ? "alternates" : "alternate")} between two "
                + $"levels{Names(some.Count, some)}. Two kinds of machine or two layouts of "
                + "the program can cause this.";
    }

    private static IEnumerable<string> Groups(
        ChangeVerdict verdict,
        IEnumerable<ToldVerdict> changed,
        string between
    ) =>
        changed
            .GroupBy(one => one.Verdict.Since)
            .OrderByDescending(of => of.Key?.Number)
            .Select(of => (Since: of.Key, Benchmarks: of.DistinctBy(one => one.Benchmark).Count(), All: of))
            .Select(of => $"{Change(verdict, of.Since, of.Benchmarks, of.All.Count(), Most(of.All), between)}.");

    private static string Change(
        ChangeVerdict verdict,
        Version? since,
        int benchmarks,
        int series,
        IReadOnlyList<(string Benchmark, string Measure, string Effect)> changed,
        string between = ""
    ) =>
        (benchmarks == 0 ? "No benchmark is" : $"{Many(benchmarks, "benchmark")} {(benchmarks == 1 ? "is" : "are")}")
        + $" {Words<ChangeVerdict>.Of(verdict)}{between}{Since(since)}{Names(series, changed)}";

    // Ordered by size of change, largest first.
    private static List<(string Benchmark, string Measure, string Effect)> Most(IEnumerable<ToldVerdict> changed) =>
        [
            .. changed
                .OrderByDescending(one => Math.Abs(one.Verdict.Effect ?? double.MaxValue))
                .ThenBy(one => one.Benchmark, StringComparer.Ordinal)
                .Select(one => (one.Benchmark, one.Measure, Effect(one.Verdict, one.Units))),
        ];

    private static string Names(int series, IReadOnlyList<(string Benchmark, string Measure, string Effect)> changed)
    {
        if (changed.Count == 0)
            return "";
        var withMeasure = changed.DistinctBy(one => one.Measure).Count() > 1;
        var told = changed
            .Take(NamesMax)
            .Select(one => $"{one.Benchmark}{(withMeasure ? $" {one.Measure}" : "")} {one.Effect}");
        return $": {string.Join(", ", told)}{(series > NamesMax ? $" and {series - NamesMax} more" : "")}";
    }
}
