using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Reports;

/// <summary>The outcome of a metric, the worst first.</summary>
public enum Verdict
{
    Alert,

    /// <summary>Outside its limits, with an alert that a person dismissed or a new head silenced.</summary>
    PastAlert,

    /// <summary>Outside its limits, but the benchmark's name asks for no alerts.</summary>
    Ignored,
    Inside,

    /// <summary>Inside limits that are too wide to be useful.</summary>
    Wide,

    /// <summary>Inside limits that no value could be outside of.</summary>
    Blind,

    /// <summary>A threshold judged the metric but yielded no limit.</summary>
    NoLimit,
    NoThreshold,
}

/// <summary>A metric on the report's page; its numbers share one scale, which is shown with the value.</summary>
/// <param name="Side">The limit that the value is beyond.</param>
/// <param name="Gauge">The position of the value between its limits.</param>
/// <param name="Why">The reason why there is no limit, or why the limits say little.</param>
/// <param name="Plot">The address of the plot of the values before it.</param>
public sealed record ResultRow(
    uint Iteration,
    string Benchmark,
    string Measure,
    string Value,
    string? Range,
    string? Baseline,
    string? Change,
    string? LowerLimit,
    string? UpperLimit,
    Verdict Verdict,
    string? Why,
    BoundaryLimit? Side,
    AlertStatus? Status,
    Gauge? Gauge,
    string Plot
)
{
    /// <summary>True if the value is beyond the limit on the side of improvement.</summary>
    public bool IsImprovement { get; init; }

    public Guid? Alert { get; init; }

    /// <summary>The verdict in words; null if there is none.</summary>
    public string? History { get; init; }

    /// <summary>The slug of the benchmark, for its address.</summary>
    public string Slug { get; init; } = "";

    /// <summary>The tone of <see cref="History"/>.</summary>
    public Tone HistoryTone { get; init; }

    /// <summary>The outcome as a symbol and words, so that color alone carries no meaning.</summary>
    public string VerdictText =>
        (Verdict, Side) switch
        {
            (Verdict.Alert, BoundaryLimit.Lower) => IsImprovement ? "▼ below limit, better" : "▼ below limit",
            (Verdict.Alert, _) => IsImprovement ? "▲ above limit, better" : "▲ above limit",
            (Verdict.PastAlert, BoundaryLimit.Lower) => $"▽ below limit, {Words<AlertStatus>.Of(Status!.Value)}",
            (Verdict.PastAlert, _) => $"△ above limit, {Words<AlertStatus>.Of(Status!.Value)}",
            (Verdict.Ignored, BoundaryLimit.Lower) => "▽ below limit, ignored",
            (Verdict.Ignored, _) => "△ above limit, ignored",
            (Verdict.Inside, _) => "✓ inside",
            (Verdict.Wide, _) => $"✓ inside; {Why}",
            (Verdict.Blind, _) => $"– cannot alert: {Why}",
            (Verdict.NoLimit, _) => $"– {Why}",
            (Verdict.NoThreshold, _) => History ?? "– no threshold",
        };

    internal static ResultRow Of(ReportMetric metric, string plot)
    {
        var (value, boundary) = (metric.Metric.Value, metric.Boundary);
        var units = Units.Scale(metric.Measure.Units, Math.Abs(value));
        string? Print(double? number) => number is { } given ? units.Print(given) : null;
        var range = metric.Metric is { LowerValue: null, UpperValue: null }
            ? null
            : $"{(metric.Metric.LowerValue is { } low ? units.Print(low) : "…")} – "
                + $"{(metric.Metric.UpperValue is { } high ? units.Print(high) : "…")}";
        return new(
            metric.Iteration,
            metric.Benchmark.Name,
            metric.Measure.Name,
            units.PrintWithSymbol(value),
            range,
            Print(boundary.Baseline),
            boundary.Baseline is { } baseline and not 0
                ? VerdictWords.Percent(value / baseline - 1, signed: true)
                : null,
            Print(boundary.LowerLimit),
            Print(boundary.UpperLimit),
            VerdictOf(metric),
            WhyOf(metric),
            metric.Alert?.Limit ?? boundary.Violation(value),
            metric.Alert?.Status,
            Reports.Gauge.Of(value, boundary),
            plot
        )
        {
            Slug = metric.Benchmark.Slug,
            Alert = metric.Alert?.Uuid,
            History = metric.Verdict is { } verdict ? HistoryWords.Of(verdict) : null,
            HistoryTone = metric.Verdict is { } judged ? HistoryWords.ToneOf(judged) : Tone.Neutral,
            IsImprovement = metric.Alert is { } alert && Directions.IsImprovement(metric.Measure.Units, alert.Limit),
        };
    }

    internal static Verdict VerdictOf(ReportMetric metric) =>
        metric switch
        {
            { Alert.Status: AlertStatus.Active } => Verdict.Alert,
            { Alert: not null } => Verdict.PastAlert,
            { JudgedBy: null } => Verdict.NoThreshold,
            { Boundary: { LowerLimit: null, UpperLimit: null } } => Verdict.NoLimit,
            _ when metric.Boundary.Violation(metric.Metric.Value) is not null => Verdict.Ignored,
            _ => WeaknessOf(metric) is { } weakness
                ? weakness.CannotFire
                    ? Verdict.Blind
                    : Verdict.Wide
                : Verdict.Inside,
        };

    /// <summary>The reason why there is no limit, or why the limits say little; null if neither applies.</summary>
    internal static string? WhyOf(ReportMetric metric) =>
        metric.Boundary is { LowerLimit: null, UpperLimit: null }
            ? Weakness.Words(metric.NoLimits ?? NoLimits.TooLittleHistory)
            : WeaknessOf(metric)?.Text;

    private static Weakness? WeaknessOf(ReportMetric metric) =>
        Weakness.Of(metric.JudgedBy?.Model.Model.Test, metric.Boundary, metric.Metric.Value);
}

/// <summary>
/// The position of a value between its limits: 0 at the baseline, -1 at the lower and 1 at the upper limit.
/// </summary>
public sealed record Gauge(double Place, bool HasLower, bool HasUpper)
{
    /// <summary>Null if there is no baseline, or no distance between it and the limits.</summary>
    internal static Gauge? Of(double value, in Boundary boundary)
    {
        if (boundary.Baseline is not { } baseline)
            return null;
        var (below, above) = (baseline - boundary.LowerLimit, boundary.UpperLimit - baseline);
        return (value >= baseline ? above ?? below : below ?? above) is { } room and > 0
            ? new((value - baseline) / room, below is not null, above is not null)
            : null;
    }
}
