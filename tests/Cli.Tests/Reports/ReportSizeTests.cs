using System.Text;
using Paddock.Cli.Reports;
using Paddock.Core.Wire;

namespace Paddock.Cli.Tests.Reports;

/// <summary>Alerts come first at every size limit, each with benchmark, value, change and limit.</summary>
public sealed class ReportSizeTests
{
    private const int CommentMax = 65_536,
        SummaryMax = 1_048_576;
    private const string Tag = "<div id=\"bencher.dev/projects/rocket/id/main/box/json\"></div>";

    [Theory]
    [InlineData(150, 1, CommentMax)]
    [InlineData(150, 50, CommentMax)]
    [InlineData(400, 200, CommentMax)]
    [InlineData(2_000, 300, CommentMax)]
    [InlineData(2_000, 1, SummaryMax)]
    [InlineData(5_000, 2_000, SummaryMax)]
    public void Every_alert_is_shown_with_value_change_and_limit_within_the_size_limit(
        int results,
        int alerts,
        int bytesMax
    )
    {
        var html = Render(ManyReports.Of(results, alerts), bytesMax);

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1, bytesMax);
        Assert.EndsWith(Tag, html);
        Assert.DoesNotContain('\n', html);
        for (var i = 0; i < alerts; i++)
        {
            var number = $"_{i:d5}_";
            var at = html.IndexOf(number, StringComparison.Ordinal);
            Assert.True(at >= 0, $"alert {i} is not named");
            var told = html.Substring(at, Math.Min(html.Length - at, 3_000));
            Assert.Contains($"{(150e6 + i * 1e4) / 1e6:N2}\u00a0ms", told);
            Assert.Contains($"+{(150e6 + i * 1e4) / 1e6 - 100:N2}%", told);
            Assert.Contains("110.00\u00a0ms", told);
        }
    }

    [Fact]
    public void Results_that_do_not_fit_are_counted()
    {
        var html = Render(ManyReports.Of(1_000, 1), CommentMax);

        // Minus the row of the alert.
        var shown = System.Text.RegularExpressions.Regex.Count(html, "<tr><td><a href=\"[^\"]*/benchmarks/") - 1;
        Assert.InRange(shown, 10, 999);
        Assert.Contains($"{1_000 - shown} more results do not fit in here", html);
        Assert.True(
            html.IndexOf("🚨", StringComparison.Ordinal)
                < html.IndexOf("All benchmark results", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Alerts_beyond_the_size_limit_are_listed_worst_first_and_the_others_are_counted()
    {
        var html = Render(ManyReports.Of(5_000, 5_000), CommentMax);

        Assert.InRange(Encoding.UTF8.GetByteCount(html), CommentMax - 1_000, CommentMax);
        Assert.Contains("_04999_", html); // The largest excess.
        Assert.DoesNotContain("_00000_", html);
        Assert.Contains("5000 Alerts", html);
        Assert.Matches("<p>[0-9]+ more do not fit in here", html);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void The_title_of_a_check_names_the_worst_alerts_and_counts_the_others(int alerts)
    {
        var title = new Headline(ManyReports.Of(150, alerts, nameLength: 30)).Title;

        Assert.InRange(Encoding.UTF8.GetByteCount(title), 1, 255);
        Assert.Contains(
            $"{ManyReports.Name(alerts - 1, 30)}: Latency {150 + (alerts - 1) * 0.01:N2} ms "
                + $"(+{50 + (alerts - 1) * 0.01:N2}%), limit 110.00 ms",
            title
        );
        if (alerts == 40)
            Assert.Matches("; and [0-9]+ more$", title);
    }

    [Fact]
    public void A_title_stays_within_255_bytes_however_long_the_names_are()
    {
        var report = ManyReports.Of(1, 1, nameLength: 1_000, units: new string('ü', 60));

        Assert.InRange(Encoding.UTF8.GetByteCount(new Headline(report).Title), 1, 255);
    }

    [Fact]
    public void Improvements_are_shown_separately_from_alerts()
    {
        var report = ManyReports.Of(10, alerts: 1, better: 2);
        var html = Render(report, CommentMax);

        Assert.Contains("🚨 1 Alert<", html);
        Assert.Contains("🎉 2 Improvements<", html);
        Assert.Contains("1 outside its limit, 2 better than their limits, 7 inside", html);
        Assert.Equal("1 alert, 2 improvements", new Headline(report).Count);
        Assert.True(AlertExit.Fails(report, onImprovement: false));
    }

    [Fact]
    public void Improvements_alone_fail_a_run_only_with_error_on_improvement()
    {
        var (faster, ops, unknown) = (
            ManyReports.Of(10, 0, better: 2),
            ManyReports.Of(10, 3, units: "operations / second (ops/s)"),
            ManyReports.Of(10, 0, better: 1, units: "screams (scr)")
        );
        List<string> notes = [];

        Assert.Equal(0, AlertExit.Of(faster, onAlert: true, onImprovement: false, notes.Add));
        Assert.Contains("--error-on-improvement", Assert.Single(notes));
        Assert.Throws<Failure>(() => AlertExit.Of(faster, onAlert: true, onImprovement: true, notes.Add));
        Assert.Equal(0, AlertExit.Of(faster, onAlert: false, onImprovement: false, notes.Add));
        Assert.Equal(0, AlertExit.Of(ops, onAlert: true, onImprovement: false, notes.Add));
        // The measure does not say whether higher or lower is better.
        Assert.Throws<Failure>(() => AlertExit.Of(unknown, onAlert: true, onImprovement: false, notes.Add));
    }

    [Fact]
    public void Long_names_lose_their_middle_unless_two_names_would_become_equal()
    {
        var (a, b, c) = (
            new string('x', 100) + "1",
            new string('x', 100) + "2",
            new string('m', 50) + "A" + new string('m', 50)
        );
        var names = new ShortNames([a, b, c, c.Replace('A', 'B'), "short"], lengthMax: 20);

        Assert.Equal("xxxxxxxxxx…xxxxxxxx1", names.Of(a));
        Assert.Equal("xxxxxxxxxx…xxxxxxxx2", names.Of(b));
        Assert.Equal(c, names.Of(c));
        Assert.Equal("short", names.Of("short"));
    }

    [Theory]
    [InlineData("😀😀😀😀😀😀", 6)]
    [InlineData("a😀😀😀😀😀😀b", 7)]
    public void Shortening_a_name_never_splits_a_character(string text, int max)
    {
        var middle = ShortNames.Middle(text, max);

        Assert.True(middle.EnumerateRunes().All(rune => rune != Rune.ReplacementChar), middle);
        Assert.InRange(middle.Length, 1, max);
        Assert.Equal("😀", ShortNames.Cut("😀😀", 7));
    }

    [Fact]
    public void The_comment_contains_the_skipped_results_and_the_notices_of_the_server()
    {
        var report = ManyReports.Of(1, 0) with
        {
            Remarks = [new(Core.Adapters.Adapter.GoBench, 1, 1, [new("BenchmarkB", "it failed")], 12)],
            Notices = [new(NoticeKind.StartPointUnknown, "The start point \"master\" does not exist.")],
        };

        var (whole, tight) = (
            Render(report, CommentMax),
            Render(ManyReports.Of(900, 400) with { Remarks = report.Remarks, Notices = report.Notices }, CommentMax)
        );

        Assert.Contains("12 results were left out: <ul><li>BenchmarkB (it failed)</li></ul>", whole);
        Assert.Contains("The start point &quot;master&quot; does not exist.", whole);
        Assert.Contains("12 results were left out.", tight);
        Assert.Contains("The start point &quot;master&quot; does not exist.", tight);
    }

    private static string Render(Report report, int bytesMax) =>
        new ReportHtml(report, new Links(new("https://paddock.example"), report), onlyThresholds: false, Tag).Render(
            bytesMax
        );
}
