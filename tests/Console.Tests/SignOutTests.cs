using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>Signing out on a shared computer.</summary>
public sealed class SignOutTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task The_back_button_shows_no_private_content_after_sign_out()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        await using var runner = await world.ConnectAsync("A machine of ours");
        var page = await browser.OpenWithoutScriptAsync(server.Address);
        await page.SignInAsync(world.Admin.Token, "/console/fleet");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "A machine of ours" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Ada Admin" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();

        for (var back = 0; back < 2; back++)
        {
            await page.GoBackAsync();
            await Assertions.Expect(page.GetByText("Ada Admin")).ToHaveCountAsync(0);
            await Assertions.Expect(page.GetByText("A machine of ours")).ToHaveCountAsync(0);
        }
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }
}
