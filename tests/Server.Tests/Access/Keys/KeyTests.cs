using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Keys;

public sealed class KeyTests
{
    [Theory, EveryDatabase]
    public async Task A_key_is_shown_once_and_stored_only_as_a_hash(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (
            var (path, table, prefix) in new[]
            {
                ("/v0/users/ada-admin/keys", "user_keys", "bencher_user_"),
                ($"/v0/projects/{project}/keys", "project_keys", "bencher_run_"),
            }
        )
        {
            var made = (await ada.PostAsync(path, new { name = "CI" })).Expect(201);
            var text = (string)made["key"]!;

            Assert.Matches($"^{prefix}[0-9A-Za-z]{{30}}$", text);
            Assert.Equal(1, await server.CountAsync($"{table} WHERE hash = '{KeyText.Hash(text)}'"));
            Assert.DoesNotContain(text, (await ada.GetAsync(path)).Text, StringComparison.Ordinal);
            Assert.DoesNotContain(text, (await ada.GetAsync($"{path}/{made["uuid"]}")).Text, StringComparison.Ordinal);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_key_stops_working_when_it_expires_or_is_revoked(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (
            var (path, works) in new[]
            {
                ("/v0/users/ada-admin/keys", "/v0/organizations"),
                ($"/v0/projects/{project}/keys", $"/v0/projects/{project}"),
            }
        )
        {
            var shortly = server.With(
                (string)(await ada.PostAsync(path, new { name = "Short", ttl = 60 })).Expect(201)["key"]!
            );
            (await shortly.GetAsync(works)).Expect(200);
            clock.Advance(TimeSpan.FromSeconds(60));
            Assert.Equal(401, (await shortly.GetAsync(works)).Status);

            var made = (await ada.PostAsync(path, new { name = "Long" })).Expect(201);
            var (revoked, one) = (server.With((string)made["key"]!), $"{path}/{made["uuid"]}");
            (await revoked.GetAsync(works)).Expect(200);
            Assert.Equal(204, (await ada.DeleteAsync(one)).Status);
            Assert.Equal(401, (await revoked.GetAsync(works)).Status);
            Assert.Equal(409, (await ada.DeleteAsync(one)).Status); // Already revoked.
            Assert.NotNull((await ada.GetAsync(one)).Expect(200)["revoked"]);

            Assert.Equal("Short", (string?)Assert.Single((await ada.GetAsync(path)).Expect(200).AsArray())!["name"]);
            Assert.Equal(
                "Long",
                (string?)Assert.Single((await ada.GetAsync(path + "?revoked=true")).Expect(200).AsArray())!["name"]
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task A_key_is_renamed_and_an_empty_change_changes_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (var path in new[] { "/v0/users/ada-admin/keys", $"/v0/projects/{project}/keys" })
        {
            var one = $"{path}/{(await ada.PostAsync(path, new { name = "Old" })).Expect(201)["uuid"]}";

            Assert.Equal("Old", (string?)(await ada.PatchAsync(one, new { })).Expect(200)["name"]);
            Assert.Equal("New", (string?)(await ada.PatchAsync(one, new { name = "New" })).Expect(200)["name"]);
            Assert.Equal(400, (await ada.PatchAsync(one, new { name = " padded " })).Status);
            Assert.Equal("New", (string?)(await ada.GetAsync(one)).Expect(200)["name"]);
        }
    }

    [Theory]
    [InlineData("""{"name":"CI","ttl":0}""", "ttl")]
    [InlineData("""{"name":"CI","ttl":4294967296}""", "ttl")]
    [InlineData("""{"name":"CI","ttl":-1}""", "ttl")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("{}", "name")]
    public async Task An_invalid_key_request_is_refused_with_the_name_of_the_field(string body, string field)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");

        var refused = await ada.PostAsync("/v0/users/ada-admin/keys", body);

        Assert.Equal(400, refused.Status);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("user_keys"));
    }

    [Theory, EveryDatabase]
    public async Task A_key_manages_itself_and_no_other_key(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        const string path = "/v0/users/ada-admin/keys";
        var (mine, sibling) = (
            (await ada.PostAsync(path, new { name = "Mine" })).Expect(201),
            (await ada.PostAsync(path, new { name = "Sibling" })).Expect(201)
        );
        var bobs = (await bob.PostAsync("/v0/users/bob-builder/keys", new { name = "His" })).Expect(201);
        var key = server.With((string)mine["key"]!);

        Assert.Equal(403, (await key.PostAsync(path, new { name = "Child" })).Status);
        Assert.Equal("Mine", (string?)Assert.Single((await key.GetAsync(path)).Expect(200).AsArray())!["name"]);
        foreach (var other in new[] { $"{path}/{sibling["uuid"]}", $"/v0/users/bob-builder/keys/{bobs["uuid"]}" })
        {
            Assert.Equal(403, (await key.GetAsync(other)).Status);
            Assert.Equal(403, (await key.PatchAsync(other, new { name = "Taken" })).Status);
            Assert.Equal(403, (await key.DeleteAsync(other)).Status);
        }
        // Refused although its user is an administrator.
        Assert.Equal(403, (await key.GetAsync("/v0/users/bob-builder/keys")).Status);

        Assert.Equal(404, (await ada.GetAsync($"{path}/{bobs["uuid"]}")).Status);
        Assert.Equal(
            "His",
            (string?)Assert.Single((await ada.GetAsync("/v0/users/bob-builder/keys")).Expect(200).AsArray())!["name"]
        );
        (await key.PatchAsync($"{path}/{mine["uuid"]}", new { name = "Myself" })).Expect(200);
        Assert.Equal(204, (await key.DeleteAsync($"{path}/{mine["uuid"]}")).Status);
        Assert.Equal(401, (await key.GetAsync(path)).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_project_key_names_its_creator_and_ends_with_the_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var made = (await ada.PostAsync($"/v0/projects/{project}/keys", new { name = "CI" })).Expect(201);
        var key = server.With((string)made["key"]!);

        Assert.Equal(
            ada.Uuid,
            (Guid)(await ada.GetAsync($"/v0/projects/{project}/keys/{made["uuid"]}")).Expect(200)["creator"]!
        );
        Assert.Equal(
            project,
            (string?)Assert.Single((await key.GetAsync("/v0/projects")).Expect(200).AsArray())!["slug"]
        );
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/{project}")).Status);
        Assert.Equal(401, (await key.GetAsync("/v0/projects")).Status);
    }
}
