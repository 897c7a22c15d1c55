using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>The operator's page in a real browser: it updates by itself and fits a phone.</summary>
public sealed class FleetPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task The_fleet_page_follows_machines_and_jobs_without_a_reload()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.SignInAsync(world.Admin.Token, "/console/fleet");
        var sum = page.Locator("#fleet-sum");
        await Assertions.Expect(sum).ToHaveTextAsync("No machine yet.");
        await Assertions.Expect(page.GetByText("Updates by itself.")).ToBeVisibleAsync();
        await page.EvaluateAsync("window.isTheSame = true");

        await using var runner = await world.ConnectAsync("Rig");
        await Assertions
            .Expect(sum)
            // The page polls after 2 seconds.
            .ToHaveTextAsync("1 online; 0 of 1 slots taken, 0 jobs wait.", new() { Timeout = 15_000 });
        var (running, waits) = (await world.SubmitAsync(), await world.SubmitAsync());
        await runner.TakeAsync();
        await Assertions.Expect(sum).ToHaveTextAsync("1 busy; 1 of 1 slots taken, 1 job waits.");
        var machine = page.GetByRole(AriaRole.Row, new() { Name = "Rig" });
        await Assertions.Expect(machine.GetByRole(AriaRole.Link, new() { Name = running[^8..] })).ToBeVisibleAsync();
        await Assertions
            .Expect(page.Locator("#fleet-waiting").GetByRole(AriaRole.Link, new() { Name = waits[^8..] }))
            .ToBeVisibleAsync();

        // Updates keep open what the reader opened, and keep the keyboard focus.
        await page.Locator($"#cancel-{running} summary").ClickAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");
        await Assertions.Expect(machine).ToContainTextAsync("running for");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel this job" }))
            .ToBeVisibleAsync();
        runner.Cut();
        await Assertions
            .Expect(sum)
            .ToHaveTextAsync("1 offline; 1 of 1 slots taken, 1 job waits.", new() { Timeout = 15_000 });
        Assert.True(await page.EvaluateAsync<bool>("window.isTheSame"));
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_is_drained_and_resumed_and_a_job_canceled_with_script_and_without(bool script)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        await using var runner = await world.ConnectAsync("Rig");
        var waits = await world.SubmitAsync();
        var page = script
            ? await browser.OpenAsync(server.Address, [])
            : await browser.OpenWithoutScriptAsync(server.Address);
        await page.SignInAsync(world.Admin.Token, "/console/fleet");

        await page.GetByLabel("Reason").FillAsync("new disk");
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain" }).ClickAsync();
        await Assertions.Expect(page.GetByText("new disk")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume Rig" }).ClickAsync();
        await Assertions.Expect(page.GetByText("new disk")).ToHaveCountAsync(0);
        await page.Locator($"#cancel-{waits} summary").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel this job" }).ClickAsync();
        await Assertions.Expect(page.GetByText("No job waits.")).ToBeVisibleAsync();
        Assert.Equal(
            "canceled",
            (string)(await world.Admin.GetAsync($"/v0/projects/app/jobs/{waits}")).Expect(200)["status"]!
        );
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    public async Task The_pages_of_the_fleet_and_of_API_keys_do_not_scroll_sideways_on_a_phone(int width)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        await using var runner = await world.ConnectAsync("A machine with a long name, in the cellar");
        for (var i = 0; i < 2; i++)
            await world.SubmitAsync();
        await runner.TakeAsync();
        (
            await world.Admin.PostAsync(
                $"/v0/organizations/{world.Admin.Slug}/api-keys",
                new { name = "The dashboard on the wall", scopes = new[] { "runners:read", "pods:read" } }
            )
        ).Expect(201);
        var page = await browser.OpenWithoutScriptAsync(server.Address, width);
        await page.SignInAsync(world.Admin.Token, "/console/fleet");

        foreach (var path in (string[])["/console/fleet", $"/console/organizations/{world.Admin.Slug}/api-keys"])
        {
            await page.GotoAsync(path);
            Assert.Equal((path, width), (path, await page.EvaluateAsync<int>("document.documentElement.scrollWidth")));
            Assert.Equal(
                (path, 0),
                (
                    path,
                    await page.EvaluateAsync<int>(
                        "[...document.querySelectorAll('.scroll')].filter(part => part.scrollWidth > "
                            + "part.clientWidth).length"
                    )
                )
            );
        }
    }
}
