using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>Changes and alerts in a real browser: with the keyboard, without scripts, on a phone.</summary>
public sealed class ChangesPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_change_is_found_and_accepted_by_keyboard_without_script()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address);
        await page.SignInAsync(seed.Admin.Token, "/perf/demo/changes");

        await page.GetByRole(AriaRole.Link, new() { Name = "2 benchmarks are slower" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 }))
            .ToContainTextAsync("2 benchmarks are slower since a2ec63d");
        await Assertions.Expect(page.Locator(".wide path.level")).ToHaveCountAsync(2);
        await page.GetByLabel("Note").FocusAsync();
        await page.Keyboard.TypeAsync("The new parser needs it");
        await page.Keyboard.PressAsync("Tab");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Accept the new level" }))
            .ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.GetByText("Accepted for 2 series by Ada Admin")).ToBeVisibleAsync();
        Assert.Equal(
            "accepted",
            (string?)(await seed.Admin.GetAsync($"/v0/projects/demo/changes/{seed.Slower}")).Expect(200)["state"]
        );
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    public async Task The_pages_of_changes_and_alerts_do_not_scroll_sideways_on_a_phone(int width)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address, width);
        await page.SignInAsync(seed.Admin.Token, "/perf/demo/changes");

        foreach (var (_, path) in seed.Pages.Where(one => one.Name != "report"))
        {
            await page.GotoAsync(path);
            Assert.Equal((path, width), (path, await page.EvaluateAsync<int>("document.documentElement.scrollWidth")));
        }
    }
}
