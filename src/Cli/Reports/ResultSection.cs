using System.Text;
using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using static Paddock.Cli.Reports.Html;

namespace Paddock.Cli.Reports;

/// <summary>All results of a report as collapsed HTML, one table per iteration, with as many rows as fit.</summary>
/// <param name="onlyThresholds">True to show only measures with limits.</param>
internal sealed class ResultSection(IReadOnlyList<IReadOnlyList<Row>> iterations, Links links, bool onlyThresholds)
{
    private const int NameMax = 80;
    private const string Start = "<details><summary>All benchmark results</summary>",
        End = "</details>",
        TableEnd = "</tbody></table>";

    private readonly ShortNames names = new(
        iterations.SelectMany(rows => rows).Select(row => row.Benchmark.Name),
        NameMax
    );

    /// <param name="bytesMax">The longest result allowed; the result is empty when not even one row fits.</param>
    public string Render(int bytesMax)
    {
        var benchmarks = iterations.Sum(rows => rows.Select(row => row.Benchmark.Uuid).Distinct().Count());
        var (html, told) = (new StringBuilder(Start), 0);
        var left = bytesMax - Bytes(Start) - Bytes(TableEnd) - Bytes(End) - Bytes(Rest(benchmarks));
        foreach (var rows in iterations.Where(iteration => iteration.Count > 0))
        {
            var columns = rows.GroupBy(row => row.Measure.Uuid)
                .Select(of => new Column([.. of]))
                .Where(c => !onlyThresholds || c.HasLower || c.HasUpper)
                .OrderBy(c => c.Measure, ByName)
                .ToList();
            var head = Head(rows, columns);
            if ((left -= Bytes(head) + Bytes(TableEnd)) < 0)
                break;
            html.Append(head);
            foreach (var benchmark in rows.Select(row => row.Benchmark).DistinctBy(b => b.Uuid))
            {
                var line = Line(benchmark, columns);
                if ((left -= Bytes(line)) < 0)
                    break;
                html.Append(line);
                told++;
            }
            html.Append(TableEnd);
            if (left < 0)
                break;
        }
        if (told == 0)
            return "";
        if (told < benchmarks)
            html.Append(Rest(benchmarks - told));
        return html.Append(End).ToString();
    }

    /// <summary>The text in place of the rows that do not fit.</summary>
    public string Rest(int count) =>
        $"<p>{count} more {(count == 1 ? "result does" : "results do")} not fit in here. "
        + $"{Anchor(links.Report, "See all of them")}.</p>";

    private string Head(IReadOnlyList<Row> rows, List<Column> columns)
    {
        var html = new StringBuilder(iterations.Count > 1 ? $"<p>Iteration {rows[0].Iteration}</p>" : "").Append(
            "<table><thead><tr><th>Benchmark</th>"
        );
        foreach (var column in columns)
            column.Head(html, links);
        return html.Append("</tr></thead><tbody>").ToString();
    }

    private string Line(Benchmark benchmark, List<Column> columns)
    {
        var html = new StringBuilder($"<tr><td>{Anchor(links.Benchmark(benchmark), names.Of(benchmark.Name))}</td>");
        foreach (var column in columns)
            Cells(html, column, column.Find(benchmark));
        return html.Append("</tr>").ToString();
    }

    private void Cells(StringBuilder html, Column column, Row? row)
    {
        var alert = row?.Alert?.Limit;
        html.Append(
            $"<td>{(row is null ? "" : RowCells.Views(row, links, only: null))}"
                + $"</td><td>{(row is null ? "" : RowCells.Result(row, column.Units, bold: alert is not null))}</td>"
        );
        if (column.HasLower)
            html.Append(
                $"<td>{(row is null ? "" : RowCells.Lower(row, column.Units, bold: alert == BoundaryLimit.Lower))}</td>"
            );
        if (column.HasUpper)
            html.Append(
                $"<td>{(row is null ? "" : RowCells.Upper(row, column.Units, bold: alert == BoundaryLimit.Upper))}</td>"
            );
    }

    /// <summary>Sorts measures by name, in byte order.</summary>
    public static readonly IComparer<Measure> ByName = Comparer<Measure>.Create(
        (a, b) =>
            string.CompareOrdinal(a.Name, b.Name) is var name and not 0 ? name
            : string.CompareOrdinal(a.Slug, b.Slug) is var slug and not 0 ? slug
            : string.CompareOrdinal(a.Units, b.Units)
    );

    /// <summary>One measure's results in one iteration, which share a scale.</summary>
    private sealed class Column(IReadOnlyList<Row> rows)
    {
        private readonly Dictionary<Guid, Row> byBenchmark = rows.GroupBy(r => r.Benchmark.Uuid)
            .ToDictionary(of => of.Key, of => of.Last());

        public Measure Measure => rows[0].Measure;
        public Units Units { get; } = Row.Scale(rows, rows[0].Measure);
        public bool HasLower { get; } = rows.Any(r => r.Boundary.LowerLimit is not null);
        public bool HasUpper { get; } = rows.Any(r => r.Boundary.UpperLimit is not null);

        public Row? Find(Benchmark benchmark) => byBenchmark.GetValueOrDefault(benchmark.Uuid);

        public void Head(StringBuilder html, Links links)
        {
            var change = rows.Any(r => r.Boundary.Baseline is not null) ? "<br/>(Result Δ%)" : "";
            html.Append(
                $"<th>{Anchor(links.Measure(Measure), Measure.Name)}</th><th>{Escape(Units.Text)}{change}</th>"
            );
            if (HasLower)
                html.Append("<th>Lower Boundary<br/>(Limit %)</th>");
            if (HasUpper)
                html.Append("<th>Upper Boundary<br/>(Limit %)</th>");
        }
    }
}
