using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>The pages of jobs and runners, with and without scripts.</summary>
public sealed class JobPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_job_page_follows_its_job_from_waiting_to_done_without_a_reload()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.SignInAsync(world.Admin.Token, $"/perf/app/jobs/{uuid}");
        var heading = page.GetByRole(AriaRole.Heading, new() { Level = 1 });
        await Assertions.Expect(heading).ToContainTextAsync("Waiting");
        await Assertions.Expect(page.GetByText("Updates by itself.")).ToBeVisibleAsync();
        await page.EvaluateAsync("window.isTheSame = true");

        await using (var runner = await world.ConnectAsync("Rig"))
        {
            await runner.TakeAsync();
            await Assertions.Expect(heading).ToContainTextAsync("Starting");
            await runner.AskAsync(new { @event = "running" }, "ack");
            await Assertions.Expect(heading).ToContainTextAsync("Running");
            await runner.AskAsync(Bench.Completed(uuid, Run.Latencies(("parse", 100))), "ack");
        }
        await Assertions.Expect(heading).ToContainTextAsync("Done");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Region, new() { Name = "The machine while the job ran" }))
            .ToContainTextAsync("Fast CPU 9000");
        await Assertions.Expect(page.Locator("pre.output")).ToContainTextAsync("parse");
        await Assertions.Expect(page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("^Done: "));
        Assert.True(await page.EvaluateAsync<bool>("window.isTheSame"));
        await page.GetByRole(AriaRole.Link, new() { Name = "See the report" }).ClickAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Region, new() { Name = "The machine while the benchmark ran" }))
            .ToContainTextAsync("Fast CPU 9000");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_output_of_a_running_job_appears_on_its_page()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync("Rig");
        var lease = (string)(await runner.TakeAsync())["lease"]!;
        await runner.AskAsync(new { @event = "running", lease }, "ack");
        var errors = new List<string>();
        var page = await browser.OpenAsync(server.Address, errors);
        await page.SignInAsync(world.Admin.Token, $"/perf/app/jobs/{uuid}");
        await Assertions.Expect(page.GetByText("Nothing yet.")).ToBeVisibleAsync();
        await page.EvaluateAsync("window.isTheSame = true");

        await runner.AskAsync(
            new
            {
                @event = "heartbeat",
                lease,
                output = "\u001b[32mcompiling\u001b[0m\n",
            },
            "ack"
        );

        await Assertions.Expect(page.GetByRole(AriaRole.Log)).ToHaveTextAsync("compiling");
        Assert.True(await page.EvaluateAsync<bool>("window.isTheSame"));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_job_is_read_and_canceled_without_script()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        var page = await browser.OpenWithoutScriptAsync(server.Address);
        await page.SignInAsync(world.Admin.Token, "/perf/app/jobs");

        await page.GetByRole(AriaRole.Link, new() { Name = uuid[^8..] }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Waiting");
        await Assertions.Expect(page.GetByText("No runner serves the spec")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("As of ")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel this job" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Canceled");
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Cancel this job" }))
            .ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_lists_of_jobs_and_runners_update_without_a_reload()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var errors = new List<string>();
        var jobs = await browser.OpenAsync(server.Address, errors);
        await jobs.SignInAsync(world.Admin.Token, "/perf/app/jobs");
        await Assertions.Expect(jobs.GetByText("No job yet.")).ToBeVisibleAsync();
        var runners = await jobs.Context.NewPageAsync();
        await runners.GotoAsync("/console/runners");
        await Assertions.Expect(runners.GetByText("No runner yet.")).ToBeVisibleAsync();

        await using var runner = await world.ConnectAsync("Rig");
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
        // The page polls after 5 seconds.
        await Assertions.Expect(runners.Locator(".state")).ToContainTextAsync("Idle", new() { Timeout = 15_000 });
        var uuid = await world.SubmitAsync();
        await runner.ReceiveAsync("job");

        await Assertions.Expect(jobs.Locator(".state")).ToContainTextAsync("Starting");
        await Assertions.Expect(runners.Locator(".state")).ToContainTextAsync("Running");
        await Assertions.Expect(runners.GetByRole(AriaRole.Link, new() { Name = uuid[^8..] })).ToBeVisibleAsync();
        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_user_who_follows_a_link_from_another_site_is_still_signed_in()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        (await world.Admin.PatchAsync("/v0/projects/app", new { visibility = "private" })).Expect(200);
        var page = await browser.OpenAsync(server.Address, []);
        await page.SignInAsync(world.Admin.Token, "/console/projects/app/jobs");

        // A browser treats another host name as another site.
        await page.GotoAsync(
            new UriBuilder(server.Address) { Host = "localhost", Path = "/auth/login" }
                .Uri
                .AbsoluteUri
        );
        await page.EvaluateAsync(
            "address => location.href = address",
            new Uri(server.Address, "/console/projects/app/jobs").AbsoluteUri
        );

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Jobs");
    }

    [Fact]
    public async Task The_pages_of_jobs_and_runners_do_not_scroll_sideways_on_a_phone()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await Bench.MakeAsync(server);
        var uuid = await world.SubmitAsync();
        await using (var runner = await world.ConnectAsync("Rig"))
        {
            await runner.TakeAsync();
            await runner.AskAsync(new { @event = "running" }, "ack");
            await runner.AskAsync(
                Bench.Completed(uuid, new string('x', 500) + "\n" + Run.Latencies(("parse", 100))),
                "ack"
            );
        }
        var page = await browser.OpenWithoutScriptAsync(server.Address, width: 320);
        await page.SignInAsync(world.Admin.Token, "/perf/app/jobs");

        foreach (
            var path in (string[])
                [
                    "/auth/login",
                    "/perf/app/jobs",
                    $"/perf/app/jobs/{uuid}",
                    "/console/runners",
                    "/console/runners/rig",
                    "/console/specs",
                ]
        )
        {
            await page.GotoAsync(path);
            Assert.Equal((path, 320), (path, await page.EvaluateAsync<int>("document.documentElement.scrollWidth")));
        }
    }
}
