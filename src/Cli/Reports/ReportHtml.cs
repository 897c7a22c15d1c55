using System.Net;
using System.Text;
using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>
/// A report as one line of HTML, for a comment, a check or a job summary. It stays on one line, and every name in it is escaped, because
/// GitHub reads it as Markdown, where an empty line would end the HTML.
/// </summary>
/// <param name="onlyThresholds">Show only what is held against limits.</param>
/// <param name="tag">What the text ends with, so that the next run finds the comment.</param>
internal sealed class ReportHtml(Report report, Links links, bool onlyThresholds, string tag)
{
    private readonly IReadOnlyList<IReadOnlyList<Row>> iterations = Row.Of(report);

    /// <summary>The tag of a run's comment. Its form is one that other clients of the API look for too.</summary>
    public static string Tag(Report report, string? id, bool buildTime, bool fileSize)
    {
        id ??= $"{report.Branch.Slug}/{report.Testbed.Slug}/{Words<Core.Adapters.Adapter>.Of(report.Adapter)}{(buildTime ? "-build_time" : "")}{(fileSize ? "-file_size" : "")}";
        return $"<div id=\"bencher.dev/projects/{report.Project.Slug}/id/{Escape(id)}\"></div>";
    }

    /// <param name="shortened">Leave out the tables, for where the whole does not fit.</param>
    public string Render(bool shortened)
    {
        var html = new StringBuilder($"<h2>{Anchor(links.Report, "🐎 Paddock Report")}</h2>");
        html.Append($"<table><tr><td>Project</td><td>{Anchor(links.Project, report.Project.Name)}</td></tr>")
            .Append($"<tr><td>Branch</td><td>{Anchor(links.Branch, report.Branch.Name)}</td></tr>")
            .Append($"<tr><td>Testbed</td><td>{Anchor(links.Testbed, report.Testbed.Name)}</td></tr></table>");
        var isEmpty = iterations.All(i => i.Count == 0);
        if (isEmpty) html.Append(Warning("This report holds no benchmark."));
        if (shortened) html.Append(Warning($"The results do not fit in here. {Anchor(links.Report, "See all of them")}."));
        if (!onlyThresholds) Unwatched(html, shortened);
        Alerts(html, shortened);
        if (!isEmpty && !shortened) Results(html);
        return html.Append($"<p>{Anchor(links.Report, "View the full report in Paddock")}</p>").Append(tag).ToString();
    }

    // Measures that nothing watches: a change there would go unnoticed.
    private void Unwatched(StringBuilder html, bool shortened)
    {
        var measures = iterations.SelectMany(i => i).Where(r => r.Threshold is null).Select(r => r.Measure).DistinctBy(m => m.Uuid).Order(ByName).ToList();
        if (measures.Count == 0) return;
        var list = shortened ? "" : $"<ul>{string.Concat(measures.Select(m => $"<li>{Anchor(links.Measure(m), $"{m.Name} ({m.Units})")}</li>"))}</ul>";
        html.Append(Warning($"{(measures.Count == 1 ? "A measure has" : "Some measures have")} no threshold, so nothing says when {(measures.Count == 1 ? "it gets" : "they get")} worse. {list}"
            + $"{Anchor(links.AddThreshold, "Add a threshold")}, or give one with the run: <code>paddock run --threshold-measure … --threshold-test …</code>. "
            + "To show only measures with a threshold, use <code>--ci-only-thresholds</code>."));
    }

    private void Alerts(StringBuilder html, bool shortened)
    {
        if (report.Alerts is not { Count: > 0 } alerts) return;
        html.Append($"<h3>🚨 {alerts.Count} {(alerts.Count == 1 ? "Alert" : "Alerts")}</h3>");
        if (shortened) return;
        var several = iterations.Count > 1;
        var (lower, upper) = (alerts.Any(a => a.Limit == BoundaryLimit.Lower), alerts.Any(a => a.Limit == BoundaryLimit.Upper));
        html.Append("<table><thead><tr>").Append(several ? "<th>Iteration</th>" : "")
            .Append("<th>Benchmark</th><th>Measure<br/>Units</th><th>View</th><th>Benchmark Result<br/>(Result Δ%)</th>")
            .Append(lower ? "<th>Lower Boundary<br/>(Limit %)</th>" : "").Append(upper ? "<th>Upper Boundary<br/>(Limit %)</th>" : "").Append("</tr></thead><tbody>");
        foreach (var row in alerts.Select(Row.Of)) AlertRow(html, row, several, lower, upper);
        html.Append("</tbody></table>");
    }

    private void AlertRow(StringBuilder html, Row row, bool several, bool lower, bool upper)
    {
        var units = Row.Scale([row], row.Measure);
        var limit = row.Alert!.Limit;
        html.Append("<tr>").Append(several ? $"<td>{row.Iteration}</td>" : "")
            .Append($"<td>{Anchor(links.Benchmark(row.Benchmark), row.Benchmark.Name)}</td>")
            .Append($"<td>{Anchor(links.Measure(row.Measure), row.Measure.Name)}<br/>{Escape(units.Text)}</td>")
            .Append($"<td>{Views(row, limit)}</td><td>{Result(row, units, bold: true)}</td>");
        if (lower) html.Append($"<td>{(limit == BoundaryLimit.Lower ? Lower(row, units, bold: true) : "")}</td>");
        if (upper) html.Append($"<td>{(limit == BoundaryLimit.Upper ? Upper(row, units, bold: true) : "")}</td>");
        html.Append("</tr>");
    }

    private void Results(StringBuilder html)
    {
        html.Append("<details><summary>All benchmark results</summary>");
        foreach (var rows in iterations.Where(i => i.Count > 0))
        {
            var columns = rows.GroupBy(r => r.Measure.Uuid).Select(of => new Column([.. of])).Where(c => !onlyThresholds || c.HasLower || c.HasUpper)
                .OrderBy(c => c.Measure, ByName).ToList();
            if (iterations.Count > 1) html.Append($"<p>Iteration {rows[0].Iteration}</p>");
            html.Append("<table><thead><tr><th>Benchmark</th>");
            foreach (var column in columns) column.Head(html, links);
            html.Append("</tr></thead><tbody>");
            foreach (var benchmark in rows.Select(r => r.Benchmark).DistinctBy(b => b.Uuid))
            {
                html.Append($"<tr><td>{Anchor(links.Benchmark(benchmark), benchmark.Name)}</td>");
                foreach (var column in columns) Cells(html, column, column.Find(benchmark));
                html.Append("</tr>");
            }
            html.Append("</tbody></table>");
        }
        html.Append("</details>");
    }

    private void Cells(StringBuilder html, Column column, Row? row)
    {
        var alert = row?.Alert?.Limit;
        html.Append($"<td>{(row is null ? "" : Views(row, only: null))}</td><td>{(row is null ? "" : Result(row, column.Units, bold: alert is not null))}</td>");
        if (column.HasLower) html.Append($"<td>{(row is null ? "" : Lower(row, column.Units, bold: alert == BoundaryLimit.Lower))}</td>");
        if (column.HasUpper) html.Append($"<td>{(row is null ? "" : Upper(row, column.Units, bold: alert == BoundaryLimit.Upper))}</td>");
    }

    private string Views(Row row, BoundaryLimit? only)
    {
        var views = Anchor(links.Plot(row, only), "📈 plot");
        views += row.Threshold is var (uuid, model) ? $"<br/>{Anchor(links.Threshold(uuid, model), "📏 threshold")}" : "<br/>⚠️ no threshold";
        if (row.Alert is { } alert) views += $"<br/>{Anchor(links.Alert(alert), $"{(alert.Status == AlertStatus.Active ? "🔔" : "🔕")} alert")}";
        return views;
    }

    private static string Result(Row row, Units units, bool bold)
    {
        var value = Bold(units.PrintWithSymbol(row.Value), bold);
        if (row.Boundary.Baseline is not { } baseline) return value;
        var change = row.Change is { } percent ? $"<br/>{Bold($"({percent})", bold)}" : "";
        return $"<details><summary>{value}{change}</summary>Baseline: {Escape(units.PrintWithSymbol(baseline))}</details>";
    }

    private static string Lower(Row row, Units units, bool bold) =>
        row.Boundary.LowerLimit is { } limit ? Limit(limit, Units.Share(limit, row.Value), units, bold) : "";

    private static string Upper(Row row, Units units, bool bold) =>
        row.Boundary.UpperLimit is { } limit ? Limit(limit, Units.Share(row.Value, limit), units, bold) : "";

    private static string Limit(double limit, string? share, Units units, bool bold) =>
        Bold(units.PrintWithSymbol(limit), bold) + (share is null ? "" : $"<br/>{Bold($"({share})", bold)}");

    private static string Warning(string html) => $"<blockquote><b>⚠️ WARNING:</b> {html}</blockquote>";

    private static string Anchor(string url, string text) => $"<a href=\"{Escape(url)}\">{Escape(text)}</a>";

    private static string Bold(string text, bool bold) => bold ? $"<b>{Escape(text)}</b>" : Escape(text);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c)) escaped.Append($"&#{(int)c};");
            else if (c is '<' or '>' or '&' or '"' or '\'') escaped.Append(WebUtility.HtmlEncode(c.ToString()));
            else escaped.Append(c);
        }
        return escaped.ToString();
    }

    private static readonly IComparer<Measure> ByName = Comparer<Measure>.Create((a, b) =>
        string.CompareOrdinal(a.Name, b.Name) is var name and not 0 ? name
        : string.CompareOrdinal(a.Slug, b.Slug) is var slug and not 0 ? slug
        : string.CompareOrdinal(a.Units, b.Units));

    /// <summary>One measure's results in one iteration; they share a scale.</summary>
    private sealed class Column(IReadOnlyList<Row> rows)
    {
        private readonly Dictionary<Guid, Row> byBenchmark = rows.GroupBy(r => r.Benchmark.Uuid).ToDictionary(of => of.Key, of => of.Last());

        public Measure Measure => rows[0].Measure;
        public Units Units { get; } = Row.Scale(rows, rows[0].Measure);
        public bool HasLower { get; } = rows.Any(r => r.Boundary.LowerLimit is not null);
        public bool HasUpper { get; } = rows.Any(r => r.Boundary.UpperLimit is not null);

        public Row? Find(Benchmark benchmark) => byBenchmark.GetValueOrDefault(benchmark.Uuid);

        public void Head(StringBuilder html, Links links)
        {
            var change = rows.Any(r => r.Boundary.Baseline is not null) ? "<br/>(Result Δ%)" : "";
            html.Append($"<th>{Anchor(links.Measure(Measure), Measure.Name)}</th><th>{Escape(Units.Text)}{change}</th>");
            if (HasLower) html.Append("<th>Lower Boundary<br/>(Limit %)</th>");
            if (HasUpper) html.Append("<th>Upper Boundary<br/>(Limit %)</th>");
        }
    }
}
