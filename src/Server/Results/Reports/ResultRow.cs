using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;

namespace Paddock.Server.Results.Reports;

/// <summary>What became of a metric, worst first.</summary>
public enum Verdict
{
    Alert,

    /// <summary>Outside, with an alert that somebody dismissed or that a new head silenced.</summary>
    PastAlert,

    /// <summary>Outside, and the benchmark's name asked for no alerts.</summary>
    Ignored,
    Inside,

    /// <summary>Inside limits that are too wide to say much.</summary>
    Wide,

    /// <summary>Inside limits that no value could have left.</summary>
    Blind,

    /// <summary>There is a threshold, but it yielded no limit.</summary>
    NoLimit,
    NoThreshold,
}

/// <summary>A metric as the report's page shows it; its numbers share one scale, which stands with the value.</summary>
/// <param name="Side">Which limit it is beyond.</param>
/// <param name="Gauge">Where it is between its limits.</param>
/// <param name="Why">Why there is no limit, or why the limits say little.</param>
/// <param name="Plot">The address of the plot that leads up to it.</param>
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
    /// <summary>Whether it is beyond a limit on the side where the measure gets better.</summary>
    public bool IsImprovement { get; init; }

    public Guid? Alert { get; init; }

    /// <summary>What the history says; null where there is no verdict.</summary>
    public string? History { get; init; }

    /// <summary>The benchmark's, for its address.</summary>
    public string Slug { get; init; } = "";

    /// <summary>How what the history says sounds.</summary>
    public Tone HistoryTone { get; init; }

    /// <summary>Sign and words, so that nobody depends on the colour.</summary>
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

    /// <summary>Why there is no limit, or why the limits say little; null where neither is so.</summary>
    internal static string? WhyOf(ReportMetric metric) =>
        metric.Boundary is { LowerLimit: null, UpperLimit: null }
            ? Weakness.Words(metric.NoLimits ?? NoLimits.TooLittleHistory)
            : WeaknessOf(metric)?.Text;

    private static Weakness? WeaknessOf(ReportMetric metric) =>
        Weakness.Of(metric.JudgedBy?.Model.Model.Test, metric.Boundary, metric.Metric.Value);
}

/// <summary>Where a value is between its limits: 0 at the baseline, -1 at the lower and 1 at the upper limit.</summary>
public sealed record Gauge(double Place, bool HasLower, bool HasUpper)
{
    /// <summary>Null where there is no baseline or no room between it and the limits.</summary>
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
