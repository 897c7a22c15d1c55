using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>
/// The interactive plot: with keyboard and pointer, within its size budget, and without browser errors.
/// </summary>
public sealed class ExplorerTests(Browser browser) : IClassFixture<Browser>
{
    private const int ScriptMax = 60 << 10; // Compressed.
    private const string Line = "[0-9a-f-]{36}\\.[0-9a-f-]{36}"; // The UUIDs of a benchmark and a measure.

    [Fact]
    public async Task A_plot_can_be_navigated_by_keyboard()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        var told = page.Locator(".explorer [role=status]");

        await page.Locator(".canvas").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Assertions.Expect(told).ToContainTextAsync("since the value before");
        await page.Keyboard.PressAsync("a");
        await Assertions.Expect(told).ToContainTextAsync("below the limit, alert active");
        var first = await told.TextContentAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(told).Not.ToHaveTextAsync(first!);
        await page.Keyboard.PressAsync("h");
        await Assertions.Expect(page.Locator(".legend .toggle[aria-pressed=false]")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".canvas").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Enter");

        await Assertions
            .Expect(page)
            .ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/perf/demo/metrics/[0-9a-f-]{36}$"));
        Assert.DoesNotContain(errors, error => !error.Contains("404", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Axes_filter_and_hidden_lines_are_kept_in_the_URL()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        var shown = page.Locator(".legend-bar .count");
        await Assertions.Expect(shown).ToHaveTextAsync("5 of 5 shown");

        await page.Locator(".explorer").GetByLabel("Y axis").SelectOptionAsync("first");
        await page.Locator(".explorer").GetByLabel("X axis").SelectOptionAsync("order");
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Filter the lines" }).FillAsync("parse*");
        await Assertions.Expect(shown).ToHaveTextAsync("2 of 5 shown");
        await page.Locator(".legend li:visible .single").First.ClickAsync();
        await Assertions.Expect(shown).ToHaveTextAsync("1 of 5 shown");
        await page.ReloadAsync();

        await Assertions.Expect(shown).ToHaveTextAsync("1 of 5 shown");
        await Assertions.Expect(page.Locator(".explorer").GetByLabel("Y axis")).ToHaveValueAsync("first");
        await Assertions.Expect(page.Locator(".explorer").GetByLabel("X axis")).ToHaveValueAsync("order");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).Last.ClickAsync();
        await Assertions.Expect(shown).ToHaveTextAsync("2 of 5 shown");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_URL_keeps_the_zoom_and_hidden_lines_when_the_filter_or_axis_changes()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        var filter = page.GetByRole(AriaRole.Searchbox, new() { Name = "Filter the lines" });
        Task HasAsync(string pattern) => Assertions.Expect(page).ToHaveURLAsync(new Regex(pattern));

        await page.Locator(".legend .toggle").First.ClickAsync();
        await HasAsync($"[?&]hide={Line}(&|$)");
        await filter.FillAsync("parse");
        await HasAsync($"hide={Line}.*filter=parse|filter=parse.*hide={Line}");
        await filter.FillAsync("");
        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync("4 of 5 shown");
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).ClickAsync();
        await HasAsync("[?&]zoom=[0-9.]+_[0-9.]+");
        var newest = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        await HasAsync($"_{newest}(&|$)"); // Zooming in keeps the newest values in view.
        await page.Locator(".explorer").GetByLabel("X axis").SelectOptionAsync("order");
        await HasAsync("[?&]zoom=[1-9][0-9]_54(&|$)");
        await page.GetByRole(AriaRole.Link, new() { Name = "Link to this view" }).ClickAsync();
        await Assertions.Expect(page.Locator("a[data-view]")).ToContainTextAsync("The link is");
        var address = page.Url;
        Assert.Contains("benchmarks=", address, StringComparison.Ordinal);
        Assert.Matches($"hide={Line}", address);
        await page.GotoAsync("about:blank");
        await page.GotoAsync(address);

        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync("4 of 5 shown");
        await HasAsync("[?&]zoom=[1-9][0-9]_54(&|$)");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset zoom" }).ClickAsync();
        await Assertions.Expect(page).Not.ToHaveURLAsync(new Regex("zoom="));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Older_URLs_that_number_lines_and_values_still_work()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);

        await page.GotoAsync(page.Url + "&hide=0,3&y=reference&reference=2");

        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync("3 of 5 shown");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"[?&]hide={Line}%2C{Line}(&|$)"));
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("[?&]reference=[0-9a-f-]{36}(&|$)"));
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync("3 of 5 shown");
        await page.Locator(".legend .single").First.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"[?&]only={Line}(&|$)"));
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync("1 of 5 shown");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Saved_pinned_and_embedded_plots_match_the_current_view()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        using var http = new HttpClient { BaseAddress = server.Address };
        Task<string?> AddressAsync(string link) =>
            page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).GetAttributeAsync("href");

        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Filter the lines" }).FillAsync("parse");
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("zoom="));

        foreach (var link in (string[])["Pin", "Image", "JSON", "Embed", "SVG"])
            Assert.Matches("[?&]start_time=[0-9]+&end_time=[0-9]+", await AddressAsync(link));
        var data = JsonNode.Parse(await http.GetStringAsync(await AddressAsync("JSON")))!["results"]!.AsArray();
        Assert.Equal(
            ["parse/large document", "parse/small"],
            data.Select(line => (string)line!["benchmark"]!["name"]!).Order()
        );
        Assert.InRange(data[0]!["metrics"]!.AsArray().Count, 20, 40); // The plot has 55 values in total.
        var embedded = await http.GetStringAsync(await AddressAsync("Embed"));
        Assert.Contains("parse/small", embedded, StringComparison.Ordinal);
        Assert.DoesNotContain("render", embedded, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Filter the lines" }).FillAsync("");
        await page.Locator(".legend .toggle").First.ClickAsync();
        var saved = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Button, new() { Name = "Save as csv" }).ClickAsync()
        );
        var rows = (await File.ReadAllLinesAsync(await saved.PathAsync())).Skip(1).ToList();
        Assert.Equal(4, rows.Select(row => row.Split(',')[2]).Distinct().Count());
        Assert.InRange(rows.Count, 4 * 20, 4 * 40);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Events_are_marked_shown_by_pointer_and_key_and_hidden_by_the_legend()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 3; i++)
            await user.RunAsync(
                new(project, Run.Measured(("parse", "throughput", 100 + i)))
                {
                    Start = DateTimeOffset.UtcNow.AddDays(i - 3),
                    Thresholds =
                        i < 2
                            ? null
                            : new { models = new { throughput = new { test = "percentage", upper_boundary = 0.2 } } },
                }
            );
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.GotoAsync($"/perf/{project}/explore");
        await Assertions.Expect(page.Locator("figure[data-ready=true] canvas")).ToBeVisibleAsync();
        var (marks, facts) = (page.Locator(".event-mark"), page.Locator(".facts-of-point"));
        const string set = "The threshold of Throughput on main, box was set to percentage of the mean";

        await Assertions.Expect(marks).ToHaveCountAsync(1);
        await marks.First.HoverAsync();
        await Assertions.Expect(facts).ToContainTextAsync(set);
        await marks.First.ClickAsync();
        await Assertions
            .Expect(facts.GetByRole(AriaRole.Link, new() { Name = set }))
            .ToHaveAttributeAsync("href", new Regex("/perf/demo/thresholds/[0-9a-f-]{36}"));
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(facts).ToBeHiddenAsync();
        await page.Locator(".canvas").FocusAsync();
        await page.Keyboard.PressAsync("e");
        await Assertions.Expect(page.Locator(".explorer [role=status]")).ToContainTextAsync($"Event 1 of 1: {set}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Thresholds 1" }).ClickAsync();

        await Assertions.Expect(marks).ToHaveCountAsync(0);
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("[?&]hide_events=threshold(&|$)"));
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("figure[data-ready=true] canvas")).ToBeVisibleAsync();
        await Assertions.Expect(marks).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Thresholds 1" }).ClickAsync();
        await Assertions.Expect(marks).ToHaveCountAsync(1);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Lines_keep_their_colors_while_the_pointer_rests_on_a_legend_button()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        async Task IsDrawnAsync(int row) =>
            await page.WaitForFunctionAsync(
                """
                row => {
                    const swatch = getComputedStyle(document.querySelectorAll(".legend .swatch")[row]).backgroundColor.match(/\d+/g).map(Number);
                    const canvas = document.querySelector(".canvas canvas");
                    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                    let found = 0;
                    for (let i = 0; i < data.length; i += 4)
                        if (data[i + 3] > 200 && swatch.every((part, k) => Math.abs(part - data[i + k]) < 12)) found++;
                    return found > 40;
                }
                """,
                row
            );

        await page.Locator(".legend .toggle").Nth(1).ClickAsync();
        await IsDrawnAsync(2);
        await IsDrawnAsync(3);
        await page.Locator(".legend .single").Nth(2).ClickAsync();
        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync("1 of 5 shown");
        await IsDrawnAsync(2);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Percentages_name_their_reference_which_can_be_changed()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        var notes = page.Locator(".explorer .notes");

        await Assertions.Expect(notes).ToContainTextAsync("Limits are drawn where a plot has one line or two");
        await page.Locator(".explorer").GetByLabel("Y axis").SelectOptionAsync("reference");
        await Assertions.Expect(notes).ToContainTextAsync("In percent of 2026-11-01 10:00, commit");
        await page.Locator(".canvas .u-over").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Take as reference" }).ClickAsync();

        await Assertions.Expect(notes).Not.ToContainTextAsync("2026-11-01 10:00");
        await Assertions.Expect(notes).ToContainTextAsync("In percent of 2026-11-");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Small_plots_show_facts_at_the_pointer_and_hide_them_when_it_leaves()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        await page.Locator(".explorer").GetByLabel("Plots").SelectOptionAsync("line");
        var (over, facts) = (page.Locator(".tile .u-over").Nth(1), page.Locator(".facts-of-point"));
        var said = page.Locator(".tile .value").First;
        var whole = await said.TextContentAsync();

        await over.HoverAsync();
        await Assertions.Expect(facts).ToBeVisibleAsync();
        var (plot, box) = ((await over.BoundingBoxAsync())!, (await facts.BoundingBoxAsync())!);
        var pointer = plot.X + plot.Width / 2;
        Assert.True(box.X <= pointer + 40 && box.X + box.Width >= pointer - 40, $"{box.X} {box.Width} {pointer}");
        Assert.InRange(box.Y, plot.Y - 30, plot.Y + plot.Height);
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Filter the lines" }).HoverAsync();
        await Assertions.Expect(facts).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom in" }).ClickAsync();

        await Assertions.Expect(said).Not.ToHaveTextAsync(whole!);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Values_are_shown_at_the_pointer_zoomed_by_dragging_and_saved_as_files()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server);
        var over = page.Locator(".canvas .u-over");

        await over.HoverAsync();
        await Assertions.Expect(page.Locator(".facts-of-point")).ToContainTextAsync("commit");
        await Assertions.Expect(page.Locator(".legend .value").First).Not.ToBeEmptyAsync();
        var box = await over.BoundingBoxAsync();
        await page.Mouse.MoveAsync(box!.X + 200, box.Y + 100);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + 400, box.Y + 100, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        foreach (
            var (kind, text) in ((string, string)[])
                [
                    ("csv", "branch,testbed,benchmark,measure"),
                    ("json", "\"benchmark\": \"render\""),
                    ("markdown", "| Line | Measure |"),
                ]
        )
        {
            var download = await page.RunAndWaitForDownloadAsync(() =>
                page.GetByRole(AriaRole.Button, new() { Name = $"Save as {kind}" }).ClickAsync()
            );
            Assert.Contains(text, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        }
        var picture = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Button, new() { Name = "Save as png" }).ClickAsync()
        );
        Assert.Equal("PNG"u8.ToArray(), (await File.ReadAllBytesAsync(await picture.PathAsync()))[1..4]);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Many_lines_can_be_shown_as_one_small_plot_each()
    {
        const int lines = 14;
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 3; i++)
            await user.RunAsync(
                new(project, Run.Latencies([.. Enumerable.Range(0, lines).Select(n => ($"bench {n}", 10.0 + n + i))]))
                {
                    Hash = Run.Commit(i),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                }
            );
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.GotoAsync(await new ChangesSeed(user, "", "", "").PlotAsync());
        var (told, tiles) = (page.Locator(".explorer [role=status]"), page.Locator(".tile:visible"));

        await page.GetByRole(AriaRole.Button, new() { Name = "show a plot for each" }).ClickAsync();
        await Assertions.Expect(tiles).ToHaveCountAsync(lines);
        await Assertions.Expect(tiles.First.Locator("canvas").First).ToBeVisibleAsync();
        await page.Locator(".canvas").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Assertions.Expect(told).ToContainTextAsync("bench 0: 12.00 ns");
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(told).ToContainTextAsync("bench 1: 13.00 ns");
        await page.ReloadAsync();
        await Assertions.Expect(tiles).ToHaveCountAsync(lines);
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Filter the lines" }).FillAsync("bench 1");
        await Assertions.Expect(tiles).ToHaveCountAsync(5); // Benchmarks 1 and 10 to 13.
        await tiles.Nth(2).Locator(".tile-name").ClickAsync();

        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync($"1 of {lines} shown");
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    public async Task The_page_of_a_plot_does_not_scroll_sideways_on_a_phone(int width)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server, width);

        // The event's text must also fit at the right edge, beside the second axis.
        await page.Locator(".event-mark").First.ClickAsync();
        await Assertions.Expect(page.Locator(".facts-of-point .event")).ToBeVisibleAsync();
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_script_of_the_plot_stays_within_its_size_budget()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var http = new HttpClient { BaseAddress = server.Address };
        var seed = await ChangesSeed.MakeAsync(server);
        var page = await http.GetStringAsync(await seed.PlotAsync());
        var script = await http.GetByteArrayAsync(
            System
                .Text.RegularExpressions.Regex.Match(page, "src=\"(/console/assets/explorer-[0-9a-f]+\\.js)\"")
                .Groups[1]
                .Value
        );
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(script);

        Assert.InRange(compressed.Length, 1, ScriptMax);
    }

    private async Task<(IPage Page, List<string> Errors)> OpenAsync(TestServer server, int width = 1280)
    {
        var seed = await ChangesSeed.MakeAsync(server);
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors, width);
        await page.GotoAsync(await seed.PlotAsync());
        await Assertions.Expect(page.Locator("figure[data-ready=true] canvas")).ToBeVisibleAsync();
        return (page, errors);
    }
}
