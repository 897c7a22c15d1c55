using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>The main tasks of a user: find what got slower, accept it, and change a threshold.</summary>
public sealed class TaskTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_regression_is_found_and_accepted_and_a_threshold_changed_by_keyboard_without_script()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var page = await browser.OpenWithoutScriptAsync(server.Address);
        await page.SignInAsync(seed.Admin.Token, "/console/projects");

        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Demo", Exact = true }));
        await Assertions
            .Expect(page.GetByRole(AriaRole.Heading, new() { Name = "1 change to the worse is open" }))
            .ToBeVisibleAsync();
        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "2 benchmarks are slower" }));
        await PressAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Accept the new level" }));
        await Assertions.Expect(page.GetByText("Accepted for 2 series by Ada Admin")).ToBeVisibleAsync();

        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Thresholds", Exact = true }));
        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Throughput on main, box" }));
        await PressAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Change", Exact = true }));
        await page.GetByLabel("Lower boundary").FocusAsync();
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.TypeAsync("0.4");
        await page.Keyboard.PressAsync("Enter");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Heading, new() { Name = "It would not have alerted" }))
            .ToBeVisibleAsync();
        await PressAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }));

        await Assertions.Expect(page.GetByText("lower 0.4, upper 0.2").First).ToBeVisibleAsync();
        var threshold = (await seed.Admin.GetAsync("/v0/projects/demo/thresholds")).Expect(200)[0]!;
        Assert.Equal(0.4, (double)threshold["model"]!["lower_boundary"]!);
    }

    [Fact]
    public async Task Single_key_shortcuts_find_and_dismiss_a_change_and_can_be_turned_off()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.SignInAsync(seed.Admin.Token, "/perf/demo");

        await page.Keyboard.TypeAsync("gc");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Changes");
        await page.Keyboard.PressAsync("/");
        Assert.Equal("INPUT", await page.EvaluateAsync<string>("document.activeElement.tagName"));
        await page.EvaluateAsync("document.activeElement.blur()");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("x");
        await Assertions.Expect(page.Locator("main tbody input[type=checkbox]:checked")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("e");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Undo" })).ToBeVisibleAsync();

        await page.Keyboard.PressAsync("?");
        await page.GetByLabel("Single keys act").UncheckAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.TypeAsync("ga");
        await page.Keyboard.PressAsync("j");
        Assert.EndsWith("changes", new Uri(page.Url).AbsolutePath, StringComparison.Ordinal);
        Assert.Equal("BODY", await page.EvaluateAsync<string>("document.activeElement.tagName"));
        Assert.Empty(errors);
    }

    // Uses only Tab, as somebody without a mouse does.
    private static async Task PressAsync(IPage page, ILocator target)
    {
        await Assertions.Expect(target.First).ToBeVisibleAsync();
        for (var stops = 0; stops < 200; stops++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (!await target.First.EvaluateAsync<bool>("one => one === document.activeElement"))
                continue;
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForLoadStateAsync(LoadState.DOMContentLoaded);
            return;
        }
        Assert.Fail($"{target} was not reached by 200 presses of Tab on {page.Url}");
    }
}
