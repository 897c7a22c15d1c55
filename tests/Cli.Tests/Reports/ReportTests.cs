using System.Runtime.CompilerServices;
using Paddock.Cli.Reports;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Metric = Paddock.Core.Wire.Metric;

namespace Paddock.Cli.Tests.Reports;

/// <summary>How a report reads. <c>UPDATE_GOLDEN=1</c> rewrites the recorded ones; read the difference.</summary>
public sealed class ReportTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private static readonly Measure Latency = new(Id(30), Id(1), "Latency", "latency", "nanoseconds (ns)", Then, Then, null);
    private static readonly Measure Heap = new(Id(31), Id(1), "Heap <peak>", "heap-peak", "bytes (B)", Then, Then, null);
    private static readonly ThresholdModel Model = new(Id(41), ModelTest.TTest, 2, null, null, null, 0.99, Then, null);

    [Theory]
    [InlineData("text", "calm.txt")]
    [InlineData("html", "calm.html")]
    public void A_calm_report(string form, string file) => Golden(file, Render(form, OneReport(claimed: true, alerts: [],
        [Result(0, "parse", (Latency, 1_234.5, 1_200, null, 1_400))])));

    [Theory]
    [InlineData("text", "alerts.txt")]
    [InlineData("html", "alerts.html")]
    [InlineData("only thresholds", "alerts-only-thresholds.html")]
    [InlineData("shortened", "alerts-shortened.html")]
    public void A_report_with_alerts_in_two_iterations(string form, string file)
    {
        IReadOnlyList<ReportResult> first = [Result(0, "parse", (Latency, 9e6, 5e6, 4e6, 6e6), (Heap, 2e6, null, null, null)), Result(0, "printing", (Latency, 3e6, null, null, null))];
        IReadOnlyList<ReportResult> second = [Result(1, "parse", (Latency, 1e6, 5e6, 4e6, 6e6))];
        Golden(file, Render(form, OneReport(claimed: true, [Alert(50, first[0], BoundaryLimit.Upper, AlertStatus.Active), Alert(51, second[0], BoundaryLimit.Lower, AlertStatus.Dismissed)], first, second)));
    }

    [Theory]
    [InlineData("text", "empty.txt")]
    [InlineData("html", "empty.html")]
    public void A_report_without_a_benchmark_in_a_project_that_is_nobodys(string form, string file) => Golden(file, Render(form, OneReport(claimed: false, alerts: [], [])));

    [Fact]
    public void Nothing_in_a_name_ends_the_line_or_becomes_markup()
    {
        const string evil = "</table>\n\n# Boo\r\n![x](http://evil) \"'&";
        var report = OneReport(claimed: true, alerts: [], [Result(0, evil, (Latency, 1, null, null, null))]);
        var html = Render("html", report);
        var text = Render("text", report);

        Assert.DoesNotContain('\n', html);
        Assert.DoesNotContain("</table>\n", html);
        Assert.Contains("&lt;/table&gt;&#10;&#10;# Boo&#13;&#10;", html);
        Assert.Equal(4, text.Count(c => c == '\n') + 1);
    }

    [Fact]
    public void A_private_project_is_linked_in_the_console()
    {
        var report = OneReport(claimed: true, alerts: [], [Result(0, "parse", (Latency, 1, null, null, null))]);
        var links = new Links(new("https://paddock.example/base/"), report with { Project = report.Project with { Visibility = Visibility.Private } });

        Assert.Equal($"https://paddock.example/base/console/projects/rocket/reports/{report.Uuid}", links.Report);
        Assert.StartsWith("https://paddock.example/base/console/projects/rocket/perf?branches=", links.Plot(Row.Of(report)[0][0]));
    }

    [Theory]
    [InlineData(false, false, "")]
    [InlineData(true, false, "-build_time")]
    [InlineData(false, true, "-file_size")]
    [InlineData(true, true, "-build_time-file_size")]
    public void The_tag_says_what_else_was_measured(bool buildTime, bool fileSize, string suffix) => Assert.Equal(
        $"<div id=\"bencher.dev/projects/rocket/id/feature-fast/box/go_bench{suffix}\"></div>", ReportHtml.Tag(OneReport(claimed: true, alerts: [], []), id: null, buildTime, fileSize));

    private static string Render(string form, Report report)
    {
        var links = new Links(new("https://paddock.example"), report);
        return form == "text" ? ReportText.Render(report, links)
            : new ReportHtml(report, links, onlyThresholds: form == "only thresholds", ReportHtml.Tag(report, id: null, buildTime: false, fileSize: false)).Render(form == "shortened" ? 2_400 : int.MaxValue);
    }

    private static void Golden(string file, string rendered)
    {
        var path = Path.Combine(Path.GetDirectoryName(ThisFile())!, file);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, rendered + "\n");
        Assert.Equal(File.ReadAllText(path), rendered + "\n");
    }

    private static Report OneReport(bool claimed, IReadOnlyList<Alert> alerts, params IReadOnlyList<IReadOnlyList<ReportResult>> results) => new(
        Id(2), User: null, new(Id(1), Id(9), "Rocket & Co", "rocket", null, Visibility.Public, Then, Then, claimed ? Then : null), Branch, Box, Then, Then.AddMinutes(1), Adapter.GoBench,
        results, alerts, new([], new((uint)alerts.Count, (uint)alerts.Count(a => a.Status == AlertStatus.Active))), Job: null, Then);

    private static Branch Branch => new(Id(10), Id(1), "feature/fast", "feature-fast", new(Id(11), null, new(3, null), Then, null), Then, Then, null);

    private static Testbed Box => new(Id(12), Id(1), "box", "box", null, Then, Then, null);

    private static ReportResult Result(uint iteration, string benchmark, params (Measure Measure, double Value, double? Baseline, double? Lower, double? Upper)[] measures) => new(
        iteration, new(Id(20 + benchmark.Length), Id(1), benchmark, "b", Then, Then, null), [.. measures.Select(m => new ReportMeasure(
            m.Measure, new Metric(Id(60), m.Value, null, null), m.Baseline is null ? null : new(Id(40), Id(1), Model, Then),
            m.Baseline is null ? null : new Boundary(m.Baseline, m.Lower, m.Upper)))]);

    private static Alert Alert(int id, ReportResult of, BoundaryLimit limit, AlertStatus status) => new(
        Id(id), Id(2), of.Iteration, new(Id(40), Id(1), Branch, Box, of.Measures[0].Measure, Model, Then, Then), of.Benchmark, of.Measures[0].Metric, limit,
        of.Measures[0].Boundary!.Value, status, Then, Then);

    private static Guid Id(int n) => new($"01890000-0000-7000-8000-{n:d12}");

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
