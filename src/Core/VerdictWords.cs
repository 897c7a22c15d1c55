using System.Globalization;
using System.Text.RegularExpressions;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Core;

/// <summary>Puts verdicts into sentences, so that JSON, terminal, HTML and comments use the same words.</summary>
public static partial class VerdictWords
{
    private const int HashLength = 7;

    /// <summary>The sentence about one series: "slower since a2ec63d: +232 % (97.80 ms, was 29.40)".</summary>
    public static string Of(ResultVerdict verdict, string units) =>
        Alone(verdict, units)
        + (verdict.TwoLevels is { } levels ? $"; the values alternate between two levels, {Of(levels, units)}" : "");

    private static string Alone(ResultVerdict verdict, string units) =>
        verdict.Reruns is { State: RerunState.Refuted } refuted
            ? $"{Words<VerdictState>.Of(verdict.State)}: "
                + $"{Many(refuted.Count ?? 0, refuted.Pairs is true ? "pair" : "rerun")} "
                + (refuted.Pairs is true ? "of base and head show no change" : "did not reproduce the suspected change")
            : Judged(verdict, units);

    private static string Judged(ResultVerdict verdict, string units) =>
        verdict.State switch
        {
            VerdictState.Slower or VerdictState.Faster =>
                $"{Words<VerdictState>.Of(verdict.State)}{Since(verdict.Since)}: "
                    + $"{Effect(verdict, units)}{(verdict.IsInherited ? ", before this branch began" : "")}",
            VerdictState.Suspected when verdict.Reruns is { State: RerunState.Reproduced } reruns =>
                $"{Suspicion(verdict)}, now{(reruns.Count is { } count ? $" by {Many(count, "rerun")}" : "")}"
                    + $"{Since(verdict.Since)}: {Effect(verdict, units)}; {Missing(reruns)}",
            VerdictState.Suspected =>
                $"{Suspicion(verdict)}{Since(verdict.Since)}: {Effect(verdict, units)}; not proven yet",
            VerdictState.Young => verdict.RunsMissing is { } runs and > 0
                ? $"too little history: {Many(runs, "more run")} until a change of 5 % can be seen"
                : "too little history",
            VerdictState.Noisy => verdict.Spread is { } spread
                ? $"too noisy: the values spread by {Percent(spread)}"
                : "too noisy",
            VerdictState.NotComparable =>
                $"not comparable: {verdict.Environment?.Sentence ?? "the environment changed"}",
            _ => verdict.Sees is { } sees ? $"steady: a change of {Percent(sees)} would be seen"
            : verdict.SeesLater is { } later ? $"steady: a change of {Percent(later)} would be seen within 12 runs"
            : "steady",
        };

    /// <summary>
    /// The same text, with no-break spaces between its numbers and their units: for HTML and Markdown, which wrap.
    /// </summary>
    public static string Joined(string text) => NumberAndUnit.Replace(text, "\u00a0");

    // Matches the blank before a percent sign, before a scaled unit, and before any other unit in "(97.80 ops/s, was
    // 29.40)".
    [GeneratedRegex(@"(?<=\d) (?=%|(?:ns|µs|ms|s|m|h|B|KB|MB|GB|TB|PB)(?![\w/]))|(?<=\([-+\d.,]+) (?=[^,()]*, was )")]
    private static partial Regex NumberAndUnit { get; }

    /// <summary>
    /// The words for a change that is not proven: "faster, reproduced here", or "suspected to be slower".
    /// </summary>
    /// <param name="size">The size of the change, appended to its direction.</param>
    public static string Suspicion(ResultVerdict verdict, string size = "")
    {
        var direction = verdict.Direction is { } known ? Words<ChangeVerdict>.Of(known) : null;
        return verdict.Reruns is { State: RerunState.Reproduced }
                ? $"{direction ?? Words<VerdictState>.Of(verdict.State)}{size}, reproduced here"
            : direction is null ? Words<VerdictState>.Of(verdict.State) + size
            : $"suspected to be {direction}{size}";
    }

    /// <summary>"+232 % (97.80 ms, was 29.40)".</summary>
    public static string Effect(double? effect, double? before, double? after, string units)
    {
        var size = effect is { } known ? Percent(known, signed: true) : "";
        if (before is not { } old || after is not { } fresh)
            return size;
        var scale = Units.Scale(units, Math.Min(Math.Abs(old), Math.Abs(fresh)));
        return $"{size} ({scale.PrintWithSymbol(fresh)}, was {scale.Print(old)})".TrimStart();
    }

    /// <summary>A relative size in percent: "+232 %", "-4.1 %", "12 %". A change has a sign.</summary>
    public static string Percent(double relative, bool signed = false)
    {
        var percent = relative * 100;
        var digits = Math.Abs(percent) switch
        {
            >= 9.95 => "N0",
            >= 0.0995 => "0.#",
            _ => "0.###",
        };
        return $"{(signed && percent > 0 ? "+" : "")}{percent.ToString(digits, CultureInfo.InvariantCulture)} %";
    }

    /// <summary>The short form of a version: its hash, or its number.</summary>
    public static string Of(Version version) =>
        version.Hash is { } hash
            ? hash[..Math.Min(HashLength, hash.Length)]
            : string.Create(CultureInfo.InvariantCulture, $"version {version.Number}");

    // Reruns happen on the same machine in the same state, so they alone cannot tell a change of the code from one of
    // the machine.
    private static string Missing(ResultReruns reruns) =>
        reruns.Reports is { } reports and > 0
            ? $"proven once {Many(reports, "further report")} {(reports == 1 ? "repeats" : "repeat")} it"
            : "not proven yet";

    private static string Of(TwoLevels levels, string units)
    {
        var scale = Units.Scale(units, Math.Min(Math.Abs(levels.Low), Math.Abs(levels.High)));
        return $"{scale.Print(levels.Low)} and {scale.PrintWithSymbol(levels.High)}";
    }

    private static string Effect(ResultVerdict verdict, string units) =>
        Effect(verdict.Effect, verdict.Before, verdict.After, units);

    private static string Since(Version? since) => since is null ? "" : $" since {Of(since)}";

    private static string Many(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
