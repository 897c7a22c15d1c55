using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Runners;

namespace Paddock.Server.Tests.Access.Keys;

public sealed class ApiKeyTests
{
    private const string Path = "/v0/organizations/ada-admin/api-keys";

    [Theory, EveryDatabase]
    public async Task A_key_is_shown_once_and_stored_as_a_hash(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock());
        var ada = await server.SignUpAsync("Ada Admin");

        var made = (
            await ada.PostAsync(
                Path,
                new
                {
                    name = "Dashboard",
                    scopes = new[] { "runners:read", "pods:read", "runners:read" },
                    ttl = 60,
                }
            )
        ).Expect(201);
        var key = (string)made["key"]!;
        Assert.Equal(
            ["uuid", "name", "prefix", "scopes", "key", "created", "expires"],
            made.AsObject().Select(member => member.Key)
        );
        Assert.Matches("^paddock_api_[0-9A-Za-z]{30}$", key);
        Assert.Equal(key[..16], (string)made["prefix"]!);
        Assert.Equal(["runners:read", "pods:read"], made["scopes"]!.AsArray().Select(scope => (string)scope!));
        Assert.Equal("2026-11-20T12:01:00Z", (string)made["expires"]!);
        Assert.Equal(1, await server.CountAsync($"api_keys WHERE hash = '{KeyText.Hash(key)}'"));

        var listed = await ada.GetAsync(Path);
        Assert.DoesNotContain(key, listed.Text, StringComparison.Ordinal);
        Assert.Equal(
            ["uuid", "name", "prefix", "scopes", "created", "expires", "last_used"],
            Assert.Single(listed.Expect(200).AsArray())!.AsObject().Select(member => member.Key)
        );
        Assert.Equal(1, listed.TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task A_key_stops_working_at_once_when_it_is_revoked_or_expires(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var revoked = (await ada.PostAsync(Path, new { name = "A", scopes = new[] { "runners:read" } })).Expect(201);
        var shortly = (
            await ada.PostAsync(
                Path,
                new
                {
                    name = "B",
                    scopes = new[] { "runners:read" },
                    ttl = 60,
                }
            )
        ).Expect(201);
        var (a, b) = (server.With((string)revoked["key"]!), server.With((string)shortly["key"]!));
        Assert.Null(revoked["expires"]);
        foreach (var client in new[] { a, b })
            (await client.GetAsync("/runners")).Expect(200);

        Assert.Equal(204, (await ada.DeleteAsync($"{Path}/{(string)revoked["uuid"]!}")).Status);
        Assert.Equal("INVALID_TOKEN", (string)(await a.GetAsync("/runners")).Expect(401)["code"]!);
        Assert.Equal(404, (await ada.DeleteAsync($"{Path}/{(string)revoked["uuid"]!}")).Status);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("API_KEY_EXPIRED", (string)(await b.GetAsync("/runners")).Expect(401)["code"]!);
        Assert.Equal("B", (string)Assert.Single((await ada.GetAsync(Path)).Expect(200).AsArray())!["name"]!);
    }

    [Theory, EveryDatabase]
    public async Task The_last_use_of_a_key_is_recorded_once_a_minute_and_not_on_every_request(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var made = new List<Client>();
        foreach (
            var (name, scope) in new[]
            {
                ("Fleet", "runners:read"),
                ("Projects", "projects:read"),
                ("Unused", "runners:read"),
            }
        )
            made.Add(
                server.With(
                    (string)(await ada.PostAsync(Path, new { name, scopes = new[] { scope } })).Expect(201)["key"]!
                )
            );
        async Task<string?[]> UsedAsync() =>
            [.. (await ada.GetAsync(Path)).Expect(200).AsArray().Select(key => (string?)key!["last_used"])];

        (await made[0].GetAsync("/runners")).Expect(200);
        (await made[1].GetAsync("/v0/projects")).Expect(200);
        clock.Advance(TimeSpan.FromSeconds(30));
        (await made[0].GetAsync("/runners")).Expect(200);
        Assert.All(await UsedAsync(), Assert.Null);
        clock.Advance(TimeSpan.FromSeconds(30));

        string?[] first = ["2026-11-20T12:00:30Z", "2026-11-20T12:00:00Z", null];
        await Machines.Runners.FleetStatusTests.UntilAsync(async () => (await UsedAsync()).SequenceEqual(first));
        (await made[1].GetAsync("/v0/projects")).Expect(200);
        Assert.True((await UsedAsync()).SequenceEqual(first));
        clock.Advance(TimeSpan.FromMinutes(1));
        await Machines.Runners.FleetStatusTests.UntilAsync(async () =>
            (await UsedAsync()).SequenceEqual(["2026-11-20T12:00:30Z", "2026-11-20T12:01:00Z", null])
        );
    }

    [Theory, EveryDatabase]
    public async Task The_X_API_Key_header_takes_precedence_over_the_Authorization_header(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var key = (string)
            (await ada.PostAsync(Path, new { name = "A", scopes = new[] { "runners:read" } })).Expect(201)["key"]!;
        using var caller = server.With("of somebody else");

        Assert.Equal(401, (await caller.GetAsync("/runners")).Status);
        caller.Http.DefaultRequestHeaders.Add("X-API-Key", key);
        (await caller.GetAsync("/runners")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task Only_leaders_of_the_organization_may_list_create_and_revoke_its_keys(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (bob, eve) = (await server.SignUpAsync("Bob Other"), await server.SignUpAsync("Eve Nobody"));
        var path = "/v0/organizations/bob-other/api-keys";
        var made = (await bob.PostAsync(path, new { name = "A", scopes = new[] { "runners:read" } })).Expect(201);
        var key = server.With((string)made["key"]!);

        Assert.Equal(404, (await eve.GetAsync(path)).Status);
        Assert.Equal(404, (await eve.PostAsync(path, new { name = "A", scopes = new[] { "runners:read" } })).Status);
        Assert.Equal(404, (await eve.DeleteAsync($"{path}/{(string)made["uuid"]!}")).Status);
        Assert.Equal(
            404,
            (await bob.DeleteAsync($"/v0/organizations/eve-nobody/api-keys/{(string)made["uuid"]!}")).Status
        );
        Assert.Equal(400, (await server.GetAsync(path)).Status);
        // A key cannot create keys.
        Assert.Equal(400, (await key.PostAsync(path, new { name = "A", scopes = new[] { "runners:read" } })).Status);
        (await key.GetAsync("/runners")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_key_request_is_refused_with_the_list_of_valid_scopes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        object[] bodies =
        [
            new { name = "A" },
            new { scopes = new[] { "runners:read" } },
            new { name = "A", scopes = Array.Empty<string>() },
            new { name = "A", scopes = new[] { "runners:write" } },
            new { name = "A", scopes = new[] { "runners_read" } },
            new { name = "A", scopes = "runners:read" },
            new
            {
                name = "A",
                scopes = new[] { "runners:read" },
                ttl = 0,
            },
            new
            {
                name = "A",
                scopes = new[] { "runners:read" },
                ttl = -1,
            },
            new { name = "", scopes = new[] { "runners:read" } },
        ];
        foreach (var body in bodies)
            Assert.Equal(400, (await ada.PostAsync(Path, body)).Status);
        Assert.Contains(
            "runners:read, pods:read, pods:write, projects:read, runs:write, agents:write",
            (await ada.PostAsync(Path, bodies[3])).Message,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task A_key_reads_and_records_in_its_organizations_projects_as_its_scopes_allow(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Other"));
        (
            await ada.PostAsync("/v0/organizations/ada-admin/projects", new { name = "Mine", visibility = "private" })
        ).Expect(201);
        (
            await bob.PostAsync("/v0/organizations/bob-other/projects", new { name = "Theirs", visibility = "private" })
        ).Expect(201);
        await bob.CreateProjectAsync("Open");
        async Task<Client> KeyAsync(string scope) =>
            server.With(
                (string)(await ada.PostAsync(Path, new { name = "A", scopes = new[] { scope } })).Expect(201)["key"]!
            );
        var (reader, writer, watcher) = (
            await KeyAsync("projects:read"),
            await KeyAsync("runs:write"),
            await KeyAsync("runners:read")
        );

        (await reader.GetAsync("/v0/projects/mine/branches")).Expect(200);
        Assert.Equal(403, (await watcher.GetAsync("/v0/projects/mine")).Status);
        Assert.Equal(404, (await reader.GetAsync("/v0/projects/theirs")).Status);
        (await reader.GetAsync("/v0/projects/open")).Expect(200);
        Assert.Equal(
            ["Mine", "Open"],
            (await reader.GetAsync("/v0/projects")).Expect(200).AsArray().Select(project => (string)project!["name"]!)
        );

        (await writer.PostAsync("/v0/run", new Run("mine").ToJson())).Expect(201);
        Assert.Equal(403, (await reader.PostAsync("/v0/run", new Run("mine").ToJson())).Status);
        Assert.Equal(404, (await writer.PostAsync("/v0/run", new Run("theirs").ToJson())).Status);
        Assert.Equal(404, (await writer.PostAsync("/v0/run", new Run("open").ToJson())).Status);
        // These routes need a user.
        Assert.Equal(400, (await writer.PatchAsync("/v0/projects/mine", new { name = "Other" })).Status);
        Assert.Equal(400, (await writer.PostAsync("/v0/runners", new { name = "Rig" })).Status);
    }
}
