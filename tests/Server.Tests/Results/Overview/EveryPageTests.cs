using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Overview;

/// <summary>Each URL that a program prints or a menu contains leads to its page, for users who may see it.</summary>
public sealed class EveryPageTests
{
    private static readonly string[] OfProject =
    [
        "",
        "/explore",
        "/changes",
        "/alerts",
        "/reports",
        "/benchmarks",
        "/benchmarks?sort=name",
        "/benchmarks/a",
        "/branches",
        "/branches/main",
        "/testbeds",
        "/testbeds/box",
        "/measures",
        "/measures/latency",
        "/thresholds",
        "/plots",
        "/jobs",
        "/reports?branch=main&testbed=&from=&to=",
        "/branches?archived=true",
        "/benchmarks?search=a",
    ];

    private static readonly string[] OfMembers = ["/thresholds/add", "/settings", "/keys", "/plots/add"];

    private static readonly string[] OfSignedIn =
    [
        "/console",
        "/console/projects",
        "/console/organizations",
        "/console/organizations/ada-admin/projects",
        "/console/organizations/ada-admin/members",
        "/console/organizations/ada-admin/api-keys",
        "/console/organizations/ada-admin/usage",
        "/console/organizations/ada-admin/billing",
        "/console/organizations/ada-admin/settings",
        "/console/users/ada-admin/keys",
        "/console/users/ada-admin/tokens",
        "/console/users/ada-admin/settings",
        "/console/users/ada-admin/sessions",
    ];

    private static readonly string[] OfAdmins =
    [
        "/console/server",
        "/console/users",
        "/console/fleet",
        "/console/runners",
        "/console/runners/add",
        "/console/specs",
        "/console/specs/add",
    ];

    [Theory, EveryDatabase]
    public async Task Pages_of_a_public_project_are_open_to_everybody_and_its_settings_to_members(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var report = await SeedAsync(ada);
        using var stranger = new PageReader(server.Address);
        using var member = await PageReader.SignInAsync(server, ada.Token);
        string[] deep =
        [
            $"/reports/{report["uuid"]}",
            $"/alerts/{report["alerts"]![0]!["uuid"]}",
            $"/thresholds/{report["alerts"]![0]!["threshold"]!["uuid"]}",
            $"/thresholds/{report["alerts"]![0]!["threshold"]!["uuid"]}"
                + $"?model={report["alerts"]![0]!["threshold"]!["model"]!["uuid"]}",
            $"/metrics/{report["alerts"]![0]!["metric"]!["uuid"]}",
            $"/branches/main?head={report["branch"]!["head"]!["uuid"]}",
        ];

        foreach (var root in (string[])["/perf/demo", "/console/projects/demo"])
        {
            foreach (var path in (string[])[.. OfProject, .. deep])
            {
                await ExpectAsync(200, stranger, root + path);
                await ExpectAsync(200, member, root + path);
            }
            foreach (var path in OfMembers)
            {
                Assert.True((await stranger.GetAsync(root + path)).Status is 302 or 401, path);
                await ExpectAsync(200, member, root + path);
            }
        }
    }

    [Theory, EveryDatabase]
    public async Task Pages_of_a_private_project_are_not_found_by_outsiders(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await SeedAsync(ada);
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        var bob = await server.SignUpAsync("Bob Outside");
        using var stranger = new PageReader(server.Address);
        using var outsider = await PageReader.SignInAsync(server, bob.Token);
        using var member = await PageReader.SignInAsync(server, ada.Token);

        foreach (var path in (string[])[.. OfProject, .. OfMembers])
        {
            await ExpectAsync(404, outsider, "/console/projects/demo" + path);
            await ExpectAsync(200, member, "/console/projects/demo" + path);
        }
        foreach (var path in OfProject)
            await ExpectAsync(404, stranger, "/perf/demo" + path);
    }

    [Theory, EveryDatabase]
    public async Task Pages_of_organizations_accounts_and_the_server_are_open_only_to_their_own_users(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await SeedAsync(ada);
        var bob = await server.SignUpAsync("Bob Outside");
        using var stranger = new PageReader(server.Address);
        using var outsider = await PageReader.SignInAsync(server, bob.Token);
        using var admin = await PageReader.SignInAsync(server, ada.Token);

        foreach (var path in (string[])[.. OfSignedIn, .. OfAdmins])
            await ExpectAsync(200, admin, path);
        foreach (var path in OfAdmins)
            Assert.True((await outsider.GetAsync(path)).Status == 403, path);
        foreach (var path in OfSignedIn.Where(path => path.Contains("ada-admin", StringComparison.Ordinal)))
        {
            Assert.True((await outsider.GetAsync(path)).Status is 403 or 404, path);
            Assert.True((await stranger.GetAsync(path)).Status == 302, path);
        }
        foreach (
            var (shortcut, to) in ((string, string)[])
                [
                    ("/console/users/keys", "/console/users/bob-outside/keys"),
                    ("/console/users/settings", "/console/users/bob-outside/settings"),
                    ("/console/users/tokens", "/console/users/bob-outside/tokens"),
                    ("/console/users/sessions", "/console/users/bob-outside/sessions"),
                    ("/console/organizations/bob-outside", "/console/organizations/bob-outside/projects"),
                ]
        )
            Assert.Equal(to, (await outsider.GetAsync(shortcut)).Headers.Location!.ToString());
    }

    [Theory, EveryDatabase]
    public async Task An_empty_project_shows_the_command_for_its_first_run(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        using var reader = new PageReader(server.Address);

        foreach (var path in (string[])["/perf/demo", "/perf/demo/reports"])
            Assert.Contains("paddock run --project demo", (await reader.GetAsync(path)).Text, StringComparison.Ordinal);
        foreach (var path in OfProject)
            await ExpectAsync(
                200,
                reader,
                "/perf/demo"
                    + path.Replace("/branches/main", "", StringComparison.Ordinal)
                        .Replace("/testbeds/box", "", StringComparison.Ordinal)
                        .Replace("/benchmarks/a", "", StringComparison.Ordinal)
                        .Replace("/measures/latency", "", StringComparison.Ordinal)
            );
    }

    private static async Task ExpectAsync(int status, PageReader reader, string path)
    {
        var page = await reader.GetAsync(path);
        Assert.True(page.Status == status, $"{path} answers {page.Status} and not {status}: {page.Text}");
        Assert.Contains("<!DOCTYPE html>", page.Text, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> SeedAsync(TestUser user)
    {
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 4; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("a", 10 + i), ("b", 20 + i)))
                {
                    Thresholds = Run.UpperThreshold("percentage", 0.5),
                }
            );
        return await user.RunAsync(new(project, Run.Latencies(("a", 90), ("b", 21))));
    }
}
