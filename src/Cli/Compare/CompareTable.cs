using System.Globalization;
using Paddock.Cli.Reports;
using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Spectre.Console;

namespace Paddock.Cli.Compare;

/// <summary>
/// A comparison for a terminal or a log: the result, then a line for each series, the largest change first.
/// </summary>
internal static class CompareTable
{
    // Names are shortened so that a line has at most 80 characters.
    private const int NameMax = 22,
        MeasureMax = 12;

    public static void Print(ComparisonReport report)
    {
        if (report.Changes is { } changes)
            Output.Line(Terminal.Plain(changes.Sentence));
        Output.Line(
            string.Create(CultureInfo.InvariantCulture, $"{report.Pairs} pairs, in random order (seed {report.Seed}).")
        );
        var table = new Table { Border = TableBorder.None };
        foreach (var heading in (ReadOnlySpan<string>)["Benchmark", "Measure", "Base", "Head", "Change", "Verdict"])
            table.AddColumn(
                new TableColumn(heading) { NoWrap = true, Padding = new(0, 0, heading == "Verdict" ? 0 : 1, 0) }
            );
        var rows = report
            .Results.OrderBy(one => one.Verdict.State is not (VerdictState.Slower or VerdictState.Faster))
            .ThenByDescending(one => Math.Abs(one.Verdict.Effect ?? double.MaxValue));
        foreach (var one in rows)
            table.AddRow([.. Cells(one).Select(cell => new Markup(cell))]);
        Terminal.Open().Write(table);
        if (Chance(report) is { } wrong)
            Output.Line(
                $"By chance alone about {wrong} of {report.Results.Count} series would be called changed. Run again "
                    + "with --pairs 24 to see which changes are real."
            );
    }

    private static IEnumerable<string> Cells(ComparedSeries one)
    {
        var (before, after) = (one.Verdict.Before, one.Verdict.After);
        var scale = Units.Scale(one.Units, Math.Min(Math.Abs(before ?? 0), Math.Abs(after ?? 0)));
        yield return Name(one.Benchmark, NameMax);
        yield return Name(one.Measure, MeasureMax);
        yield return before is { } old ? Markup.Escape(scale.Print(old)) : "–";
        yield return after is { } fresh ? Markup.Escape(scale.PrintWithSymbol(fresh)) : "–";
        yield return one.Verdict.Effect is { } effect ? VerdictWords.Percent(effect, signed: true) : "–";
        yield return one.Verdict.State switch
        {
            VerdictState.Slower => "[bold red]▲ slower[/]",
            VerdictState.Faster => "[green]✓ faster[/]",
            VerdictState.Steady when one.Verdict.Sees is { } sees => $"[green]✓ sees {VerdictWords.Percent(sees)}[/]",
            VerdictState.Steady => "[green]✓ same[/]",
            VerdictState.Noisy => "[grey]too noisy[/]",
            _ => "[grey]too few[/]",
        };
    }

    private static string Name(string text, int max) => Markup.Escape(RowColumns.Shorten(Terminal.Plain(text), max));

    // Each series is tested at the same significance level, so among many series some are wrong by chance.
    private static string? Chance(ComparisonReport report)
    {
        const double told = 0.05;
        var wrong = report.Results.Count * Core.Verdicts.Comparison.Level;
        var isChanged = report.Changes is { Slower: > 0 } or { Faster: > 0 };
        return wrong < told || !isChanged ? null : wrong.ToString("0.##", CultureInfo.InvariantCulture);
    }
}
