using System.Text;
using Paddock.Core;
using Paddock.Core.Wire;
using static Paddock.Cli.Reports.Html;

namespace Paddock.Cli.Reports;

/// <summary>
/// A report as one line of HTML, for a comment, a check or a job summary. It stays on one line, and every name in it is
/// escaped, because GitHub reads it as Markdown, where an empty line would end the HTML.
/// </summary>
/// <param name="onlyThresholds">True to show only results that a threshold judges.</param>
/// <param name="tag">The end of the text, by which the next run finds the comment.</param>
internal sealed class ReportHtml(Report report, Links links, bool onlyThresholds, string tag)
{
    private const int LeftOutNamedMax = 10;
    private readonly IReadOnlyList<IReadOnlyList<Row>> iterations = Row.Of(report);
    private readonly Headline headline = new(report);

    /// <summary>The tag of a run's comment, in the form that other clients of the API look for too.</summary>
    public static string Tag(Report report, string? id, bool buildTime, bool fileSize)
    {
        id ??=
            $"{report.Branch.Slug}/{report.Testbed.Slug}/{Words<Core.Adapters.Adapter>.Of(report.Adapter)}"
            + $"{(buildTime ? "-build_time" : "")}{(fileSize ? "-file_size" : "")}";
        return $"<div id=\"bencher.dev/projects/{report.Project.Slug}/id/{id}\"></div>";
    }

    /// <summary>
    /// The report in at most so many bytes. Results inside their limits are cut first, then the links of the alerts.
    /// Alerts themselves are left out only when not even one line for each fits.
    /// </summary>
    public string Render(int bytesMax = int.MaxValue)
    {
        var section = new AlertSection(headline, links, hasIterations: iterations.Count > 1);
        var changes = new ChangeSection(
            iterations.SelectMany(rows => rows).Where(row => !onlyThresholds || row.Threshold is not null),
            links
        );
        var end = $"<p>{Anchor(links.Report, "View the full report in Paddock")}</p>{tag}";
        foreach (var detail in Enum.GetValues<AlertDetail>())
        {
            var begin = Begin(isShort: detail == AlertDetail.Terse) + section.Render(detail) + changes.Render(detail);
            var left = bytesMax - Bytes(begin) - Bytes(end);
            if (left >= 0)
                return begin + Results(left) + end;
        }
        // With hundreds of alerts, a binary search finds how many of the worst fit.
        var (least, most) = (0, headline.Worse.Count + headline.Better.Count);
        while (least < most)
        {
            var middle = (least + most + 1) / 2;
            if (Bytes(Begin(isShort: true)) + Bytes(section.Render(AlertDetail.Terse, middle)) + Bytes(end) <= bytesMax)
                least = middle;
            else
                most = middle - 1;
        }
        return Begin(isShort: true) + section.Render(AlertDetail.Terse, least) + end;
    }

    private string Begin(bool isShort)
    {
        var html = new StringBuilder($"<h2>{Anchor(links.Report, "🐎 Paddock Report")}</h2>");
        // Without a threshold, the verdicts' sentence already says everything.
        var alerts = iterations.Any(i => i.Any(row => report.Changes is null || row.Threshold is not null))
            ? $"<p><b>{Escape(headline.Count)}.</b> {Escape(headline.Summary)}</p>"
            : "";
        // An alert of a threshold comes first, whatever the verdicts say.
        if (headline.Worse.Count > 0)
            html.Append(alerts);
        if (report.Changes is { } changes)
            html.Append($"<p>{Sign(changes)}<b>{Escape(VerdictWords.Joined(changes.Sentence))}</b></p>");
        if (headline.Worse.Count == 0)
            html.Append(alerts);
        html.Append($"<table><tr><td>Project</td><td>{Anchor(links.Project, report.Project.Name)}</td></tr>")
            .Append(
                $"<tr><td>Branch</td><td>{Anchor(links.Branch, report.Branch.Name)}{Escape(ReportTable.From(report))}"
                    + $"</td></tr>"
            )
            .Append($"<tr><td>Testbed</td><td>{Anchor(links.Testbed, report.Testbed.Name)}</td></tr></table>");
        if (iterations.All(i => i.Count == 0))
            html.Append(Warning("This report has no results."));
        foreach (var notice in report.Notices ?? [])
            html.Append(Warning(Escape(notice.Text)));
        LeftOut(html, isShort);
        if (!onlyThresholds)
            Unwatched(html, isShort);
        return html.ToString();
    }

    private static string Sign(ReportChanges changes) =>
        changes switch
        {
            { Failing: > 0 } => "🚨 ",
            { Faster: > 0 } => "🎉 ",
            _ => "",
        };

    // Warns about printed results that the report does not contain.
    private void LeftOut(StringBuilder html, bool isShort)
    {
        var total = (report.Remarks ?? []).Sum(remark => remark.LeftOutTotal);
        if (total == 0)
            return;
        var named = isShort
            ? []
            : report.Remarks!.SelectMany(remark => remark.LeftOut).Distinct().Take(LeftOutNamedMax).ToList();
        var list = string.Concat(
            named.Select(one => $"<li>{Escape(ShortNames.Middle(one.What, 80))} ({Escape(one.Why)})</li>")
        );
        html.Append(
            Warning(
                $"{total} {(total == 1 ? "result was" : "results were")} left "
                    + $"out{(list.Length == 0 ? "." : $": <ul>{list}</ul>")}"
                    + (named.Count > 0 && named.Count < total ? Anchor(links.Report, "See what else was left out") : "")
            )
        );
    }

    // Warns about measures without threshold or verdict, in which a change would go unnoticed.
    private void Unwatched(StringBuilder html, bool isShort)
    {
        var measures = iterations
            .SelectMany(i => i)
            .Where(r => r is { Threshold: null, Verdict: null })
            .Select(r => r.Measure)
            .DistinctBy(m => m.Uuid)
            .Order(ResultSection.ByName)
            .ToList();
        if (measures.Count == 0)
            return;
        var list = isShort
            ? ""
            : "<ul>"
                + string.Concat(measures.Select(m => $"<li>{Anchor(links.Measure(m), $"{m.Name} ({m.Units})")}</li>"))
                + "</ul>";
        html.Append(
            Warning(
                $"{(measures.Count == 1 ? "A measure has" : "Some measures have")} no threshold, so nothing says "
                    + $"when {(measures.Count == 1 ? "it gets" : "they get")} worse. {list}"
                    + $"{Anchor(links.AddThreshold, "Add a threshold")}, or give one with the run: <code>paddock run "
                    + $"--threshold-measure … --threshold-test …</code>. "
                    + "To show only measures with a threshold, use <code>--ci-only-thresholds</code>."
            )
        );
    }

    private string Results(int bytesMax)
    {
        if (iterations.All(i => i.Count == 0))
            return "";
        var section = new ResultSection(iterations, links, onlyThresholds);
        var html = section.Render(bytesMax);
        if (html.Length > 0)
            return html;
        var rest = section.Rest(iterations.Sum(i => i.Count));
        return Bytes(rest) <= bytesMax ? rest : "";
    }
}
