using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Reports;

/// <summary>Describes a result's verdict in the few words that fit into a table.</summary>
internal static class HistoryWords
{
    /// <summary>The verdict as a symbol and words, so that color alone carries no meaning.</summary>
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

    // A lower value can be slower, too, as with throughput.
    private static string Sign(ResultVerdict verdict, string more, string less) => verdict.Effect < 0 ? less : more;

    private static string Effect(ResultVerdict verdict) =>
        verdict.Effect is { } effect ? $" {VerdictWords.Percent(effect, signed: true)}" : "";
}
