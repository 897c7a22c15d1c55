using System.Text;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>A report as plain text: what to look at, by its address.</summary>
internal static class ReportText
{
    public static string Render(Report report, Links links)
    {
        List<string> parts = [$"View report: {links.Report}", Results(Row.Of(report), links, hasJob: report.Job is not null)];
        if (report.Alerts is { Count: > 0 } alerts) parts.Add(Alerts(alerts, links, several: report.Results is { Count: > 1 }));
        if (links.Claim is { } claim) parts.Add($"Claim this project: {claim}");
        return string.Join("\n\n", parts);
    }

    private static string Results(IReadOnlyList<IReadOnlyList<Row>> iterations, Links links, bool hasJob)
    {
        if (iterations.All(i => i.Count == 0)) return hasJob ? "This report holds no benchmark so far." : "Warning: this report holds no benchmark.";
        var text = new StringBuilder("View results:");
        for (var i = 0; i < iterations.Count; i++)
        {
            if (iterations.Count > 1) text.Append($"{(i == 0 ? "" : "\n")}\nIteration {i}:");
            foreach (var row in iterations[i]) text.Append($"\n- {Terminal.Plain(row.Benchmark.Name)} ({Terminal.Plain(row.Measure.Name)}): {links.Plot(row)}");
        }
        return text.ToString();
    }

    private static string Alerts(IReadOnlyList<Alert> alerts, Links links, bool several)
    {
        var text = new StringBuilder("View alerts:");
        foreach (var row in alerts.Select(Row.Of))
        {
            var iteration = several ? $" (Iteration {row.Iteration})" : "";
            text.Append($"\n- {Terminal.Plain(row.Benchmark.Name)} ({Terminal.Plain(row.Measure.Name)}){iteration}: {links.Plot(row, row.Alert!.Limit)}");
        }
        return text.ToString();
    }
}
