using System.IO.Compression;
using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>
/// The plot that a script takes over: by keyboard and pointer, within its budget, and without an error of the browser.
/// </summary>
public sealed class ExplorerTests(Browser browser) : IClassFixture<Browser>
{
    private const int ScriptMax = 60 << 10; // Compressed.

    [Fact]
    public async Task A_plot_is_walked_through_by_keyboard()
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
    public async Task Axes_filter_and_hidden_lines_stay_in_the_address()
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
    public async Task A_pointer_finds_values_zooms_and_saves_them()
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
    public async Task Many_lines_are_grey_in_one_plot_or_have_a_plot_each()
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
        await Assertions.Expect(tiles).ToHaveCountAsync(5); // 1 and 10 to 13.
        await tiles.Nth(2).Locator(".tile-name").ClickAsync();

        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".legend-bar .count")).ToHaveTextAsync($"1 of {lines} shown");
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    public async Task A_phone_scrolls_the_legend_and_not_the_page(int width)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (page, errors) = await OpenAsync(server, width);

        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_scripts_of_the_plot_are_small()
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
