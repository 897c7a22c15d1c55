using System.Text;
using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Paddock.Cli.Reports;

/// <summary>
/// The columns of a report's table, fitted to the window. In a narrow window, first the borders go and units stand only
/// beside the value, then names are shortened in their middle. No cell is broken, and no column is dropped except the
/// limits' when no result has limits.
/// </summary>
internal static class RowColumns
{
    private const string None = "–";
    private const int NameMin = 8,
        MeasureMin = 5,
        Gap = 2,
        BorderPerColumn = 3;

    /// <param name="several">True when the report has more than one iteration.</param>
    /// <param name="width">The window's width; null when lines may have any length.</param>
    public static Table TableOf(IReadOnlyList<Row> rows, bool several, int? width)
    {
        var hasLimits = rows.Any(row => row.Boundary is not { LowerLimit: null, UpperLimit: null });
        var wide = rows.Select(row => Cells(row, several, hasLimits, isNarrow: false)).ToList();
        var headings = Headings(several, hasLimits);
        if (width is not { } max || Widths(headings, wide).Sum() + BorderPerColumn * headings.Length + 1 <= max)
            return Build(Terminal.Table(), headings, wide);
        var narrow = rows.Select(row => Cells(row, several, hasLimits, isNarrow: true)).ToList();
        Fit(headings, narrow, max - Gap * (headings.Length - 1));
        var table = Build(new Table { Border = TableBorder.None }, headings, narrow);
        for (var i = 0; i < headings.Length; i++)
            table.Columns[i].Padding = new(0, 0, i == headings.Length - 1 ? 0 : Gap, 0);
        return table;
    }

    /// <summary>
    /// The text, shortened to a number of cells. A long text loses its middle, because names differ at their beginning
    /// and end.
    /// </summary>
    internal static string Shorten(string text, int cells)
    {
        if (CellsOf(text) <= cells)
            return text;
        var runes = text.EnumerateRunes().ToArray();
        var (start, end) = (new StringBuilder(), "");
        var (left, right, used) = (0, runes.Length - 1, 1);
        // Takes a letter from either side in turn, as long as there is room.
        for (var fromStart = true; left <= right; fromStart = !fromStart)
        {
            var rune = (fromStart ? runes[left] : runes[right]).ToString();
            if (used + CellsOf(rune) > cells)
                break;
            used += CellsOf(rune);
            if (fromStart)
                (left, _) = (left + 1, start.Append(rune));
            else
                (right, end) = (right - 1, rune + end);
        }
        return $"{start}…{end}";
    }

    private static string[] Headings(bool several, bool hasLimits) =>
        [
            .. several ? ["Iteration"] : (string[])[],
            "Benchmark",
            "Measure",
            "Value",
            "Baseline",
            "Change",
            .. hasLimits ? ["Boundary"] : (string[])[],
            "Verdict",
        ];

    private static void Fit(string[] headings, List<Cell[]> rows, int max)
    {
        var (name, measure) = (Array.IndexOf(headings, "Benchmark"), Array.IndexOf(headings, "Measure"));
        var widths = Widths(headings, rows);
        Narrow(name, NameMin);
        Narrow(measure, MeasureMin);
        foreach (var row in rows)
        foreach (var column in (ReadOnlySpan<int>)[name, measure])
            row[column] = row[column] with { Text = Shorten(row[column].Text, widths[column]) };

        void Narrow(int column, int min) =>
            widths[column] = Math.Max(Math.Min(widths[column], min), widths[column] - Math.Max(0, widths.Sum() - max));
    }

    private static int[] Widths(string[] headings, List<Cell[]> rows) =>
        [.. headings.Select((heading, i) => rows.Select(row => CellsOf(row[i].Text)).Append(CellsOf(heading)).Max())];

    private static Table Build(Table table, string[] headings, List<Cell[]> rows)
    {
        foreach (var heading in headings)
        {
            var column = new TableColumn(heading).NoWrap();
            table.AddColumn(
                heading is "Value" or "Baseline" or "Change" or "Boundary" ? column.RightAligned() : column
            );
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell.Text, cell.Style)));
        return table;
    }

    private static Cell[] Cells(Row row, bool several, bool hasLimits, bool isNarrow)
    {
        // Scaled by the value alone, because a limit far below it would make every number of the row long.
        var units = isNarrow ? Units.Scale(row.Measure.Units, row.Value) : Row.Scale([row], row.Measure);
        Cell[] cells =
        [
            new(Terminal.Plain(row.Benchmark.Name)),
            new(Terminal.Plain(row.Measure.Name)),
            new(Terminal.Plain(units.PrintWithSymbol(row.Value))),
            new(row.Boundary.Baseline is { } baseline ? Number(baseline) : None),
            new(row.Change ?? None),
            .. hasLimits ? [new(Limits())] : (Cell[])[],
            Verdict(row, isNarrow),
        ];
        return several ? [new($"{row.Iteration}"), .. cells] : cells;

        string Number(double value) => Terminal.Plain(isNarrow ? units.Print(value) : units.PrintWithSymbol(value));

        string Limits() =>
            (row.Boundary.LowerLimit, row.Boundary.UpperLimit) switch
            {
                (null, null) => None,
                ({ } lower, null) => $"≥ {Number(lower)}",
                (null, { } upper) => $"≤ {Number(upper)}",
                ({ } lower, { } upper) => isNarrow
                    ? $"{units.Print(lower)}…{units.Print(upper)}"
                    : $"{units.Print(lower)} … {Number(upper)}",
            };
    }

    private static Cell Verdict(Row row, bool isNarrow) =>
        row switch
        {
            { Alert.Limit: var limit } => new(
                Outside(limit, row.IsImprovement, isNarrow),
                new Style(row.IsImprovement ? Color.Green : Color.Red, decoration: Decoration.Bold)
            ),
            { Threshold: null, Verdict: { } verdict } => Verdict(verdict),
            { Threshold: null } => new(isNarrow ? "no limit" : "no threshold", new Style(Color.Grey)),
            _ when row.Boundary.Violation(row.Value) is not null => new(
                isNarrow ? "ignored" : "outside, ignored",
                new Style(Color.Yellow)
            ),
            { Boundary: { LowerLimit: null, UpperLimit: null }, WhyUnjudged: { } why } => new(
                isNarrow ? "not yet" : Terminal.Plain(why),
                new Style(Color.Grey)
            ),
            { WhyUnjudged: { } why } => new(
                isNarrow ? "no alert" : $"cannot alert: {Terminal.Plain(why)}",
                new Style(Color.Yellow)
            ),
            { Weak: { } weak } => new(
                isNarrow ? "✓ ok, weak" : $"✓ ok; {Terminal.Plain(weak)}",
                new Style(Color.Yellow)
            ),
            _ => new("✓ ok", new Style(Color.Green)),
        };

    private static Cell Verdict(ResultVerdict verdict)
    {
        var words = ShortVerdict.Of(verdict);
        return verdict.State switch
        {
            VerdictState.Slower when verdict.Fails => new(
                $"▲ {words}",
                new Style(Color.Red, decoration: Decoration.Bold)
            ),
            VerdictState.Slower => new(words, new Style(Color.Yellow)),
            VerdictState.Faster or VerdictState.Steady => new($"✓ {words}", new Style(Color.Green)),
            VerdictState.Suspected when verdict.Direction == ChangeVerdict.Faster => new(words, new Style(Color.Green)),
            VerdictState.Suspected when verdict.Reruns is { State: RerunState.Reproduced } => new(
                words,
                new Style(Color.Yellow, decoration: Decoration.Bold)
            ),
            VerdictState.Suspected => new(words, new Style(Color.Yellow)),
            _ => new(words, new Style(Color.Grey)),
        };
    }

    private static string Outside(BoundaryLimit limit, bool isBetter, bool isNarrow)
    {
        var side = limit == BoundaryLimit.Upper ? "▲ above" : "▼ below";
        return isNarrow ? side : $"{side} limit{(isBetter ? ", better" : "")}";
    }

    private static int CellsOf(string text) => new Segment(text).CellCount();

    private readonly record struct Cell(string Text, Style? Style = null);
}
