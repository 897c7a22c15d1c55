using System.Text;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>
/// A one-line summary of a report: the results outside their limits, by name, value, change and limit.
/// </summary>
internal sealed class Headline
{
    private const int TitleBytesMax = 255; // The limit for a check's title.
    private const int TitleNameMax = 60;
    private readonly IReadOnlyList<Row> rows;
    private readonly ReportChanges? changes;

    public Headline(Report report)
    {
        changes = report.Changes;
        rows = [.. Row.Of(report).SelectMany(iteration => iteration)];
        var alerts = (report.Alerts ?? []).Select(Row.Of).OrderByDescending(row => row.Excess).ToList();
        Worse = alerts.FindAll(row => !row.IsImprovement);
        Better = alerts.FindAll(row => row.IsImprovement);
    }

    /// <summary>Results outside their limits that are not known improvements, the farthest first.</summary>
    public IReadOnlyList<Row> Worse { get; }

    /// <summary>Results outside their limits on the good side.</summary>
    public IReadOnlyList<Row> Better { get; }

    /// <summary>The number of alerts or improvements: "1 alert", "2 improvements", "No alert".</summary>
    public string Count =>
        (Worse.Count, Better.Count) switch
        {
            (0, 0) => "No alert",
            (0, var better) => Many(better, "improvement"),
            (var worse, 0) => Many(worse, "alert"),
            var (worse, better) => $"{Many(worse, "alert")}, {Many(better, "improvement")}",
        };

    /// <summary>The title of a check: every alert that fits, the worst first.</summary>
    public string Title
    {
        get
        {
            if (Worse.Count == 0 && changes is { Failing: > 0 })
                return ShortNames.Cut(Terminal.Plain(changes.Sentence), TitleBytesMax);
            var told = Worse.Count > 0 ? Worse : Better;
            if (told.Count == 0)
                return Count;
            var names = new ShortNames(told.Select(row => row.Benchmark.Name), TitleNameMax);
            var title = new StringBuilder(Count);
            for (var i = 0; i < told.Count; i++)
            {
                var next = $"{(i == 0 ? ": " : "; ")}{Words(told[i], names)}";
                var more = i + 1 < told.Count ? $"; and {told.Count - i - 1} more" : "";
                if (Html.Bytes(title) + Html.Bytes(next + more) > TitleBytesMax)
                {
                    if (i == 0)
                        return ShortNames.Cut(title + next, TitleBytesMax);
                    return title.Append($"; and {told.Count - i} more").ToString();
                }
                title.Append(next);
            }
            return title.ToString();
        }
    }

    /// <summary>
    /// The state of all results of the report: "1 of 150 results is outside its limit, 149 are inside.".
    /// </summary>
    public string Summary
    {
        get
        {
            if (rows.Count == 0)
                return "This report has no results.";
            var parts = new List<string>();
            if (Worse.Count > 0)
                parts.Add($"{Worse.Count} outside {(Worse.Count == 1 ? "its limit" : "their limits")}");
            if (Better.Count > 0)
                parts.Add($"{Better.Count} better than {(Better.Count == 1 ? "its limit" : "their limits")}");
            var calm = rows.Where(row => row.Alert is null).ToList();
            Add(calm.Count(row => row.Threshold is not null && row.WhyUnjudged is null), "inside");
            foreach (
                var why in calm.Where(row => row.Threshold is not null && row.WhyUnjudged is not null)
                    .GroupBy(row => row.WhyUnjudged!)
                    .OrderByDescending(g => g.Count())
            )
                Add(why.Count(), $"not judged ({why.Key})");
            Add(calm.Count(row => row.Threshold is null), "without a threshold");
            return $"{Many(rows.Count, "result")}: {string.Join(", ", parts)}.";

            void Add(int count, string words)
            {
                if (count > 0)
                    parts.Add($"{count} {words}");
            }
        }
    }

    /// <summary>One alert in words: "parse: Latency 150.00 ms (+50.00%), limit 110.00 ms".</summary>
    public static string Words(Row row, ShortNames names)
    {
        var units = Row.Scale([row], row.Measure);
        var change = row.Change is { } percent ? $" ({percent})" : "";
        var limit = row.Alert!.Limit == BoundaryLimit.Lower ? row.Boundary.LowerLimit : row.Boundary.UpperLimit;
        return $"{Terminal.Plain(names.Of(row.Benchmark.Name))}: {Terminal.Plain(row.Measure.Name)} "
            + $"{units.PrintWithSymbol(row.Value)}{change}"
            + $"{(limit is { } given ? $", limit {units.PrintWithSymbol(given)}" : "")}";
    }

    private static string Many(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
