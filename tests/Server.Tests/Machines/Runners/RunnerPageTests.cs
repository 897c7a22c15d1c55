using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Runners;

/// <summary>The pages that only administrators may see.</summary>
public sealed class RunnerPageTests
{
    private static readonly string[] All =
    [
        "/console/runners",
        "/console/runners/events",
        "/console/runners/rig",
        "/console/runners/rig/events",
        "/console/specs",
        "/console/specs/events",
    ];

    [Theory, EveryDatabase]
    public async Task Only_administrators_see_runners_and_specs_and_anonymous_visitors_are_sent_to_sign_in(
        Engine engine
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        await world.CreateRunnerAsync("Rig");
        using var nobody = new PageReader(server.Address);
        using var other = await PageReader.SignInAsync(server, (await server.SignUpAsync("Eve Outsider")).Token);

        foreach (var path in All)
        {
            var asked = await nobody.GetAsync(path + "?page=2");
            Assert.Equal(
                (302, "/auth/login?next=" + Uri.EscapeDataString(path + "?page=2")),
                (asked.Status, asked.Headers.GetValues("Location").Single())
            );
            var refused = await other.GetAsync(path);
            Assert.Equal(403, refused.Status);
            Assert.DoesNotContain("rig", refused.Text, StringComparison.OrdinalIgnoreCase);
        }
        using var admin = await PageReader.SignInAsync(server, world.Admin.Token);
        foreach (var path in All.Where(path => !path.EndsWith("events", StringComparison.Ordinal)))
            Assert.Equal(200, (await admin.GetAsync(path)).Status);
        Assert.Equal(404, (await admin.GetAsync("/console/runners/none")).Status);
    }

    [Theory, EveryDatabase]
    public async Task The_page_of_a_runner_shows_its_job_its_specs_and_its_machine(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        using var admin = await PageReader.SignInAsync(server, world.Admin.Token);
        var uuid = await world.SubmitAsync();
        Assert.Contains("0 of 0", (await admin.GetAsync("/console/specs")).Text, StringComparison.Ordinal);
        await using var runner = await world.ConnectAsync("Rig", slot: 0);
        await runner.AskAsync(
            new
            {
                @event = "ready",
                poll_timeout = 30,
                runner = new
                {
                    os = "linux",
                    arch = "x86_64",
                    version = "9.8.7",
                    hostname = "rig-host",
                    sandboxes = new[] { "container" },
                    environment = new { cpu_model = "Fast CPU 9000", noise_score = 3.25 },
                },
            },
            "job"
        );

        var (list, one, specs) = (
            await admin.GetAsync("/console/runners"),
            await admin.GetAsync("/console/runners/rig"),
            await admin.GetAsync("/console/specs")
        );

        foreach (var page in (Reply[])[list, one])
        {
            Assert.Contains("rig-host", page.Text, StringComparison.Ordinal);
            Assert.Contains("9.8.7", page.Text, StringComparison.Ordinal);
            Assert.Contains("Fast Box", page.Text, StringComparison.Ordinal);
            Assert.Contains($"/console/projects/app/jobs/{uuid}", page.Text, StringComparison.Ordinal);
        }
        Assert.Contains("Rig: running", one.Text, StringComparison.Ordinal);
        Assert.Contains("Fast CPU 9000", one.Text, StringComparison.Ordinal);
        Assert.Contains("1 of 1", specs.Text, StringComparison.Ordinal);

        (await world.Admin.PatchAsync("/v0/runners/rig", new { maintenance = new { reason = "New fans" } })).Expect(
            200
        );
        Assert.Contains(
            "It gets no new job: New fans",
            (await admin.GetAsync("/console/runners/rig")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains("0 of 1", (await admin.GetAsync("/console/specs")).Text, StringComparison.Ordinal);
    }
}
