using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Catalog.Projects;

public sealed class ProjectTests
{
    [Theory, EveryDatabase]
    public async Task The_list_contains_the_projects_that_the_caller_may_see(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var (bob, carl, eve) = (
            await server.SignUpAsync("Bob Builder"),
            await server.SignUpAsync("Carl Carpenter"),
            await server.SignUpAsync("Eve Outsider")
        );
        await bob.CreateProjectAsync("Open");
        (
            await bob.PostAsync(
                "/v0/organizations/bob-builder/projects",
                new { name = "Closed", visibility = "private" }
            )
        ).Expect(201);
        (
            await carl.PostAsync(
                "/v0/auth/accept",
                new { invite = await server.InviteAsync(bob, bob.Slug, carl.Email) }
            )
        ).Expect(202);
        var key = server.With(
            (string)(await bob.PostAsync("/v0/projects/closed/keys", new { name = "CI" })).Expect(201)["key"]!
        );

        Assert.Equal(["Open"], await NamesAsync(server));
        Assert.Equal(["Open"], await NamesAsync(eve));
        Assert.Equal(["Closed", "Open"], await NamesAsync(bob));
        Assert.Equal(["Closed", "Open"], await NamesAsync(carl)); // He leads the organization, but created neither.
        Assert.Equal(["Closed", "Open"], await NamesAsync(ada));
        Assert.Equal(["Closed"], await NamesAsync(key));
        Assert.Equal(["Open", "Closed"], await NamesAsync(bob, "?direction=desc"));
        Assert.Equal(["Open"], await NamesAsync(bob, "?search=OP"));
        Assert.Empty(await NamesAsync(eve, "?name=Closed"));
    }

    [Theory, EveryDatabase]
    public async Task A_change_keeps_the_fields_that_it_omits(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Taken");
        await ada.CreateProjectAsync("Demo");

        var changed = (
            await ada.PatchAsync("/v0/projects/demo", new { url = "https://example.com/", visibility = "private" })
        ).Expect(200);
        Assert.Equal(
            ("Demo", "demo", "https://example.com/", "private"),
            (
                (string?)changed["name"],
                (string?)changed["slug"],
                (string?)changed["url"],
                (string?)changed["visibility"]
            )
        );
        changed = (await ada.PatchAsync("/v0/projects/demo", """{"name":"New","slug":"new","url":null}""")).Expect(200);
        Assert.Equal(
            ("New", "new", null, "private"),
            (
                (string?)changed["name"],
                (string?)changed["slug"],
                (string?)changed["url"],
                (string?)changed["visibility"]
            )
        );

        Assert.Equal(404, (await ada.GetAsync("/v0/projects/demo")).Status);
        Assert.Equal(409, (await ada.PatchAsync("/v0/projects/new", new { name = "Taken" })).Status);
        Assert.Equal(409, (await ada.PatchAsync("/v0/projects/new", new { slug = "taken" })).Status);
        // A project may keep its own name and slug.
        (await ada.PatchAsync("/v0/projects/new", new { name = "New", slug = "new" })).Expect(200);
    }

    [Theory]
    [InlineData("""{"nmae":"X"}""", "nmae")]
    [InlineData("""{"visibility":null}""", "visibility")]
    [InlineData("""{"visibility":"hidden"}""", "visibility")]
    [InlineData("""{"url":"nowhere"}""", "url")]
    [InlineData("""{"name":" padded"}""", "name")]
    public async Task An_invalid_change_is_refused_with_the_name_of_the_field(string body, string field)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");

        var refused = await ada.PatchAsync("/v0/projects/demo", body);

        Assert.Equal(400, refused.Status);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_deleted_project_can_only_be_erased_and_only_by_an_administrator(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        await bob.CreateProjectAsync("Demo");
        await bob.RunAsync(new("demo", Run.Latencies(("a", 1))));
        var uuid = (Guid)(await bob.GetAsync("/v0/projects/demo")).Expect(200)["uuid"]!;

        Assert.Equal(204, (await bob.DeleteAsync("/v0/projects/demo")).Status);
        Assert.Equal(404, (await bob.DeleteAsync("/v0/projects/demo")).Status);
        Assert.Equal(404, (await bob.GetAsync($"/v0/projects/{uuid}")).Status);
        Assert.Equal("demo", await bob.CreateProjectAsync("Demo")); // Name and slug are free again.
        Assert.Equal(1, await server.CountAsync("metrics"));

        Assert.Equal(403, (await bob.DeleteAsync($"/v0/projects/{uuid}?hard=true")).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/deleted-{uuid}?hard=true")).Status);
        Assert.Equal(0, await server.CountAsync("metrics"));
        Assert.Equal(1, await server.CountAsync("projects"));
        Assert.Equal(400, (await ada.DeleteAsync("/v0/projects/demo?hard=yes")).Status);
        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/demo?hard=true")).Status);
        Assert.Equal(0, await server.CountAsync("projects"));
    }

    [Theory, EveryDatabase]
    public async Task Long_series_are_erased_in_batches_between_which_other_writers_proceed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(new("demo", Run.Latencies(("a", 1), ("b", 1))) { Hash = Run.Commit(1) });
        Assert.NotNull(report);
        await server.Database.WriteAsync(sql =>
            sql.ExecuteAsync(
                $"""
                INSERT INTO metrics (series_id, version_id, start_time, report_id, iteration, value)
                SELECT series_id, version_id + n, start_time, report_id, iteration, value
                FROM metrics CROSS JOIN (WITH RECURSIVE ns (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ns WHERE n < 12000) SELECT n FROM ns) more
                """
            )
        );
        Assert.Equal(24002, await server.CountAsync("metrics"));
        await ada.CreateProjectAsync("Other");
        var between = 0;
        server.Part<DeleteProject>().BetweenUnits = async () =>
        {
            // A writer of another project gets its turn before the erasure is complete.
            await ada.RunAsync(new("other", Run.Latencies(("a", 1))));
            between++;
        };

        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/demo?hard=true")).Status);

        Assert.InRange(between, 3, 6);
        Assert.Equal(between, await server.CountAsync("metrics"));
        Assert.Equal(1, await server.CountAsync("series"));
    }

    [Theory, EveryDatabase]
    public async Task The_allowed_endpoint_reports_the_permissions_of_the_callers_role(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (bob, eve) = (await server.SignUpAsync("Bob Builder"), await server.SignUpAsync("Eve Outsider"));
        await bob.CreateProjectAsync("Demo");
        foreach (
            var permission in new[]
            {
                "view",
                "create",
                "edit",
                "delete",
                "manage",
                "view_role",
                "create_role",
                "edit_role",
                "delete_role",
            }
        )
        {
            Assert.True((bool)(await bob.GetAsync($"/v0/projects/demo/allowed/{permission}")).Expect(200)["allowed"]!);
            Assert.False((bool)(await eve.GetAsync($"/v0/projects/demo/allowed/{permission}")).Expect(200)["allowed"]!);
            Assert.False(
                (bool)(await bob.GetAsync($"/v0/projects/nowhere/allowed/{permission}")).Expect(200)["allowed"]!
            );
        }
        Assert.Equal(400, (await bob.GetAsync("/v0/projects/demo/allowed/everything")).Status);
    }

    private static async Task<string[]> NamesAsync(Client client, string query = "") =>
        [.. (await client.GetAsync("/v0/projects" + query)).Expect(200).AsArray().Select(p => (string)p!["name"]!)];
}
