using System.Runtime.CompilerServices;
using Paddock.Cli.Reports;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Metric = Paddock.Core.Wire.Metric;

namespace Paddock.Cli.Tests.Reports;

/// <summary>The text of reports. <c>UPDATE_GOLDEN=1</c> rewrites the recorded reports; review the diff.</summary>
public sealed class ReportTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private static readonly Measure Latency = new(
        Id(30),
        Id(1),
        "Latency",
        "latency",
        "nanoseconds (ns)",
        Then,
        Then,
        null
    );
    private static readonly Measure Heap = new(
        Id(31),
        Id(1),
        "Heap <peak>",
        "heap-peak",
        "bytes (B)",
        Then,
        Then,
        null
    );
    private static readonly ThresholdModel Model = new(Id(41), ModelTest.TTest, 2, null, null, null, 0.99, Then, null);

    [Theory]
    [InlineData("html", "calm.html")]
    public void A_report_without_alerts_matches_the_recorded_text(string form, string file) =>
        Golden(
            file,
            Render(
                form,
                OneReport(claimed: true, alerts: [], [Result(0, "parse", (Latency, 1_234.5, 1_200, null, 1_400))])
            )
        );

    [Theory]
    [InlineData("html", "alerts.html")]
    [InlineData("only thresholds", "alerts-only-thresholds.html")]
    [InlineData("shortened", "alerts-shortened.html")]
    public void A_report_with_alerts_in_two_iterations_matches_the_recorded_text(string form, string file)
    {
        IReadOnlyList<ReportResult> first =
        [
            Result(0, "parse", (Latency, 9e6, 5e6, 4e6, 6e6), (Heap, 2e6, null, null, null)),
            Result(0, "printing", (Latency, 3e6, null, null, null)),
        ];
        IReadOnlyList<ReportResult> second = [Result(1, "parse", (Latency, 1e6, 5e6, 4e6, 6e6))];
        Golden(
            file,
            Render(
                form,
                OneReport(
                    claimed: true,
                    [
                        Alert(50, first[0], BoundaryLimit.Upper, AlertStatus.Active),
                        Alert(51, second[0], BoundaryLimit.Lower, AlertStatus.Dismissed),
                    ],
                    first,
                    second
                )
            )
        );
    }

    [Theory]
    [InlineData("html", "empty.html")]
    public void An_empty_report_of_an_unclaimed_project_matches_the_recorded_text(string form, string file) =>
        Golden(file, Render(form, OneReport(claimed: false, alerts: [], [])));

    [Fact]
    public void Line_breaks_and_markup_in_a_name_are_escaped()
    {
        const string evil = "</table>\n\n# Boo\r\n![x](http://evil) \"'&";
        var report = OneReport(claimed: true, alerts: [], [Result(0, evil, (Latency, 1, null, null, null))]);
        var html = Render("html", report);
        var text = Terminal([.. Row.Of(report)[0]], width: 80);

        Assert.DoesNotContain('\n', html);
        Assert.DoesNotContain("</table>\n", html);
        Assert.Contains("&lt;/table&gt;&#10;&#10;# Boo&#13;&#10;", html);
        Assert.Equal(2, text.Trim().Split('\n').Length);
    }

    [Fact]
    public void Links_to_a_private_project_lead_to_the_console()
    {
        var report = OneReport(claimed: true, alerts: [], [Result(0, "parse", (Latency, 1, null, null, null))]);
        var links = new Links(
            new("https://paddock.example/base/"),
            report with
            {
                Project = report.Project with { Visibility = Visibility.Private },
            }
        );

        Assert.Equal($"https://paddock.example/base/console/projects/rocket/reports/{report.Uuid}", links.Report);
        Assert.StartsWith(
            "https://paddock.example/base/console/projects/rocket/perf?branches=",
            links.Plot(Row.Of(report)[0][0])
        );
    }

    [Theory]
    [InlineData(false, false, "")]
    [InlineData(true, false, "-build_time")]
    [InlineData(false, true, "-file_size")]
    [InlineData(true, true, "-build_time-file_size")]
    public void The_tag_says_whether_build_time_and_file_size_were_measured(
        bool buildTime,
        bool fileSize,
        string suffix
    ) =>
        Assert.Equal(
            $"<div id=\"bencher.dev/projects/rocket/id/feature-fast/box/go_bench{suffix}\"></div>",
            ReportHtml.Tag(OneReport(claimed: true, alerts: [], []), id: null, buildTime, fileSize)
        );

    // The terminal table shows every column, breaks no name, and has no line wider than the terminal.
    [Theory]
    [InlineData(80)]
    [InlineData(90)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(200)]
    public void A_table_fits_the_terminal_width_with_every_column_and_uncut_cells(int width)
    {
        const string name =
            "tests/benchmarks/test_serialization_of_deeply_nested_documents.py::test_json_roundtrip[orjson-10000]";
        var result = Result(
            0,
            name,
            (Latency, 9_123_456, 5_000_000, 4_000_000, 6_000_000),
            (Heap, 123_456_789, 120_000_000, null, 130_000_000)
        );
        var other = Result(0, "short", (Latency, 1_234.5, null, null, null));
        var far = Result(0, name[1..], (Latency, 15_370_370, 9_123_456, 912_345, 10_035_801));
        var report = OneReport(
            claimed: true,
            [Alert(50, result, BoundaryLimit.Upper, AlertStatus.Active)],
            [result, other, far]
        );

        var lines = Terminal([.. Row.Of(report)[0]], width).TrimEnd().Split('\n');

        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width, line));
        Assert.All(["Benchmark", "Measure", "Value", "Baseline", "Change", "Boundary", "Verdict"], heading =>
            Assert.Contains(lines, line => line.Contains(heading, StringComparison.Ordinal))
        );
        Assert.Single(lines, line =>
            line.Contains("9.12 ms", StringComparison.Ordinal)
            && line.Contains("▲ above", StringComparison.Ordinal)
            && line.Contains("+82.47%", StringComparison.Ordinal)
        );
        if (width < 200)
            Assert.Contains(lines, line =>
                line.TrimStart('│', ' ').StartsWith("test", StringComparison.Ordinal)
                && line.Contains('…', StringComparison.Ordinal)
            );
        else
            Assert.Contains(lines, line => line.Contains(name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("abcdefghij", 10, "abcdefghij")]
    [InlineData("abcdefghij", 9, "abcd…ghij")]
    [InlineData("abcdefghij", 4, "ab…j")]
    [InlineData("日本語日本語", 7, "日本…語")]
    [InlineData("日本語日本語", 6, "日…語")]
    [InlineData("👩👩👩👩👩👩", 5, "👩…👩")]
    public void A_long_name_is_shortened_in_the_middle(string name, int cells, string expected) =>
        Assert.Equal(expected, RowColumns.Shorten(name, cells));

    [Fact]
    public void A_log_of_thousands_of_results_shows_the_counts_the_worst_results_and_one_link()
    {
        List<ReportResult> results = [.. Enumerable.Range(0, 5000).Select(Numbered)];
        var report = OneReport(
            claimed: true,
            [Alert(50, results[4321], BoundaryLimit.Upper, AlertStatus.Active)],
            results
        );
        var links = new Links(new("https://paddock.example"), report);
        var rows = ReportTable.Ordered(report);

        var shown = ReportTable.Shown(rows, calmMax: 20);
        string[] text =
        [
            .. ReportTable.Heading(report),
            Terminal(shown, width: null),
            .. ReportTable.Ending(report, rows, shown, links, isTerminal: false),
        ];

        Assert.Equal("benchmark 4321", rows[0].Benchmark.Name);
        Assert.Contains("5000 results: 1 outside its limits, 4999 inside, 0 not judged.", text);
        Assert.Contains("… and 4979 more results without an alert.", text);
        Assert.Single(text, line => line.Contains("https://", StringComparison.Ordinal));
        Assert.InRange(text.Sum(line => line.Length), 500, 10_000);

        static ReportResult Numbered(int i)
        {
            var result = Result(0, $"benchmark {i}", (Latency, i == 4321 ? 2000 : 1000, 1000, null, 1500));
            return result with { Benchmark = result.Benchmark with { Uuid = Id(10_000 + i) } };
        }
    }

    private static string Terminal(List<Row> rows, int? width)
    {
        using var text = new StringWriter();
        var console = Spectre.Console.AnsiConsole.Create(
            new() { Out = new Spectre.Console.AnsiConsoleOutput(text), Ansi = Spectre.Console.AnsiSupport.No }
        );
        console.Profile.Width = width ?? 100_000;
        console.Write(RowColumns.TableOf(rows, several: false, width));
        return text.ToString();
    }

    private static string Render(string form, Report report)
    {
        var links = new Links(new("https://paddock.example"), report);
        var html = new ReportHtml(
            report,
            links,
            onlyThresholds: form == "only thresholds",
            ReportHtml.Tag(report, id: null, buildTime: false, fileSize: false)
        );
        return html.Render(form == "shortened" ? 2_400 : int.MaxValue);
    }

    private static void Golden(string file, string rendered)
    {
        var path = Path.Combine(Path.GetDirectoryName(ThisFile())!, file);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, rendered + "\n");
        Assert.Equal(File.ReadAllText(path), rendered + "\n");
    }

    private static Report OneReport(
        bool claimed,
        IReadOnlyList<Alert> alerts,
        params IReadOnlyList<IReadOnlyList<ReportResult>> results
    ) =>
        new(
            Id(2),
            User: null,
            new(Id(1), Id(9), "Rocket & Co", "rocket", null, Visibility.Public, Then, Then, claimed ? Then : null),
            Branch,
            Box,
            Then,
            Then.AddMinutes(1),
            Adapter.GoBench,
            results,
            alerts,
            new([], new((uint)alerts.Count, (uint)alerts.Count(a => a.Status == AlertStatus.Active))),
            Job: null,
            Then
        );

    private static Branch Branch =>
        new(
            Id(10),
            Id(1),
            "feature/fast",
            "feature-fast",
            new(Id(11), null, new(3, null), Then, null),
            Then,
            Then,
            null
        );

    private static Testbed Box => new(Id(12), Id(1), "box", "box", null, Then, Then, null);

    private static ReportResult Result(
        uint iteration,
        string benchmark,
        params (Measure Measure, double Value, double? Baseline, double? Lower, double? Upper)[] measures
    ) =>
        new(
            iteration,
            new(Id(20 + benchmark.Length), Id(1), benchmark, "b", Then, Then, null),
            [
                .. measures.Select(m => new ReportMeasure(
                    m.Measure,
                    new Metric(Id(60), m.Value, null, null),
                    m.Baseline is null ? null : new(Id(40), Id(1), Model, Then),
                    m.Baseline is null ? null : new Boundary(m.Baseline, m.Lower, m.Upper)
                )),
            ]
        );

    private static Alert Alert(int id, ReportResult of, BoundaryLimit limit, AlertStatus status) =>
        new(
            Id(id),
            Id(2),
            of.Iteration,
            new(Id(40), Id(1), Branch, Box, of.Measures[0].Measure, Model, Then, Then),
            of.Benchmark,
            of.Measures[0].Metric,
            limit,
            of.Measures[0].Boundary!.Value,
            status,
            Then,
            Then
        );

    private static Guid Id(int n) => new($"01890000-0000-7000-8000-{n:d12}");

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
