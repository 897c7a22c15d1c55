using System.Globalization;
using System.Text;
using Paddock.Core;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Comparisons;

/// <summary>Describes a comparison in words, the same for the page and its Markdown.</summary>
internal static class CompareWords
{
    private const int MarkdownRowsMax = 40;

    public static string Sentence(IReadOnlyList<ComparedResult> results)
    {
        var counts = results.CountBy(one => one.State).ToDictionary();
        (ComparedState State, string Words)[] parts =
        [
            (ComparedState.Worse, "worse"),
            (ComparedState.Differs, "different"),
            (ComparedState.Better, "better"),
            (ComparedState.Unclear, "unclear"),
            (ComparedState.Same, "the same"),
            (ComparedState.OnlyBase, "only in the base"),
            (ComparedState.OnlyHead, "only in the head"),
        ];
        var told = parts
            .Where(part => counts.ContainsKey(part.State))
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{counts[part.State]:N0} {part.Words}"));
        return results.Count == 0 ? "There is nothing to compare." : $"{string.Join(", ", told)}.";
    }

    /// <summary>The state as a symbol and words.</summary>
    public static string Of(ComparedState state) =>
        state switch
        {
            ComparedState.Worse => "▲ worse",
            ComparedState.Differs => "◆ different",
            ComparedState.Better => "▼ better",
            ComparedState.Unclear => "? too few values",
            ComparedState.Same => "= same",
            ComparedState.OnlyBase => "– only in the base",
            ComparedState.OnlyHead => "+ only in the head",
        };

    public static (string? Base, string? Head) Values(ComparedResult one)
    {
        var smaller = Math.Min(Math.Abs(one.Base ?? double.MaxValue), Math.Abs(one.Head ?? double.MaxValue));
        var units = Units.Scale(one.Units, smaller);
        return (
            one.Base is { } from ? units.PrintWithSymbol(from) : null,
            one.Head is { } to ? units.PrintWithSymbol(to) : null
        );
    }

    public static string? Effect(ComparedResult one) =>
        one.Effect is { } effect ? VerdictWords.Percent(effect, signed: true) : null;

    public static string? Interval(ComparedResult one) =>
        one.Interval is { Lower: { } low, Upper: { } high }
            ? $"{VerdictWords.Percent(low, signed: true)} to {VerdictWords.Percent(high, signed: true)}"
            : null;

    /// <summary>The differences as a Markdown table for a pull request.</summary>
    public static string Markdown(SideBySide comparison)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"**{VerdictWords.Joined(comparison.Sentence)}** `{Escape(comparison.Base.Name)}` → "
                + $"`{Escape(comparison.Head.Name)}`\n"
        );
        var rows = comparison
            .Results.Where(one =>
                one.State
                    is ComparedState.Worse
                        or ComparedState.Differs
                        or ComparedState.Better
                        or ComparedState.OnlyBase
                        or ComparedState.OnlyHead
            )
            .ToList();
        if (rows.Count > 0)
            text.Append(
                "\n| | Benchmark | Measure | Base | Head | Change | 95\u00a0% interval |\n"
                    + "|---|---|---|--:|--:|--:|--:|\n"
            );
        foreach (var one in rows.Take(MarkdownRowsMax))
        {
            var (from, to) = Values(one);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Of(one.State)} | {Escape(one.Benchmark)} | {Escape(one.Measure)} | {Whole(from)} | {Whole(to)} | "
                    + $"{Whole(Effect(one))} | {VerdictWords.Joined(Interval(one) ?? "")} |\n"
            );
        }
        if (rows.Count > MarkdownRowsMax)
            text.Append(CultureInfo.InvariantCulture, $"\n{rows.Count - MarkdownRowsMax} more.\n");
        return text.ToString();
    }

    // Non-breaking spaces keep a number and its unit on one line.
    private static string? Whole(string? value) => value?.Replace(' ', '\u00a0');

    // Escapes characters that would end a table cell or begin markup.
    private static string Escape(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (c is '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '@')
                text.Append('\\');
            text.Append(char.IsControl(c) ? ' ' : c);
        }
        return text.ToString();
    }
}
