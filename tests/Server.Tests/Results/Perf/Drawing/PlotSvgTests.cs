using System.Xml.Linq;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Perf.Drawing;
using static Paddock.Server.Tests.Results.Perf.Drawing.PlotSamples;

namespace Paddock.Server.Tests.Results.Perf.Drawing;

public class PlotSvgTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_plot_matches_its_golden_file()
    {
        var golden = Path.Combine(Path.GetDirectoryName(SourceFile())!, "slowdown.svg");
        // One element per line, so that differences are readable.
        var drawn = PlotSvg.Draw(Slowdown()).Replace("><", ">\n<", StringComparison.Ordinal) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(golden, drawn);
        else
            Assert.Equal(File.ReadAllText(golden), drawn);
    }

    [Fact]
    public void An_image_has_an_accessible_name_and_description()
    {
        var root = Draw(Picture(Line("parse", Daily(1200, 1300))) with { Id = "p1" });

        Assert.Equal("img", root.Attribute("role")?.Value);
        Assert.Equal("p1-title p1-desc", root.Attribute("aria-labelledby")?.Value);
        Assert.Equal("Demo", ById(root, "p1-title").Value);
        Assert.Equal(
            "1 line of 2 values from 2026-11-01 08:00:00 UTC to 2026-11-02 08:00:00 UTC; 0 active alerts. parse, "
                + "Latency, on main, box: newest 1.30 µs.",
            ById(root, "p1-desc").Value
        );
    }

    [Fact]
    public void A_plot_with_links_has_the_role_group_and_keeps_them_out_of_the_tab_order()
    {
        var root = Draw(Slowdown());

        Assert.Equal("group", root.Attribute("role")?.Value);
        Assert.All(root.Descendants(Svg + "a"), a => Assert.Equal("-1", a.Attribute("tabindex")?.Value));
    }

    [Fact]
    public void A_point_shows_its_facts_as_a_tooltip_and_links_to_its_metric()
    {
        var link = Draw(Slowdown()).Descendants(Svg + "a").First();

        Assert.Equal("/perf/demo/metrics/0", link.Attribute("href")?.Value);
        Assert.Equal(
            """
            1.21 ms (1.19 ms to 1.25 ms)
            2026-11-01 08:00:00 UTC
            commit aaaaaaaaaaaa, version 0, iteration 0
            branch main
            testbed box
            benchmark parse/large_file
            measure Latency
            """.ReplaceLineEndings("\n"),
            link.Descendants(Svg + "title").Single().Value
        );
    }

    [Fact]
    public void Active_and_dismissed_alerts_have_different_marks_and_legend_entries()
    {
        var root = Draw(Slowdown());
        var (active, past) = (Marks(root, "alert").First(), Marks(root, "past").First());

        Assert.Equal("/perf/demo/alerts/5", active.Parent?.Attribute("href")?.Value);
        Assert.EndsWith(
            "upper limit 1.30 ms\nabove the upper limit, alert is active",
            active.Value,
            StringComparison.Ordinal
        );
        Assert.EndsWith("above the upper limit, alert is dismissed", past.Value, StringComparison.Ordinal);
        Assert.Contains("1 alert above the upper limit", Texts(root));
        Assert.Contains("1 alert dismissed or silenced", Texts(root));
    }

    [Fact]
    public void Alerts_above_and_below_their_limits_differ_in_shape()
    {
        var points = Daily(1, 2, 3, 2, 1);
        points[2] = points[2].Alerting(BoundaryLimit.Upper);
        points[4] = points[4].Alerting(BoundaryLimit.Lower);

        var shapes = Marks(Draw(Picture(Line("a", points))), "alert")
            .Select(m => m.Attribute("d")!.Value.Split('l')[1])
            .ToHashSet();

        Assert.Equal(4, shapes.Count); // Two in the plot, two in the legend.
    }

    [Fact]
    public void Limits_and_measured_ranges_are_drawn_only_when_asked_for()
    {
        var picture = Slowdown();
        var (all, none) = (
            Draw(picture),
            Draw(picture with { LowerBoundary = false, UpperBoundary = false, LowerValue = false, UpperValue = false })
        );

        Assert.Equal(2 + 1, Marks(all, "limit").Count()); // And one in the legend.
        Assert.Single(Marks(all, "band"));
        Assert.Single(Marks(all, "whiskers"));
        Assert.Empty(Marks(none, "limit").Concat(Marks(none, "band")).Concat(Marks(none, "whiskers")));
        Assert.Equal(2, Marks(Draw(picture with { LowerBoundary = false }), "limit").Count());
    }

    [Fact]
    public void Names_are_escaped_in_the_SVG()
    {
        const string Hostile = "</title></text><script>alert(1)</script>&\"'\0\uD800]]>";
        var line = new PlotLine(Hostile, Hostile, Hostile, Hostile, Hostile, Daily(1, 2));
        var text = PlotSvg.Draw(new PlotPicture(Hostile, [line, line with { Benchmark = "b" }], Start));

        var root = XDocument.Parse(text).Root!;
        Assert.Empty(root.Descendants(Svg + "script"));
        Assert.Equal("</title></text><script>alert(1)</script>&\"'\uFFFD\uFFFD]]>", ById(root, "plot-title").Value);
    }

    [Theory]
    [InlineData("/perf/demo/metrics/1", true)]
    [InlineData("https://example.com/", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("//example.com", false)]
    [InlineData("/\\example.com", false)]
    [InlineData("data:text/html,x", false)]
    public void Only_HTTP_and_local_links_are_rendered_as_links(string link, bool isLink)
    {
        var root = Draw(Picture(Line("a", [.. Daily(1, 2).Select(p => p with { Link = link })])));
        Assert.Equal(isLink ? 2 : 0, root.Descendants(Svg + "a").Count());
    }

    [Fact]
    public void A_plot_without_data_says_so_with_the_time()
    {
        Assert.Contains("No Data Found: 2026-11-22 03:58:47 UTC", Texts(Draw(Picture())));
        Assert.Contains("No Data Found: 2026-11-22 03:58:47 UTC", Texts(Draw(Picture(Line("a", [])))));
    }

    [Fact]
    public void At_most_ten_lines_are_drawn_in_the_Tableau_colors_and_the_rest_are_counted()
    {
        var root = Draw(Picture([.. Enumerable.Range(0, 12).Select(i => Line($"b{i}", Daily(i + 1, i + 2)))]));

        Assert.Equal(
            [
                "#4e79a7",
                "#f28e2c",
                "#e15759",
                "#76b7b2",
                "#59a14f",
                "#edc949",
                "#af7aa1",
                "#ff9da7",
                "#9c755f",
                "#bab0ab",
            ],
            Marks(root, "value").Select(m => m.Attribute("stroke")!.Value)
        );
        Assert.Contains("2 more lines not drawn", Texts(root));
    }

    [Fact]
    public void Properties_shared_by_all_lines_are_shown_once()
    {
        var texts = Texts(Draw(Picture(Line("parse", Daily(1, 2)), Line("print", Daily(1, 2)))));

        Assert.Contains("main  ·  box  ·  Latency", texts);
        Assert.Contains("parseparse", texts); // The name, and again in full as its tooltip.
        Assert.Contains("printprint", texts);
    }

    [Fact]
    public void A_long_title_shrinks_and_is_then_truncated_in_the_middle()
    {
        double Size(string title) =>
            double.Parse(
                Marks(Draw(Picture() with { Title = title }), "title").Single().Attribute("font-size")!.Value,
                System.Globalization.CultureInfo.InvariantCulture
            );

        Assert.Equal(22, Size("Short"));
        Assert.InRange(Size(new string('x', 90)), 14.1, 21.9);
        Assert.Equal(14, Size(new string('x', 500)));
        Assert.Contains(
            "…",
            Marks(Draw(Picture() with { Title = new string('x', 500) }), "title").Single().Value,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_second_measure_has_its_own_axis_and_the_third_shares_the_first()
    {
        var texts = Texts(
            Draw(
                Picture(
                    Line("a", Daily(2e6, 3e6)),
                    Line("a", Daily(100, 200), "Throughput", "operations / second (ops/s)"),
                    Line("a", Daily(5e6, 6e6), "Hits", "hits")
                )
            )
        );

        Assert.Contains("Latency: milliseconds (ms)", texts);
        Assert.Contains("Throughput: operations / second (ops/s)", texts);
        Assert.DoesNotContain(texts, t => t.StartsWith("Hits: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(YAxis.Auto, 100, 150, false)]
    [InlineData(YAxis.Auto, 1, 150, true)]
    [InlineData(YAxis.Auto, 0, 150, false)] // A log axis has no zero.
    [InlineData(YAxis.Linear, 1, 150, false)]
    [InlineData(YAxis.Log, 100, 150, true)]
    [InlineData(YAxis.Log, -5, -1, false)]
    public void An_axis_is_logarithmic_when_asked_for_or_over_a_wide_range(
        YAxis axis,
        double low,
        double high,
        bool isLog
    )
    {
        var picture = Picture() with { YAxis = axis };
        Assert.Equal(isLog, ValueAxis.Of([Line("a", Daily(low, high))], picture, 0, 500).Scale.IsLog);
    }

    [Fact]
    public void Wide_limits_at_the_start_of_a_history_do_not_flatten_the_plot()
    {
        var points = Hourly(100, i => 100 + i % 3);
        for (var i = 0; i < points.Length; i++)
            points[i] = points[i] with { Boundary = new(101, null, i < 3 ? 1e6 : 110) };

        var axis = ValueAxis.Of([Line("a", points, "Hits", "hits")], Picture() with { UpperBoundary = true }, 0, 500);

        Assert.InRange(axis.Scale.To, 110, 111);
    }

    [Fact]
    public void An_image_contains_its_own_style_and_a_plot_in_a_page_uses_the_style_sheet()
    {
        Assert.DoesNotContain("var(", PlotSvg.Draw(Slowdown()), StringComparison.Ordinal);
        Assert.Contains("#11161d", PlotSvg.Draw(Slowdown() with { Theme = PlotTheme.Dark }), StringComparison.Ordinal);
        Assert.Empty(Draw(Slowdown() with { Theme = PlotTheme.Page }).Descendants(Svg + "style"));
        Assert.DoesNotContain(
            "style=",
            PlotSvg.Draw(Slowdown() with { Theme = PlotTheme.Page }),
            StringComparison.Ordinal
        ); // For strict content security policies.
        Assert.Contains(":root[data-theme=dark]", PlotStyle.Sheet, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", PlotStyle.Sheet, StringComparison.Ordinal);
    }

    [Fact]
    public void Points_that_arrive_out_of_order_are_drawn_in_order()
    {
        var points = Daily(1, 2, 3, 4, 5);
        Assert.Equal(Path(points), Path([points[4], points[0], points[2], points[1], points[3]]));

        static string Path(PlotPoint[] points) =>
            Marks(Draw(Picture(Line("a", points))), "value").Single().Attribute("d")!.Value;
    }

    [Fact]
    public void The_SVG_of_a_large_plot_stays_small()
    {
        var random = new Random(5);
        var picture = Picture([
            .. Enumerable
                .Range(0, 10)
                .Select(b => Line($"b{b}", Hourly(2000, _ => 1000 + b * 100 + random.NextDouble() * 50))),
        ]);

        Assert.InRange(PlotSvg.Draw(picture with { TooltipsMax = 0 }).Length, 10_000, 150_000);
        Assert.InRange(Marks(Draw(picture with { TooltipsMax = 100 }), "point").Count(), 50, 110);
    }

    [Fact]
    public void Alerts_beyond_the_tooltip_limit_keep_their_marks_and_lose_their_tooltips()
    {
        var points = Hourly(3000, i => Math.Sin(i));
        for (var i = 0; i < points.Length; i++)
            points[i] = points[i].Alerting(BoundaryLimit.Upper, link: "/a");

        var alerts = Marks(Draw(Picture(Line("a", points)) with { TooltipsMax = 50 }), "alert").ToList();

        Assert.InRange(alerts.Count, 2000, 3001);
        Assert.Equal(50, alerts.Count(a => a.Elements(Svg + "title").Any()));
    }

    internal static XElement Draw(PlotPicture picture) => XDocument.Parse(PlotSvg.Draw(picture)).Root!;

    internal static IEnumerable<XElement> Marks(XElement root, string kind) =>
        root.Descendants().Where(e => (e.Attribute("class")?.Value ?? "").Split(' ').Contains(kind));

    private static List<string> Texts(XElement root) => [.. root.Descendants(Svg + "text").Select(t => t.Value)];

    private static XElement ById(XElement root, string id) =>
        root.Descendants().Single(e => e.Attribute("id")?.Value == id);

    private static string SourceFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
}
