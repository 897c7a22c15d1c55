using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>One metric of a report with the limits that it was judged against, and the alert that it raised.</summary>
internal sealed record Row(
    uint Iteration,
    Benchmark Benchmark,
    Measure Measure,
    double Value,
    (Guid Threshold, Guid? Model)? Threshold,
    Boundary Boundary,
    Alert? Alert
)
{
    /// <summary>The test of the threshold's model; null when there is no model.</summary>
    public ModelTest? Test { get; init; }

    /// <summary>The reason for missing limits, when the server gives one.</summary>
    public NoLimits? NoLimits { get; init; }

    /// <summary>The verdict about the metric's series; null from servers without verdicts.</summary>
    public ResultVerdict? Verdict { get; init; }

    /// <summary>True when the value is outside its limits on the side where the measure gets better.</summary>
    public bool IsImprovement => Alert is { } alert && Directions.IsImprovement(Measure.Units, alert.Limit);

    /// <summary>
    /// Why the result means less than "ok": there are no limits, no value could cross them, or they are very wide. Null
    /// when the result means "ok".
    /// </summary>
    public string? Weak => WhyUnjudged ?? (Alert is null ? Weakness.Of(Test, Boundary, Value)?.Text : null);

    /// <summary>
    /// Why the result could not have raised an alert although it has a threshold; null when it could.
    /// </summary>
    public string? WhyUnjudged =>
        Threshold is null || Alert is not null ? null
        : Boundary is { LowerLimit: null, UpperLimit: null }
            ? Weakness.Words(NoLimits ?? Core.Analysis.NoLimits.TooLittleHistory)
        : Weakness.Of(Test, Boundary, Value) is { CannotFire: true } weakness ? weakness.Text
        : null;

    /// <summary>
    /// How far an alert's value is beyond its limit, as a share of the limit. Alerts are sorted by it, the worst first.
    /// </summary>
    public double Excess
    {
        get
        {
            var limit = Alert?.Limit == BoundaryLimit.Lower ? Boundary.LowerLimit : Boundary.UpperLimit;
            return limit is not { } given ? 0
                : given == 0 ? double.MaxValue
                : Math.Abs((Value - given) / given);
        }
    }

    /// <summary>The metrics of each iteration, in the report's order.</summary>
    public static IReadOnlyList<IReadOnlyList<Row>> Of(Report report)
    {
        var alerts = (report.Alerts ?? []).ToLookup(a =>
            (a.Iteration, Benchmark: a.Benchmark.Uuid, Measure: a.Threshold.Measure.Uuid)
        );
        return
        [
            .. (report.Results ?? []).Select(results =>
                (IReadOnlyList<Row>)
                    [
                        .. results.SelectMany(result =>
                            result.Measures.Select(m => new Row(
                                result.Iteration,
                                result.Benchmark,
                                m.Measure,
                                m.Metric.Value,
                                m.Threshold is { } threshold ? (threshold.Uuid, threshold.Model.Uuid) : null,
                                m.Boundary
                                    ?? new(m.Verdict?.Before ?? m.Verdict?.Median, LowerLimit: null, UpperLimit: null),
                                alerts[(result.Iteration, result.Benchmark.Uuid, m.Measure.Uuid)].FirstOrDefault()
                            )
                            {
                                Test = m.Threshold?.Model.Test,
                                NoLimits = m.NoLimits,
                                Verdict = m.Verdict,
                            })
                        ),
                    ]
            ),
        ];
    }

    /// <summary>The result that raised an alert, built from the alert alone.</summary>
    public static Row Of(Alert alert) =>
        new(
            alert.Iteration,
            alert.Benchmark,
            alert.Threshold.Measure,
            alert.Metric.Value,
            (alert.Threshold.Uuid, alert.Threshold.Model?.Uuid),
            alert.Boundary,
            alert
        )
        {
            Test = alert.Threshold.Model?.Test,
        };

    /// <summary>
    /// Every number of this row that is shown in the measure's units. Rows with a common scale are scaled by the
    /// smallest of these numbers.
    /// </summary>
    public IEnumerable<double> Shown =>
        ((ReadOnlySpan<double?>)[Value, Boundary.LowerLimit, Boundary.UpperLimit]).ToArray().OfType<double>();

    public string? Change => Boundary.Baseline is { } baseline ? Units.Change(Value, baseline) : null;

    public static Units Scale(IEnumerable<Row> rows, Measure measure) =>
        Units.Scale(measure.Units, rows.SelectMany(r => r.Shown).Min());
}
