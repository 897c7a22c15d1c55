using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>Lists that update themselves, and the button that makes a project send mail.</summary>
public sealed class ListTests(Browser browser) : IClassFixture<Browser>
{
    [Theory]
    [InlineData("jobs", "1 new job")]
    [InlineData("reports", "1 new report")]
    public async Task A_list_offers_new_rows_and_shows_them_only_on_request(string list, string offered)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        await world.SubmitAsync();
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.SignInAsync(world.Admin.Token, $"/perf/app/{list}");
        var rows = page.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(page.GetByText("Updates by itself.")).ToBeVisibleAsync();

        await world.SubmitAsync();

        var news = page.GetByRole(AriaRole.Status).Filter(new() { HasText = offered });
        await Assertions.Expect(news).ToBeVisibleAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await news.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("tbody th a").First).ToBeFocusedAsync();
        await Assertions.Expect(news).ToHaveCountAsync(0);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_list_with_a_checked_row_is_not_replaced()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        await EveryPage.MakeSpecAsync(seed.Admin);
        var page = await browser.OpenAsync(server.Address, []);
        await page.SignInAsync(seed.Admin.Token, "/perf/demo/changes");
        await Assertions.Expect(page.GetByText("Updates by itself.")).ToBeVisibleAsync();
        var ticked = page.Locator("#changes-list input[type=checkbox]").First;
        await ticked.CheckAsync();

        (await seed.Admin.PatchAsync($"/v0/projects/demo/changes/{seed.Slower}", new { state = "dismissed" })).Expect(
            200
        );
        await EveryPage.SubmitAsync(seed.Admin); // A new job of the project makes its pages check for updates at once.

        await Assertions.Expect(page.Locator("#news")).ToContainTextAsync("This list has changed");
        await Assertions.Expect(ticked).ToBeCheckedAsync();
    }

    [Fact]
    public async Task A_project_is_watched_and_unwatched_without_script()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var stranger = await browser.OpenWithoutScriptAsync(server.Address);
        await stranger.GotoAsync("/perf/app");
        await Assertions
            .Expect(stranger.GetByRole(AriaRole.Button, new() { Name = "Watch by mail" }))
            .ToHaveCountAsync(0);
        var page = await browser.OpenWithoutScriptAsync(server.Address);
        await page.SignInAsync(world.Admin.Token, "/perf/app");

        await page.GetByRole(AriaRole.Button, new() { Name = "Watch by mail" }).ClickAsync();

        await Assertions.Expect(page.GetByText("You get a mail")).ToBeVisibleAsync();
        Assert.True((bool)(await world.Admin.GetAsync("/v0/projects/app/watch")).Expect(200)["watching"]!);
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop watching" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Watch by mail" })).ToBeVisibleAsync();
        Assert.False((bool)(await world.Admin.GetAsync("/v0/projects/app/watch")).Expect(200)["watching"]!);
    }
}
