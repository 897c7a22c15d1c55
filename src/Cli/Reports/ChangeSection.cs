using System.Text;
using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using static Paddock.Cli.Reports.Html;

namespace Paddock.Cli.Reports;

/// <summary>
/// The proven and suspected changes of a report as an HTML table: first those that fail the job, then possible
/// slowdowns, then slowdowns that the base already has, then possible and proven improvements.
/// </summary>
internal sealed class ChangeSection
{
    private const int NameMax = 80,
        CalmMax = 50,
        TerseMax = 10;

    private readonly List<Row> rows;
    private readonly Links links;

    public ChangeSection(IEnumerable<Row> all, Links links)
    {
        this.links = links;
        rows =
        [
            .. all.Where(row =>
                    row.Verdict?.State is VerdictState.Slower or VerdictState.Faster or VerdictState.Suspected
                )
                .DistinctBy(row => (row.Benchmark.Uuid, row.Measure.Uuid)) // All iterations share one verdict.
                .OrderBy(row => Rank(row.Verdict!))
                .ThenByDescending(row => Math.Abs(row.Verdict!.Effect ?? double.MaxValue)),
        ];
    }

    /// <summary>Empty when nothing changed. Changes that fail the job are shown as long as they fit.</summary>
    public string Render(AlertDetail detail)
    {
        var failing = rows.Count(row => row.Verdict!.Fails);
        var told = detail switch
        {
            AlertDetail.Full => failing + CalmMax,
            AlertDetail.Line => failing,
            AlertDetail.Terse => TerseMax,
        };
        List<Row> shown = [.. rows.Take(told)];
        if (shown.Count == 0)
            return "";
        var names = new ShortNames(shown.Select(row => row.Benchmark.Name), NameMax);
        var html = new StringBuilder(
            "<table><thead><tr><th>Benchmark</th><th>Measure</th><th>Verdict</th><th>Change<br/>"
                + "(95\u00a0% interval)</th><th>Before</th><th>Now</th><th>Since</th></tr></thead><tbody>"
        );
        foreach (var row in shown)
            Line(html, row, names);
        html.Append("</tbody></table>");
        if (shown.Count < rows.Count)
            html.Append($"<p>{rows.Count - shown.Count} more changed. {Anchor(links.Report, "See all of them")}.</p>");
        return html.ToString();
    }

    private void Line(StringBuilder html, Row row, ShortNames names)
    {
        var verdict = row.Verdict!;
        var units = Units.Scale(
            row.Measure.Units,
            Math.Min(Math.Abs(verdict.Before ?? row.Value), Math.Abs(verdict.After ?? row.Value))
        );
        html.Append($"<tr><td>{Anchor(links.Benchmark(row.Benchmark), names.Of(row.Benchmark.Name))}</td>")
            .Append($"<td>{Anchor(links.Measure(row.Measure), row.Measure.Name)}</td>")
            .Append($"<td>{Sign(verdict)}{Escape(ShortVerdict.Of(verdict))}</td>")
            .Append($"<td>{Anchor(links.Plot(row, only: null), VerdictWords.Joined(Change(verdict)))}</td>")
            .Append($"<td>{(verdict.Before is { } before ? Escape(Whole(units.PrintWithSymbol(before))) : "")}</td>")
            .Append($"<td>{(verdict.After is { } after ? Escape(Whole(units.PrintWithSymbol(after))) : "")}</td>")
            .Append($"<td>{(verdict.Since is { } since ? Escape(VerdictWords.Of(since)) : "")}</td></tr>");
    }

    private static string Change(ResultVerdict verdict)
    {
        if (verdict.Effect is not { } effect)
            return "from 0";
        var size = VerdictWords.Percent(effect, signed: true);
        return verdict.Interval is { Lower: { } low, Upper: { } high }
            ? $"{size} ({VerdictWords.Percent(low, signed: true)} to {VerdictWords.Percent(high, signed: true)})"
            : size;
    }

    private static int Rank(ResultVerdict verdict) =>
        verdict switch
        {
            { Fails: true } => 0,
            { State: VerdictState.Suspected, Direction: ChangeVerdict.Faster } => 4,
            { State: VerdictState.Suspected, Reruns.State: RerunState.Reproduced } => 1,
            { State: VerdictState.Suspected } => 2,
            { State: VerdictState.Slower } => 3,
            _ => 5,
        };

    private static string Sign(ResultVerdict verdict) =>
        Rank(verdict) switch
        {
            0 => "🚨 ",
            1 or 2 => "⚠️ ",
            5 => "🎉 ",
            _ => "",
        };
}

/// <summary>The verdict about a series in a few words, for a narrow table.</summary>
internal static class ShortVerdict
{
    public static string Of(ResultVerdict verdict) =>
        verdict.State switch
        {
            VerdictState.Slower when verdict.Fails => "slower",
            VerdictState.Slower when verdict.IsInherited => "base slower",
            VerdictState.Slower => "slower, muted",
            VerdictState.Suspected => VerdictWords.Suspicion(verdict),
            VerdictState.Young => "too few runs",
            VerdictState.Noisy => "too noisy",
            VerdictState.NotComparable => "other machine",
            _ => Words<VerdictState>.Of(verdict.State),
        };
}
