using System.Text;
using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using static Paddock.Cli.Reports.Html;

namespace Paddock.Cli.Reports;

/// <summary>How much is shown of each alert. Benchmark, measure, value, change and limit are always shown.</summary>
internal enum AlertDetail
{
    /// <summary>A table with links to plot, threshold and alert.</summary>
    Full,

    /// <summary>One line per alert, linked to the alert.</summary>
    Line,

    /// <summary>One line per alert, without a link and with a shortened name.</summary>
    Terse,
}

/// <summary>The alerts of a report as HTML, worst first; results better than their limit follow below.</summary>
internal sealed class AlertSection(Headline headline, Links links, bool hasIterations)
{
    private const int NameMax = 80,
        TerseNameMax = 40;

    /// <param name="most">The most alerts to show, for when even the shortest form of all of them does not fit.</param>
    public string Render(AlertDetail detail, int most = int.MaxValue)
    {
        var html = new StringBuilder();
        Part(html, "🚨", "Alert", headline.Worse, detail, ref most);
        Part(html, "🎉", "Improvement", headline.Better, detail, ref most);
        return html.ToString();
    }

    private void Part(
        StringBuilder html,
        string sign,
        string noun,
        IReadOnlyList<Row> rows,
        AlertDetail detail,
        ref int most
    )
    {
        if (rows.Count == 0)
            return;
        html.Append($"<h3>{sign} {rows.Count} {noun}{(rows.Count == 1 ? "" : "s")}</h3>");
        IReadOnlyList<Row> told = rows.Count <= most ? rows : [.. rows.Take(most)];
        most -= told.Count;
        if (detail == AlertDetail.Full)
            Table(html, told);
        else
        {
            html.Append("<ul>");
            var names = new ShortNames(
                told.Select(row => row.Benchmark.Name),
                detail == AlertDetail.Line ? NameMax : TerseNameMax
            );
            foreach (var row in told)
                html.Append($"<li>{Line(row, names, isLinked: detail == AlertDetail.Line)}</li>");
            html.Append("</ul>");
        }
        if (told.Count < rows.Count)
            html.Append(
                $"<p>{rows.Count - told.Count} more do not fit in here. {Anchor(links.Report, "See all of them")}.</p>"
            );
    }

    private string Line(Row row, ShortNames names, bool isLinked)
    {
        var words = (hasIterations ? $"[{row.Iteration}] " : "") + VerdictWords.Joined(Headline.Words(row, names));
        return isLinked ? Anchor(links.Alert(row.Alert!), words) : Escape(words);
    }

    private void Table(StringBuilder html, IReadOnlyList<Row> rows)
    {
        var names = new ShortNames(rows.Select(row => row.Benchmark.Name), NameMax);
        var (lower, upper) = (
            rows.Any(row => row.Alert!.Limit == BoundaryLimit.Lower),
            rows.Any(row => row.Alert!.Limit == BoundaryLimit.Upper)
        );
        html.Append("<table><thead><tr>")
            .Append(hasIterations ? "<th>Iteration</th>" : "")
            .Append(
                "<th>Benchmark</th><th>Measure<br/>Units</th><th>View</th><th>Benchmark Result<br/>(Result Δ%)</th>"
            )
            .Append(lower ? "<th>Lower Boundary<br/>(Limit %)</th>" : "")
            .Append(upper ? "<th>Upper Boundary<br/>(Limit %)</th>" : "")
            .Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            var units = Row.Scale([row], row.Measure);
            var limit = row.Alert!.Limit;
            html.Append("<tr>")
                .Append(hasIterations ? $"<td>{row.Iteration}</td>" : "")
                .Append($"<td>{Anchor(links.Benchmark(row.Benchmark), names.Of(row.Benchmark.Name))}</td>")
                .Append($"<td>{Anchor(links.Measure(row.Measure), row.Measure.Name)}<br/>{Escape(units.Text)}</td>")
                .Append(
                    $"<td>{RowCells.Views(row, links, limit)}</td><td>{RowCells.Result(row, units, bold: true)}</td>"
                );
            if (lower)
                html.Append($"<td>{(limit == BoundaryLimit.Lower ? RowCells.Lower(row, units, bold: true) : "")}</td>");
            if (upper)
                html.Append($"<td>{(limit == BoundaryLimit.Upper ? RowCells.Upper(row, units, bold: true) : "")}</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
    }
}

/// <summary>The table cells that alerts and results share.</summary>
internal static class RowCells
{
    public static string Views(Row row, Links links, BoundaryLimit? only)
    {
        var views = Anchor(links.Plot(row, only), "📈 plot");
        views +=
            row.Threshold is var (uuid, model) ? $"<br/>{Anchor(links.Threshold(uuid, model), "📏 threshold")}"
            : row.Verdict is { } verdict
                ? "<br/>"
                    + (
                        verdict.State == VerdictState.Suspected
                            ? VerdictWords.Suspicion(verdict)
                            : Words<VerdictState>.Of(verdict.State)
                    )
            : "<br/>⚠️ no threshold";
        if (row.Alert is { } alert)
            views +=
                $"<br/>{Anchor(links.Alert(alert), $"{(alert.Status == AlertStatus.Active ? "🔔" : "🔕")} alert")}";
        else if (row.Threshold is not null && row.Weak is { } weak)
            views += $"<br/>⚠️ {Escape(weak)}";
        return views;
    }

    public static string Result(Row row, Units units, bool bold)
    {
        var value = Bold(Whole(units.PrintWithSymbol(row.Value)), bold);
        if (row.Boundary.Baseline is not { } baseline)
            return value;
        var change = row.Change is { } percent ? $"<br/>{Bold($"({percent})", bold)}" : "";
        return $"<details><summary>{value}{change}</summary>Baseline: "
            + $"{Escape(Whole(units.PrintWithSymbol(baseline)))}</details>";
    }

    public static string Lower(Row row, Units units, bool bold) =>
        row.Boundary.LowerLimit is { } limit ? Limit(limit, Units.Share(limit, row.Value), units, bold) : "";

    public static string Upper(Row row, Units units, bool bold) =>
        row.Boundary.UpperLimit is { } limit ? Limit(limit, Units.Share(row.Value, limit), units, bold) : "";

    private static string Limit(double limit, string? share, Units units, bool bold) =>
        Bold(Whole(units.PrintWithSymbol(limit)), bold) + (share is null ? "" : $"<br/>{Bold($"({share})", bold)}");
}
