using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Perf;

public sealed partial class PerfPageTests
{
    [Theory, EveryDatabase]
    public async Task Unlisted_benchmarks_are_found_by_a_pattern_and_chosen_together(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var many = Enumerable.Range(0, 300).Select(i => ($"bench/{i:000}", 1.0));
        await user.RunAsync(new(project, Run.Latencies([.. many, ("zip/pack", 1), ("zip/unpack", 2), ("unzip", 3)])));
        using var reader = new PageReader(server.Address);
        var explore = (await reader.GetAsync($"/perf/{project}/explore")).Text;

        Assert.Contains("more are not listed; find them by their names.", explore, StringComparison.Ordinal);
        Assert.DoesNotContain("zip/pack", explore, StringComparison.Ordinal);
        var branch = (await user.GetAsync($"/v0/projects/{project}/branches")).Expect(200)[0]!["uuid"];
        var to = await reader.GetAsync($"/perf/{project}?view=1&branch={branch}&find=zip/*&pick=1");
        var found = (await reader.GetAsync(to.Headers.Location!.ToString())).Text;

        foreach (var name in (string[])["zip/pack", "zip/unpack"])
            Assert.Matches($"checked[^>]*> <span>{name}</span>", found);
        Assert.DoesNotContain("bench/000", found, StringComparison.Ordinal);
        Assert.Contains("value=\"zip/*\"", found, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task The_newest_report_is_drawn_with_its_limits_when_nothing_is_chosen(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, report) = await SeedAsync(server);

        var page = await server.GetAsync("/perf/demo/explore");

        Assert.Equal(200, page.Status);
        Assert.Contains("The newest report", page.Text, StringComparison.Ordinal);
        Assert.Contains($"/perf/demo/reports/{report["uuid"]}", page.Text, StringComparison.Ordinal);
        Assert.Matches("name=\"upper_boundary\" value=\"true\" checked", page.Text);
        Assert.DoesNotContain("no threshold here", page.Text, StringComparison.Ordinal);
        Assert.Contains($"version 2, iteration 0", page.Text, StringComparison.Ordinal); // The data of a point.
        Assert.Contains("above the upper limit, alert is active", page.Text, StringComparison.Ordinal);
        Assert.Equal(2 + 2, PathsOfLines.Count(page.Text)); // Two lines, in the wide and the narrow picture.
    }

    [Fact]
    public async Task A_large_report_says_how_many_benchmarks_are_drawn_and_that_no_threshold_exists()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(
            new(project, Run.Latencies([.. Enumerable.Range(0, 12).Select(n => ($"bench {n:00}", 10.0 + n))]))
        );

        var page = await server.GetAsync("/perf/demo/explore");

        Assert.Contains("Drawn are the first 10 of its 12 benchmarks", page.Text, StringComparison.Ordinal);
        Assert.Contains("no threshold here", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_of_one_measure_are_shown_in_one_unit()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        foreach (var value in (double[])[1030, 995.3, 14_000])
            await user.RunAsync(new(project, Run.Latencies(("parse", value), ("print", 1200))));

        var page = WebUtility.HtmlDecode((await server.GetAsync("/perf/demo/explore")).Text);

        Assert.Contains("data-label=\"Newest\" class=\"number value\">14.00 µs", page, StringComparison.Ordinal);
        Assert.Contains("data-label=\"Lowest\" class=\"number\">0.9953 µs", page, StringComparison.Ordinal);
        Assert.Contains("data-label=\"Newest\" class=\"number value\">1.20 µs", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task The_plot_form_redirects_to_a_query_that_the_API_understands_too(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, report) = await SeedAsync(server);
        var (branch, head, testbed) = (
            report["branch"]!["uuid"],
            report["branch"]!["head"]!["uuid"],
            report["testbed"]!["uuid"]
        );
        var results = report["results"]![0]!.AsArray();
        var measure = results[0]!["measures"]![0]!["measure"]!["uuid"];
        var benchmarks = results.Select(r => r!["benchmark"]!["uuid"]).ToList();

        using var answer = await server.Http.GetAsync(
            $"/perf/demo?view=1&branch={branch}.{head}&testbed={testbed}&benchmark={benchmarks[0]}&"
                + $"benchmark={benchmarks[1]}&measure={measure}"
                + "&from=2026-11-20&to=2026-11-20&lower_boundary=true&x_axis=version&y_axis=auto"
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var address = answer.RequestMessage!.RequestUri!.Query;
        Assert.Equal(
            $"?branches={branch}&heads={head}&testbeds={testbed}&benchmarks={benchmarks[0]},{benchmarks[1]}&"
                + $"measures={measure}"
                + "&start_time=1795132800000&end_time=1795219199000&lower_boundary=true&x_axis=version",
            address
        );
        Assert.Equal(2, PathsOfLines.Count(await answer.Content.ReadAsStringAsync()) / 2);
        Assert.Equal(
            2,
            (await server.GetAsync("/v0/projects/demo/perf" + address)).Expect(200)["results"]!.AsArray().Count
        );
    }

    [Theory, EveryDatabase]
    public async Task A_page_without_reports_or_with_an_incomplete_query_says_what_is_missing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        await user.CreateProjectAsync("Demo");

        Assert.Contains("no report yet", (await server.GetAsync("/perf/demo/explore")).Text, StringComparison.Ordinal);
        Assert.Contains(
            "Choose a testbed, a benchmark, a measure below",
            (await server.GetAsync($"/perf/demo?branches={Guid.Empty}")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Choose a branch, a testbed",
            (await server.GetAsync("/perf/demo?view=1")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(400, (await server.GetAsync("/perf/demo?branches=main")).Status);
        Assert.Equal(400, (await server.GetAsync("/perf/demo?view=1&from=yesterday")).Status);
        Assert.Equal(400, (await server.GetAsync("/perf/demo?y_axis=round")).Status);
    }

    [Theory, EveryDatabase]
    public async Task The_image_of_a_plot_shows_the_same_lines_and_a_given_title(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, report) = await SeedAsync(server);
        var results = report["results"]![0]!.AsArray();
        var query =
            $"branches={report["branch"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}&"
            + $"measures={results[0]!["measures"]![0]!["measure"]!["uuid"]}"
            + $"&benchmarks={string.Join(',', results.Select(r => r!["benchmark"]!["uuid"]))}";

        using var image = await server.Http.GetAsync($"/v0/projects/demo/perf/img?{query}&format=svg&title=%3Cb%3E");
        var svg = await image.Content.ReadAsStringAsync();

        Assert.Equal("image/svg+xml", image.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache, max-age=0, private", image.Headers.CacheControl!.ToString());
        Assert.StartsWith("<svg xmlns=", svg, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;", svg, StringComparison.Ordinal);
        Assert.Equal(2, PathsOfLines.Count(svg));
        Assert.Contains(
            ">Demo<",
            (await server.GetAsync($"/v0/projects/demo/perf/img?{query}&format=svg")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "measures: missing",
            (
                await server.GetAsync(
                    $"/v0/projects/demo/perf/img?{query.Replace("measures", "other", StringComparison.Ordinal)}"
                )
            ).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(404, (await user.GetAsync($"/v0/projects/missing/perf/img?{query}")).Status);
    }

    [Theory, EveryDatabase]
    public async Task An_image_draws_at_most_ten_lines_and_a_page_draws_all(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var report = await user.RunAsync(
            new(project, Run.Latencies([.. Enumerable.Range(0, 12).Select(i => ($"bench {i}", 1.0 + i))]))
        );
        var results = report["results"]![0]!.AsArray();
        var query =
            $"branches={report["branch"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}&"
            + $"measures={results[0]!["measures"]![0]!["measure"]!["uuid"]}"
            + $"&benchmarks={string.Join(',', results.Select(r => r!["benchmark"]!["uuid"]))}";

        Assert.Equal(
            10,
            PathsOfLines.Count((await server.GetAsync($"/v0/projects/demo/perf/img?{query}&format=svg")).Text)
        );
        Assert.Equal(12 + 12, PathsOfLines.Count((await server.GetAsync($"/perf/demo?{query}")).Text));
    }

    [Theory, EveryDatabase]
    public async Task The_style_sheet_is_cached_forever_under_a_name_that_changes_with_its_content(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var page = await server.GetAsync("/perf/missing");
        var path = StylePath.Match(page.Text).Groups[1].Value;

        using var style = await server.Http.GetAsync(path);
        using var again = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Headers = { IfNoneMatch = { style.Headers.ETag! } },
        };
        using var unchanged = await server.Http.SendAsync(again);
        using var former = await server.Http.GetAsync("/console/assets/console-0123.css");

        Assert.Equal("text/css; charset=utf-8", style.Content.Headers.ContentType!.ToString());
        Assert.Contains("immutable", style.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Contains(".paddock-plot", await style.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.DoesNotContain("immutable", former.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    // Three versions of two benchmarks; the last one raises an alert.
    private static async Task<(TestUser User, JsonNode Report)> SeedAsync(TestServer server)
    {
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        JsonNode? report = null;
        for (var i = 0; i < 3; i++)
            report = await user.RunAsync(
                new(project, Run.Latencies(("parse", 10 + i), ("render", i == 2 ? 90 : 20)))
                {
                    Hash = Run.Commit(i),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Thresholds = Run.UpperThreshold("static", 50),
                }
            );
        return (user, report!);
    }

    [GeneratedRegex("<path class=\"value")]
    private static partial Regex PathsOfLines { get; }

    [GeneratedRegex("rel=\"stylesheet\" href=\"([^\"]+)\"")]
    private static partial Regex StylePath { get; }
}
