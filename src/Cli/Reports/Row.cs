using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>One metric of a report with what it was held against, and the alert that it raised.</summary>
internal sealed record Row(
    uint Iteration, Benchmark Benchmark, Measure Measure, double Value, (Guid Threshold, Guid? Model)? Threshold, Boundary Boundary, Alert? Alert)
{
    /// <summary>The metrics of each iteration, in the report's order.</summary>
    public static IReadOnlyList<IReadOnlyList<Row>> Of(Report report)
    {
        var alerts = (report.Alerts ?? []).ToLookup(a => (a.Iteration, Benchmark: a.Benchmark.Uuid, Measure: a.Threshold.Measure.Uuid));
        return [.. (report.Results ?? []).Select(results => (IReadOnlyList<Row>)[.. results.SelectMany(result => result.Measures.Select(m => new Row(
            result.Iteration, result.Benchmark, m.Measure, m.Metric.Value,
            m.Threshold is { } threshold ? (threshold.Uuid, threshold.Model.Uuid) : null, m.Boundary ?? default,
            alerts[(result.Iteration, result.Benchmark.Uuid, m.Measure.Uuid)].FirstOrDefault())))])];
    }

    /// <summary>The result that raised an alert, as the alert itself has it.</summary>
    public static Row Of(Alert alert) => new(
        alert.Iteration, alert.Benchmark, alert.Threshold.Measure, alert.Metric.Value, (alert.Threshold.Uuid, alert.Threshold.Model?.Uuid), alert.Boundary, alert);

    /// <summary>Every number of this row that is shown in the measure's units; what has a scale in common is scaled by the least of them.</summary>
    public IEnumerable<double> Shown =>
        ((ReadOnlySpan<double?>)[Value, Boundary.LowerLimit, Boundary.UpperLimit]).ToArray().OfType<double>();

    public string? Change => Boundary.Baseline is { } baseline ? Units.Change(Value, baseline) : null;

    public static Units Scale(IEnumerable<Row> rows, Measure measure) => Units.Scale(measure.Units, rows.SelectMany(r => r.Shown).Min());
}
