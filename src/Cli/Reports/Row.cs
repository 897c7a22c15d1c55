using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>One metric of a report with what it was held against, and the alert that it raised.</summary>
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
    /// <summary>The test of the threshold's model, where there is one.</summary>
    public ModelTest? Test { get; init; }

    /// <summary>Why there are no limits, where the server says so.</summary>
    public NoLimits? NoLimits { get; init; }

    /// <summary>What is said about its series; null from servers that say nothing.</summary>
    public ResultVerdict? Verdict { get; init; }

    /// <summary>Whether it is outside its limits on the side where the measure gets better.</summary>
    public bool IsImprovement => Alert is { } alert && Directions.IsImprovement(Measure.Units, alert.Limit);

    /// <summary>
    /// Why the verdict says less than "ok": there are no limits, no value could leave them, or they are very wide. Null
    /// where it does not.
    /// </summary>
    public string? Weak => WhyUnjudged ?? (Alert is null ? Weakness.Of(Test, Boundary, Value)?.Text : null);

    /// <summary>
    /// Why nothing could have raised an alert, although there is a threshold; null where something could.
    /// </summary>
    public string? WhyUnjudged =>
        Threshold is null || Alert is not null ? null
        : Boundary is { LowerLimit: null, UpperLimit: null }
            ? Weakness.Words(NoLimits ?? Core.Analysis.NoLimits.TooLittleHistory)
        : Weakness.Of(Test, Boundary, Value) is { CannotFire: true } weakness ? weakness.Text
        : null;

    /// <summary>
    /// How far an alert's value is beyond its limit, as a share of the limit: what sorts alerts, the worst first.
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

    /// <summary>The result that raised an alert, as the alert itself has it.</summary>
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
    /// Every number of this row that is shown in the measure's units; what has a scale in common is scaled by the least
    /// of them.
    /// </summary>
    public IEnumerable<double> Shown =>
        ((ReadOnlySpan<double?>)[Value, Boundary.LowerLimit, Boundary.UpperLimit]).ToArray().OfType<double>();

    public string? Change => Boundary.Baseline is { } baseline ? Units.Change(Value, baseline) : null;

    public static Units Scale(IEnumerable<Row> rows, Measure measure) =>
        Units.Scale(measure.Units, rows.SelectMany(r => r.Shown).Min());
}
