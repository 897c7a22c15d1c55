using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Outside.Retention;

namespace Paddock.Server.Tests.Outside.Retention;

/// <summary>Which reports of a day are kept when the history of a series is thinned.</summary>
public sealed class ThinDayTests
{
    [Fact]
    public void The_last_lowest_and_highest_value_of_a_day_are_kept() =>
        Assert.Equal([0, 2, 3], Goes([5, 1, 5, 5, 9, 5]));

    [Fact]
    public void A_day_of_three_reports_is_not_thinned() => Assert.Empty(Goes([1, 2, 3]));

    [Fact]
    public void A_day_of_equal_values_keeps_two_reports() => Assert.Equal([1, 2, 3], Goes([7, 7, 7, 7, 7]));

    [Fact]
    public void A_report_with_an_alert_is_kept_with_two_reports_on_each_side() =>
        Assert.Equal([1, 2, 3, 4], Goes([1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 9], alerts: [7]));

    [Fact]
    public void Versions_that_a_change_needs_are_kept() =>
        Assert.Equal([1, 2, 6], Goes([1, 5, 5, 5, 5, 5, 5, 9], kept: new KeptVersions(103, 105)));

    [Fact]
    public void Iterations_of_a_report_are_kept_or_removed_together()
    {
        OldMetric[] day = [.. Enumerable.Range(0, 5).SelectMany(report => new[] { Of(report, 5), Of(report, report) })];

        Assert.Equal([1, 2, 3], ThinDay.Goes(day, new HashSet<Id<Report>>(), []).Select(report => report.Value));
    }

    [Fact]
    public void Thinning_a_thinned_day_changes_nothing()
    {
        var random = new Random(20261130);
        for (var round = 0; round < 200; round++)
        {
            OldMetric[] day = [.. Enumerable.Range(0, random.Next(1, 40)).Select(i => Of(i, random.Next(10)))];
            HashSet<Id<Report>> alerts =
            [
                .. Enumerable.Range(0, random.Next(3)).Select(_ => new Id<Report>(random.Next(40))),
            ];
            var goes = ThinDay.Goes(day, alerts, []);
            OldMetric[] left = [.. day.Where(metric => !goes.Contains(metric.ReportId))];

            Assert.Equal(day.Min(metric => metric.Value), left.Min(metric => metric.Value));
            Assert.Equal(day.Max(metric => metric.Value), left.Max(metric => metric.Value));
            Assert.Equal(day[^1], left[^1]);
            if (alerts.Count == 0)
                Assert.Empty(ThinDay.Goes(left, alerts, []));
        }
    }

    private static List<long> Goes(double[] values, long[]? alerts = null, params KeptVersions[] kept) =>
        [
            .. ThinDay.Goes(
                [.. values.Select((value, i) => Of(i, value))],
                (alerts ?? []).Select(report => new Id<Report>(report)).ToHashSet(),
                kept
            ),
        ];

    private static OldMetric Of(long report, double value) =>
        new(new(1), new(100 + report), report * 60, new(report), 0, value, null, null, null, null, null);
}
