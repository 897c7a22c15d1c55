using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Tests.Results.Reports;

public sealed class ReportViewTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("nanoseconds (ns)", BoundaryLimit.Upper, false, "1 of 1 metric slower than its limit")]
    [InlineData("seconds (s)", BoundaryLimit.Lower, true, "1 of 1 metric faster than its limit")]
    [InlineData("operations / second (ops/s)", BoundaryLimit.Lower, false, "1 of 1 metric slower than its limit")]
    [InlineData("operations / second (ops/s)", BoundaryLimit.Upper, true, "1 of 1 metric faster than its limit")]
    [InlineData("bytes (B)", BoundaryLimit.Upper, false, "1 of 1 metric above its limit")]
    [InlineData("bytes (B)", BoundaryLimit.Lower, true, "1 of 1 metric below its limit")]
    [InlineData("points", BoundaryLimit.Lower, false, "1 of 1 metric below its limit")]
    public void An_alert_is_called_slower_only_when_the_units_imply_a_direction(
        string units,
        BoundaryLimit side,
        bool isGood,
        string headline
    ) =>
        Assert.Equal(
            (isGood ? Tone.Good : Tone.Bad, headline),
            ReportHeadline.Of([Metric(units, value: 1, new(1, 0, 2), side)])
        );

    [Fact]
    public void Alerts_above_and_below_are_called_outside_their_limits() =>
        Assert.Equal(
            (Tone.Bad, "2 of 3 metrics outside their limits"),
            ReportHeadline.Of([
                Metric("nanoseconds (ns)", 1, new(1, 0, 2), BoundaryLimit.Upper),
                Metric("bytes (B)", 1, new(1, 0, 2), BoundaryLimit.Lower),
                Metric("bytes (B)", 1, new(1, 0, 2), alert: null),
            ])
        );

    [Fact]
    public void Metrics_without_a_limit_are_not_called_good()
    {
        Assert.Equal((Tone.Neutral, "No benchmarks"), ReportHeadline.Of([]));
        Assert.Equal(
            (Tone.Neutral, "No alerts: too little history to judge"),
            ReportHeadline.Of([Metric("points", 1, default, alert: null)])
        );
        Assert.Equal((Tone.Good, "No alerts"), ReportHeadline.Of([Metric("points", 1, new(1, 0, 2), alert: null)]));
    }

    [Theory]
    [InlineData(VerdictState.Slower, true, Tone.Bad, "1 result is slower", "▲ slower +8 %")]
    [InlineData(VerdictState.Slower, false, Tone.Neutral, "1 result is slower, without an alert", "▲ slower +8 %")]
    [InlineData(VerdictState.Suspected, false, Tone.Neutral, "1 result is suspected, not proven", "△ suspected +8 %")]
    [InlineData(VerdictState.Faster, false, Tone.Good, "1 result is faster", "▲ faster +8 %")]
    [InlineData(VerdictState.Steady, false, Tone.Good, "Nothing is slower", "✓ steady")]
    [InlineData(VerdictState.Young, false, Tone.Neutral, "Too little history to judge", "– too little history")]
    [InlineData(VerdictState.Noisy, false, Tone.Neutral, "Nothing could be judged", "– too noisy")]
    public void The_headline_comes_from_the_verdict_when_no_threshold_judged(
        VerdictState state,
        bool fails,
        Tone tone,
        string headline,
        string cell
    )
    {
        var metric = Metric("nanoseconds (ns)", 1, default, alert: null);
        metric.JudgedBy = null;
        metric.Verdict = new(state, "", Effect: 0.08, IsAlerting: fails);

        var told = VerdictWords.Sum(ReportWire.ToldOf([metric]));

        Assert.Equal((tone, headline), ReportHeadline.Of([metric], told));
        Assert.Equal(cell, ResultRow.Of(metric, "").VerdictText);
    }

    [Fact]
    public void A_reproduced_suspicion_shows_its_direction_and_is_not_called_proven()
    {
        var metric = Metric("operations / second (ops/s)", 1, default, alert: null);
        metric.JudgedBy = null;
        metric.Verdict = new(VerdictState.Suspected, "", Effect: -0.3, Reruns: new(RerunState.Reproduced, Fails: true))
        {
            Direction = ChangeVerdict.Slower,
        };

        Assert.Equal(
            (Tone.Bad, "1 result slower, reproduced here, not proven"),
            ReportHeadline.Of([metric], VerdictWords.Sum(ReportWire.ToldOf([metric])))
        );
        Assert.Equal("▽ slower -30 %, reproduced here", ResultRow.Of(metric, "").VerdictText);

        metric.Verdict = metric.Verdict with
        {
            Effect = 0.3,
            Reruns = new(RerunState.Reproduced),
            Direction = ChangeVerdict.Faster,
        };
        Assert.Equal(
            (Tone.Neutral, "1 result is faster, reproduced here, not proven"),
            ReportHeadline.Of([metric], VerdictWords.Sum(ReportWire.ToldOf([metric])))
        );
        Assert.Equal("△ faster +30 %, reproduced here", ResultRow.Of(metric, "").VerdictText);
    }

    [Fact]
    public void Metrics_without_a_threshold_or_verdict_are_shown_as_not_judged()
    {
        var metric = Metric("points", 1, default, alert: null);
        metric.JudgedBy = null;

        Assert.Equal((Tone.Neutral, "No threshold judged this metric"), ReportHeadline.Of([metric]));
        Assert.Equal("– no threshold", ResultRow.Of(metric, "").VerdictText);
    }

    [Theory]
    [InlineData(5.0, 10.0, null, 20.0, -0.5)]
    [InlineData(25.0, 10.0, null, 20.0, 1.5)]
    [InlineData(5.0, 10.0, 0.0, 20.0, -0.5)]
    [InlineData(10.0, 10.0, 0.0, 20.0, 0.0)]
    [InlineData(11.0, 10.0, 8.0, null, 0.5)]
    [InlineData(11.0, 10.0, null, 10.0, null)]
    [InlineData(11.0, null, 8.0, 12.0, null)]
    [InlineData(11.0, 10.0, null, null, null)]
    public void A_gauge_shows_the_distance_from_the_baseline_in_units_of_the_limit(
        double value,
        double? baseline,
        double? lower,
        double? upper,
        double? place
    ) => Assert.Equal(place, Gauge.Of(value, new(baseline, lower, upper))?.Place);

    private static ReportMetric Metric(string units, double value, Boundary boundary, BoundaryLimit? alert) =>
        new(
            0,
            new BenchmarkRow(new(1), Guid.NewGuid(), "bench", "bench", Now, Now, null),
            new MeasureRow(new(1), Guid.NewGuid(), "measure", "measure", units, Now, Now, null),
            new(value, null, null)
        )
        {
            JudgedBy = (
                new ThresholdRow(new(1), Guid.NewGuid(), new(1), new(1), new(1), new(1), Now, Now),
                new ModelRow(new(1), Guid.NewGuid(), new(ModelTest.Static, null, null, null, 0, 1), Now, null)
            ),
            Boundary = boundary,
            Alert = alert is { } side ? new(Guid.NewGuid(), side, AlertStatus.Active, Now) : null,
        };
}
