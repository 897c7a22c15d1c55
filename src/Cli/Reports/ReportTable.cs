using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Spectre.Console;

namespace Paddock.Cli.Reports;

/// <summary>
/// A report for a terminal or a log: the verdict, a table with the largest changes first, and a link to more. The
/// table's end is cut, since nobody reads a log of thousands of benchmarks.
/// </summary>
internal static class ReportTable
{
    // A terminal can be scrolled by a user who looks for something; a log should show what matters.
    private const int AlertRowsMax = 100,
        CalmRowsMax = 100,
        CalmRowsMaxInLog = 20;

    public static void Print(Report report, Links links)
    {
        foreach (var line in Heading(report))
            Output.Line(line);
        var rows = Ordered(report);
        var shown = Shown(rows, Terminal.IsOut ? CalmRowsMax : CalmRowsMaxInLog);
        var console = Terminal.Open();
        var width = Terminal.IsOut ? console.Profile.Width : (int?)null;
        if (shown.Count > 0)
            console.Write(RowColumns.TableOf(shown, several: report.Results is { Count: > 1 }, width));
        foreach (var line in Ending(report, rows, shown, links, Terminal.IsOut))
            Output.Line(line);
    }

    /// <summary>The project, branch and testbed of the report, and its verdict.</summary>
    internal static IEnumerable<string> Heading(Report report)
    {
        var rows = Ordered(report);
        // An alert of a threshold comes first, whatever the verdicts say.
        if (report.Changes is not null && new Headline(report) is { Worse.Count: > 0 } alerts)
            yield return Terminal.Plain($"{alerts.Title}.");
        if (report.Changes is { } changes)
            yield return Terminal.Plain(changes.Sentence);
        yield return $"{Terminal.Plain(report.Project.Name)} · {Terminal.Plain(report.Branch.Name)}{From(report)} · "
            + $"{Terminal.Plain(report.Testbed.Name)}";
        // Without a threshold, the first line already says everything.
        if (report.Changes is null || rows.Exists(row => row.Threshold is not null))
            yield return Verdict(rows, hasJob: report.Job is not null);
        foreach (var notice in report.Notices ?? [])
            yield return $"Note: {Terminal.Plain(notice.Text)}";
    }

    /// <summary>Alerts first, then proven changes, then the largest changes.</summary>
    internal static List<Row> Ordered(Report report) =>
        [
            .. Row.Of(report)
                .SelectMany(iteration => iteration)
                .OrderBy(row => row.Alert is null)
                .ThenByDescending(row =>
                    row.Verdict?.State is VerdictState.Slower or VerdictState.Faster or VerdictState.Suspected
                )
                .ThenBy(row => row.Boundary.Violation(row.Value) is null)
                .ThenByDescending(Change),
        ];

    internal static List<Row> Shown(List<Row> rows, int calmMax) =>
        [
            .. rows.Where(row => row.Alert is not null).Take(AlertRowsMax),
            .. rows.Where(row => row.Alert is null).Take(calmMax),
        ];

    /// <param name="isTerminal">True to print a link to each alert, which a user can follow; a log gets one link to the
    /// report.</param>
    internal static IEnumerable<string> Ending(
        Report report,
        List<Row> rows,
        List<Row> shown,
        Links links,
        bool isTerminal
    )
    {
        var alerts = rows.Count(row => row.Alert is not null) - shown.Count(row => row.Alert is not null);
        var calm = rows.Count - shown.Count - alerts;
        if (alerts > 0)
            yield return $"… and {alerts} more {(alerts == 1 ? "alert" : "alerts")}.";
        if (calm > 0)
            yield return $"… and {calm} more {(calm == 1 ? "result" : "results")} without an alert.";
        foreach (var why in rows.GroupBy(row => row.WhyUnjudged).Where(of => of.Key is not null))
            yield return $"{why.Count()} cannot alert: {Terminal.Plain(why.Key!)}.";
        yield return $"View report: {links.Report}";
        if (isTerminal)
            foreach (var row in shown.Where(row => row.Alert is not null))
                yield return $"Alert of {Terminal.Plain(row.Benchmark.Name)}: {links.Alert(row.Alert!)}";
        if (links.Claim is { } claim)
            yield return $"Claim this project: {claim}";
    }

    /// <summary>The start point of the branch, against which it is judged.</summary>
    internal static string From(Report report) =>
        report.Branch.Head.StartPoint is { Version: var start } ? $" (begins at {Core.VerdictWords.Of(start)})" : "";

    private static double Change(Row row) =>
        row.Boundary.Baseline is { } baseline && double.IsNormal(baseline) && double.IsFinite(row.Value / baseline)
            ? Math.Abs(row.Value / baseline - 1)
            : -1;

    private static string Verdict(List<Row> rows, bool hasJob)
    {
        if (rows.Count == 0)
            return $"This report has no results{(hasJob ? " yet" : "")}.";
        var alerts = rows.Count(r => r.Alert is not null);
        var unjudged = rows.Count(r => r.Threshold is null || r.WhyUnjudged is not null);
        var results = $"{rows.Count} {(rows.Count == 1 ? "result" : "results")}";
        // A reason that more history will not cure is printed at once.
        if (
            rows.Select(r => r.WhyUnjudged).Distinct().ToList() is [{ } why]
            && why != Core.Analysis.Weakness.Words(Core.Analysis.NoLimits.TooLittleHistory)
        )
            return $"{results}, not judged: {why}.";
        return alerts == 0 && unjudged == rows.Count
            ? $"{results}, nothing to compare {(rows.Count == 1 ? "it" : "them")} with yet."
            : $"{results}: {alerts} outside {(alerts == 1 ? "its limits" : "their limits")}, "
                + $"{rows.Count - alerts - unjudged} inside, {unjudged} not judged.";
    }
}
