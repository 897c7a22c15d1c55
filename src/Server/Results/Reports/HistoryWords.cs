using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Reports;

/// <summary>What the history says of one result, in the few words that a table has room for.</summary>
internal static class HistoryWords
{
    /// <summary>Sign and words, so that nobody depends on the colour.</summary>
    public static string Of(ResultVerdict verdict) =>
        verdict.State switch
        {
            VerdictState.Slower => $"{Sign(verdict, "▲", "▼")} slower{Effect(verdict)}"
                + $"{(verdict.IsInherited ? ", before this branch" : "")}",
            VerdictState.Faster => $"{Sign(verdict, "▲", "▼")} faster{Effect(verdict)}",
            VerdictState.Suspected => $"{Sign(verdict, "△", "▽")} {VerdictWords.Suspicion(verdict, Effect(verdict))}",
            VerdictState.Steady => "✓ steady",
            VerdictState.Young => "– too little history",
            VerdictState.Noisy => "– too noisy",
            VerdictState.NotComparable => "– not comparable",
        };

    public static Tone ToneOf(ResultVerdict verdict) =>
        verdict.State switch
        {
            VerdictState.Slower or VerdictState.Suspected when verdict.Fails => Tone.Bad,
            VerdictState.Steady or VerdictState.Faster => Tone.Good,
            _ => Tone.Neutral,
        };

    /// <summary>Orders results, the worst first; those without a verdict come last.</summary>
    public static int Rank(ResultVerdict? verdict) =>
        verdict?.State switch
        {
            VerdictState.Slower => verdict.Fails ? 0 : 2,
            VerdictState.Suspected => verdict.Direction == ChangeVerdict.Faster ? 3 : 1,
            VerdictState.Faster => 4,
            VerdictState.NotComparable => 5,
            VerdictState.Noisy => 6,
            VerdictState.Young => 7,
            VerdictState.Steady => 8,
            null => 9,
        };

    // Less done in a time is slower, too.
    private static string Sign(ResultVerdict verdict, string more, string less) => verdict.Effect < 0 ? less : more;

    private static string Effect(ResultVerdict verdict) =>
        verdict.Effect is { } effect ? $" {VerdictWords.Percent(effect, signed: true)}" : "";
}
