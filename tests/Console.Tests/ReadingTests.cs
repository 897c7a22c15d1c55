using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Console.Tests;

/// <summary>Reading a report and a plot in a real browser.</summary>
public sealed class ReadingTests(Browser browser) : IClassFixture<Browser>
{
    private const int Versions = 5;

    [Fact]
    public async Task The_first_report_of_a_new_project_appears_without_a_reload()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.GotoAsync($"/perf/{project}");
        await Assertions.Expect(page.GetByText("No report yet.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Updates by itself.")).ToBeVisibleAsync();

        await ada.RunAsync(new(project, Run.Latencies(("parse", 100))));

        await Assertions
            .Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nothing is slower" }))
            .ToBeVisibleAsync(new() { Timeout = 15_000 }); // The page polls after 3 seconds.
        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_report_is_read_without_script()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var report = await SeedAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address);

        await page.GotoAsync($"/perf/demo/reports/{report["uuid"]}");

        await Assertions
            .Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 }))
            .ToContainTextAsync("1 of 2 metrics slower than its limit");
        var alerts = page.GetByRole(AriaRole.Region, new() { Name = "Alerts of this report" }).GetByRole(AriaRole.Row);
        await Assertions.Expect(alerts).ToHaveCountAsync(2); // The heading row and one alert.
        await Assertions.Expect(alerts.Nth(1)).ToContainTextAsync("above limit");
        await Assertions
            .Expect(
                page.GetByRole(AriaRole.Region, new() { Name = "All results, worst first" }).GetByRole(AriaRole.Row)
            )
            .ToHaveCountAsync(3);

        await page.GetByRole(AriaRole.Link, new() { Name = "Plot of render, Latency" }).First.ClickAsync();
        await Assertions.Expect(page.Locator(".wide path.value")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_plot_is_read_and_changed_without_script()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await SeedAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address);

        await page.GotoAsync("/perf/demo/explore");

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Demo");
        // An alert is drawn as a triangle instead.
        await Assertions.Expect(page.Locator(".wide circle.point")).ToHaveCountAsync(2 * Versions - 1);
        await Assertions.Expect(page.Locator(".wide path.alert[d] title")).ToHaveCountAsync(1);
        await Assertions
            .Expect(page.GetByRole(AriaRole.Region, new() { Name = "The lines of the plot" }).GetByRole(AriaRole.Row))
            .ToHaveCountAsync(3);

        await page.GetByRole(AriaRole.Checkbox, new() { Name = "parse" }).UncheckAsync();
        await page.GetByLabel("X axis").SelectOptionAsync("version");
        await page.GetByRole(AriaRole.Button, new() { Name = "Update the plot" }).ClickAsync();
        await Assertions.Expect(page.Locator(".wide circle.point")).ToHaveCountAsync(Versions - 1);
        await Assertions.Expect(page.GetByLabel("X axis")).ToHaveValueAsync("version");
        await page.GetByText("All values as a table").ClickAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Region, new() { Name = "All values of the plot" }).GetByRole(AriaRole.Row))
            .ToHaveCountAsync(1 + Versions);
    }

    [Fact]
    public async Task The_pages_of_reports_and_plots_do_not_scroll_sideways_on_a_phone()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var report = await SeedAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address, width: 320);

        foreach (var path in (string[])["/perf/demo", "/perf/demo/explore", $"/perf/demo/reports/{report["uuid"]}"])
        {
            await page.GotoAsync(path);
            Assert.Equal(320, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
    }

    [Fact]
    public async Task The_first_Tab_stop_skips_to_the_content()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await SeedAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address);
        await page.GotoAsync("/perf/demo");

        await page.Keyboard.PressAsync("Tab");

        await Assertions
            .Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" }))
            .ToBeFocusedAsync();
    }

    // Five versions of two benchmarks. The last value of one benchmark raises an alert.
    private static async Task<JsonNode> SeedAsync(TestServer server)
    {
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        JsonNode? report = null;
        for (var i = 0; i < Versions; i++)
            report = await user.RunAsync(
                new(project, Run.Latencies(("parse", 10 + i), ("render", i == Versions - 1 ? 90 : 20)))
                {
                    Hash = Run.Commit(i),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Thresholds = Run.UpperThreshold("static", 50),
                }
            );
        return report!;
    }
}
