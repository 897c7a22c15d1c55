using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Access.Organizations;

public sealed class OrganizationTests
{
    [Theory, EveryDatabase]
    public async Task Users_see_their_own_organizations_and_administrators_see_all(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        (await bob.PostAsync("/v0/organizations", new { name = "Builders Inc" })).Expect(201);

        Assert.Equal(["bob-builder", "builders-inc"], await SlugsAsync(bob, ""));
        Assert.Equal(["ada-admin", "bob-builder", "builders-inc"], await SlugsAsync(ada, ""));
        Assert.Equal(["builders-inc"], await SlugsAsync(bob, "?search=INC"));
        Assert.Equal(["builders-inc"], await SlugsAsync(bob, "?name=Builders%20Inc"));
        Assert.Equal(["builders-inc"], await SlugsAsync(ada, "?direction=desc&per_page=1"));
    }

    [Theory, EveryDatabase]
    public async Task A_taken_slug_gets_a_suffix_on_creation_and_is_refused_on_update(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        var second = (string)
            (await ada.PostAsync("/v0/organizations", new { name = "Other", slug = "ada-admin" })).Expect(201)["slug"]!;
        Assert.Matches("^ada-admin-[0-9a-z]{8}$", second);
        Assert.Equal(409, (await ada.PatchAsync($"/v0/organizations/{second}", new { slug = "ada-admin" })).Status);
        var renamed = (
            await ada.PatchAsync($"/v0/organizations/{second}", new { name = "Renamed", slug = "renamed" })
        ).Expect(200);
        Assert.Equal(("Renamed", "renamed"), ((string?)renamed["name"], (string?)renamed["slug"]));
        Assert.Equal(404, (await ada.GetAsync($"/v0/organizations/{second}")).Status);
    }

    [Theory]
    [InlineData("""{"nmae":"X"}""", "nmae")]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"slug":"No Slug"}""", "slug")]
    [InlineData("""{"license":"aaaa.bbbb.cccc"}""", "license")]
    public async Task An_invalid_change_is_refused_with_the_name_of_the_field(string body, string field)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");

        var refused = await ada.PatchAsync("/v0/organizations/ada-admin", body);

        Assert.Equal(400, refused.Status);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
        (await ada.PatchAsync("/v0/organizations/ada-admin", """{"license":null}""")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_deleted_organization_is_hidden_and_its_names_can_be_reused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        var uuid = (Guid)(await bob.PostAsync("/v0/organizations", new { name = "Builders" })).Expect(201)["uuid"]!;
        (await bob.PostAsync("/v0/organizations/builders/projects", new { name = "Site" })).Expect(201);

        Assert.Equal(204, (await bob.DeleteAsync("/v0/organizations/builders")).Status);

        foreach (var gone in new[] { "builders", uuid.ToString(), $"deleted-{uuid}" })
        {
            Assert.Equal(404, (await ada.GetAsync($"/v0/organizations/{gone}")).Status);
            Assert.Equal(404, (await ada.DeleteAsync($"/v0/organizations/{gone}")).Status);
        }
        Assert.Equal(404, (await ada.GetAsync("/v0/projects/site")).Status);
        Assert.Equal(["bob-builder"], await SlugsAsync(bob, ""));
        (await bob.PostAsync("/v0/organizations", new { name = "Builders" })).Expect(201);
        Assert.Equal(
            "site",
            (string?)
                (await bob.PostAsync("/v0/organizations/builders/projects", new { name = "Site" })).Expect(201)["slug"]
        );

        Assert.Equal(403, (await bob.DeleteAsync($"/v0/organizations/{uuid}?hard=true")).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/organizations/{uuid}?hard=true")).Status);
        Assert.Equal(404, (await ada.DeleteAsync($"/v0/organizations/{uuid}?hard=true")).Status);
        Assert.Equal(3, await server.CountAsync("organizations"));
        Assert.Equal(1, await server.CountAsync("projects"));
    }

    [Theory, EveryDatabase]
    public async Task Erasing_an_organization_deletes_all_its_rows(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        string[] tables =
        [
            "projects",
            "project_roles",
            "project_keys",
            "branches",
            "heads",
            "head_histories",
            "versions",
            "testbeds",
            "benchmarks",
            "measures",
            "thresholds",
            "models",
            "reports",
            "series",
            "metrics",
            "alerts",
        ];
        var kept = await ada.CreateProjectAsync("Kept");
        await ada.RunAsync(Alarming(kept));
        var before = await CountAsync(server, tables);
        foreach (var name in new[] { "One", "Two" })
        {
            var project = await bob.CreateProjectAsync(name);
            (await bob.PostAsync($"/v0/projects/{project}/keys", new { name = "CI" })).Expect(201);
            await bob.RunAsync(Alarming(project));
            await bob.RunAsync(
                Alarming(project) with
                {
                    Branch = "feature",
                    StartPoint = new { branch = "main" },
                    Hash = Run.Commit(2),
                }
            );
        }
        Assert.All((await CountAsync(server, tables)).Zip(before), pair => Assert.True(pair.First > pair.Second));

        Assert.Equal(204, (await ada.DeleteAsync("/v0/organizations/bob-builder?hard=true")).Status);

        Assert.Equal(before, await CountAsync(server, tables));
        Assert.Equal(1, await server.CountAsync("organizations"));
    }

    [Theory, EveryDatabase]
    public async Task An_organization_is_claimed_by_one_user_when_several_claim_it_at_the_same_time(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var users = new List<TestUser>();
        for (var i = 0; i < 6; i++)
            users.Add(await server.SignUpAsync($"User {i}"));
        for (var round = 0; round < 8; round++)
        {
            var slug = $"free-{round}";
            await server.RunAsync(
                new(slug, Run.Latencies(("a", 1)))
                {
                    Context = new JsonObject { ["bencher.dev/v0/repo/name"] = "Free" },
                }
            );

            var replies = await Task.WhenAll(
                users.Select(user => user.PostAsync($"/v0/organizations/{slug}/claim", new { }))
            );

            Assert.Equal([201, 401, 401, 401, 401, 401], replies.Select(r => r.Status).Order());
            Assert.Equal(
                1,
                await server.CountAsync(
                    $"organization_roles JOIN organizations ON organizations.id = organization_id WHERE slug = '{slug}'"
                )
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task Usage_counts_the_metrics_of_reports_that_ended_in_the_last_thirty_days(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (var (days, benchmarks) in new[] { (1, 3), (29, 2), (31, 100) })
        {
            var results = Run.Latencies([.. Enumerable.Range(0, benchmarks).Select(i => ($"b{i}", 1.0))]);
            await ada.RunAsync(new(project, results, results) { Start = clock.GetUtcNow().AddDays(-days) });
        }

        var usage = (await ada.GetAsync("/v0/organizations/ada-admin/usage")).Expect(200);

        Assert.Equal(10, (int)usage["metrics"]!);
        Assert.Equal(0, (int)usage["runner_minutes"]!);
        Assert.Equal("self_hosted_free", (string?)usage["kind"]);
        Assert.Equal(TimeSpan.FromDays(30), (DateTimeOffset)usage["end_time"]! - (DateTimeOffset)usage["start_time"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_organization_may_have_private_projects_but_no_two_of_the_same_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        const string path = "/v0/organizations/bob-builder/projects";

        var made = (
            await bob.PostAsync(
                path,
                new
                {
                    name = "Secret",
                    visibility = "private",
                    url = "https://example.com/secret",
                }
            )
        ).Expect(201);
        Assert.Equal(("private", "https://example.com/secret"), ((string?)made["visibility"], (string?)made["url"]));
        Assert.Equal(409, (await bob.PostAsync(path, new { name = "Secret", slug = "other" })).Status);
        Assert.Matches(
            "^secret-[0-9a-z]{8}$",
            (string)(await bob.PostAsync(path, new { name = "Second", slug = "secret" })).Expect(201)["slug"]!
        );
        Assert.Equal(400, (await bob.PostAsync(path, new { name = "Third", visibility = "hidden" })).Status);
        Assert.Equal(
            ["Second", "Secret"],
            (await bob.GetAsync(path)).Expect(200).AsArray().Select(p => (string?)p!["name"])
        );
        Assert.Equal(0, await server.CountAsync("branches")); // A new project is empty.
    }

    [Fact]
    public async Task An_organization_has_neither_domains_nor_a_plan_when_domain_joining_is_off()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Access = options.Access with { DomainsJoin = false },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");

        Assert.Empty((await ada.GetAsync("/v0/organizations/ada-admin/sso")).Expect(200).AsArray());
        Assert.Equal(
            402,
            (await ada.PostAsync("/v0/organizations/ada-admin/sso", new { domain = "example.com" })).Status
        );
        Assert.Equal(404, (await ada.GetAsync("/v0/organizations/ada-admin/plan")).Status);
    }

    // Above the limit from the first value on, so that an alert is raised too.
    private static Run Alarming(string project) =>
        new(project, Run.Latencies(("a", 1), ("b", 2)), Run.Latencies(("a", 3), ("b", 4)))
        {
            Hash = Run.Commit(1),
            Thresholds = Run.UpperThreshold("static", boundary: 0.5),
        };

    private static async Task<long[]> CountAsync(TestServer server, string[] tables)
    {
        var counts = new long[tables.Length];
        for (var i = 0; i < tables.Length; i++)
            counts[i] = await server.CountAsync(tables[i]);
        return counts;
    }

    private static async Task<string[]> SlugsAsync(Client client, string query) =>
        [
            .. (await client.GetAsync("/v0/organizations" + query))
                .Expect(200)
                .AsArray()
                .Select(o => (string)o!["slug"]!),
        ];
}
