using Paddock.Core;
using Paddock.Core.Wire;
using Spectre.Console;

namespace Paddock.Cli.Reports;

/// <summary>A report as a table: what left its limits first, then the rest. Where nobody looks at a terminal, the address of every plot follows.</summary>
internal static class ReportTable
{
    private const int CalmRowsMax = 100;
    private const string None = "–";

    public static void Print(Report report, Links links)
    {
        var iterations = Row.Of(report);
        var rows = iterations.SelectMany(i => i).OrderBy(r => r.Alert is null).ToList();
        Output.Line($"{Terminal.Plain(report.Project.Name)} · {Terminal.Plain(report.Branch.Name)} · {Terminal.Plain(report.Testbed.Name)}");
        Output.Line(Summary(rows, hasJob: report.Job is not null));
        foreach (var notice in report.Notices ?? []) Output.Line($"Note: {Terminal.Plain(notice.Text)}");
        if (rows.Count > 0) Terminal.Open().Write(TableOf(rows, several: iterations.Count > 1));
        var left = rows.Count(r => r.Alert is null) - CalmRowsMax;
        if (left > 0) Output.Line($"… and {left} more results without an alert.");
        if (Terminal.IsOut) Addresses(rows, links);
        else Output.Line($"\n{ReportText.Render(report, links)}");
    }

    private static void Addresses(List<Row> rows, Links links)
    {
        Output.Line($"View report: {links.Report}");
        foreach (var row in rows.Where(r => r.Alert is not null)) Output.Line($"Alert of {Terminal.Plain(row.Benchmark.Name)}: {links.Alert(row.Alert!)}");
        if (links.Claim is { } claim) Output.Line($"Claim this project: {claim}");
    }

    private static string Summary(List<Row> rows, bool hasJob)
    {
        if (rows.Count == 0) return $"This report holds no benchmark{(hasJob ? " so far" : "")}.";
        var alerts = rows.Count(r => r.Alert is not null);
        var unjudged = rows.Count(r => r.Threshold is null || r.WhyUnjudged is not null);
        var results = $"{rows.Count} {(rows.Count == 1 ? "result" : "results")}";
        // Of what no history will cure the reason is told at once.
        if (rows.Select(r => r.WhyUnjudged).Distinct().ToList() is [{ } why]
            && why != Core.Analysis.Weakness.Words(Core.Analysis.NoLimits.TooLittleHistory)) return $"{results}, not judged: {why}.";
        return alerts == 0 && unjudged == rows.Count ? $"{results}, nothing to hold {(rows.Count == 1 ? "it" : "them")} against yet."
            : $"{results}: {alerts} outside {(alerts == 1 ? "its limits" : "their limits")}, {rows.Count - alerts - unjudged} inside, {unjudged} not judged.";
    }

    private static Table TableOf(List<Row> rows, bool several)
    {
        var table = Terminal.Table();
        if (several) table.AddColumn("Iteration");
        table.AddColumn("Benchmark").AddColumn("Measure");
        foreach (var heading in (ReadOnlySpan<string>)["Value", "Baseline", "Change", "Boundary"]) table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        table.AddColumn(new TableColumn("Verdict").NoWrap());
        foreach (var row in rows.Where(r => r.Alert is not null).Concat(rows.Where(r => r.Alert is null).Take(CalmRowsMax)))
            table.AddRow(Cells(row, several).ToArray());
        return table;
    }

    private static IEnumerable<Markup> Cells(Row row, bool several)
    {
        var units = Row.Scale([row], row.Measure);
        if (several) yield return new($"{row.Iteration}");
        yield return new(Escape(row.Benchmark.Name));
        yield return new(Escape(row.Measure.Name));
        yield return new(Escape(units.PrintWithSymbol(row.Value)));
        yield return new(row.Boundary.Baseline is { } baseline ? Escape(units.PrintWithSymbol(baseline)) : None);
        yield return new(row.Change is { } change ? Escape(change) : None);
        yield return new(Escape(Limits(row, units)));
        yield return Verdict(row);
    }

    private static string Limits(Row row, Units units) => (row.Boundary.LowerLimit, row.Boundary.UpperLimit) switch
    {
        (null, null) => None,
        ({ } lower, null) => $"≥ {units.PrintWithSymbol(lower)}",
        (null, { } upper) => $"≤ {units.PrintWithSymbol(upper)}",
        ({ } lower, { } upper) => $"{units.Print(lower)} … {units.PrintWithSymbol(upper)}",
    };

    private static Markup Verdict(Row row) => row switch
    {
        { Alert.Limit: Core.Analysis.BoundaryLimit.Upper } => new(row.IsImprovement ? "[green bold]▲ above limit, better[/]" : "[red bold]▲ above limit[/]"),
        { Alert.Limit: Core.Analysis.BoundaryLimit.Lower } => new(row.IsImprovement ? "[green bold]▼ below limit, better[/]" : "[red bold]▼ below limit[/]"),
        { Threshold: null } => new("[grey]no threshold[/]"),
        _ when row.Boundary.Violation(row.Value) is not null => new("[yellow]outside, ignored[/]"),
        { Boundary: { LowerLimit: null, UpperLimit: null }, WhyUnjudged: { } why } => new($"[grey]{Escape(why)}[/]"),
        { WhyUnjudged: { } why } => new($"[yellow]cannot alert: {Escape(why)}[/]"),
        { Weak: { } weak } => new($"[yellow]✓ ok; {Escape(weak)}[/]"),
        _ => new("[green]✓ ok[/]"),
    };

    private static string Escape(string text) => Markup.Escape(Terminal.Plain(text));
}
