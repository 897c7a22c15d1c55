using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>Every endpoint of the fleet refuses callers without access, for each possible reason.</summary>
public sealed class FleetAccessTests
{
    private static readonly (string Endpoint, string Scope)[] Endpoints =
    [
        ("GET /runners", "runners:read"),
        ("GET /runners/available", "runners:read"),
        ("GET /runners/events", "runners:read"),
        ("GET /runners/{id}", "runners:read"),
        ("GET /runners/{id}/pods", "runners:read"),
        ("GET /pods", "pods:read"),
        ("GET /pods/{key}", "pods:read"),
        ("POST /pods/{key}/terminate", "pods:write"),
    ];

    // Administrators only: refused to other users, and to an organization's keys with every scope.
    private static readonly (string Endpoint, int Anonymous, int Outsider, int Key)[] Operators =
    [
        ("GET /v0/fleet", 400, 403, 400),
        ("GET /v0/fleet/events", 400, 403, 400),
        ("GET /metrics", 400, 403, 400),
        ("GET /console/fleet", 302, 403, 302),
        ("GET /console/fleet/events", 302, 403, 302),
        ("POST /console/fleet/drain", 302, 403, 302),
        ("POST /console/fleet/resume", 302, 403, 302),
        ("POST /console/fleet/cancel", 302, 403, 302),
    ];

    [Fact]
    public async Task Every_endpoint_of_the_fleet_is_in_an_access_table()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        string[] roots = ["/runners", "/pods", "/api/v1/ext", "/v0/fleet", "/console/fleet", "/metrics"];
        var ours = server.Endpoints.Where(endpoint =>
            roots.Any(root => endpoint.Split(' ')[1].StartsWith(root, StringComparison.Ordinal))
        );

        Assert.Equal(
            [],
            ours.Select(endpoint => endpoint.Replace("/api/v1/ext/orgs/{slug}", "", StringComparison.Ordinal))
                .Except(Endpoints.Select(row => row.Endpoint))
                .Except(Operators.Select(row => row.Endpoint))
        );
    }

    [Theory, EveryDatabase]
    public async Task A_caller_without_a_valid_key_of_the_required_scope_is_refused(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        await world.SubmitAsync();
        var pod = (string)(await world.Key.GetAsync("/pods")).Expect(200)["pods"]![0]!["key"]!;
        var (few, many) = (
            await world.KeyAsync(world.Admin, "runners:read", "agents:write"),
            await world.KeyAsync(world.Admin, "pods:write", "projects:read", "runs:write", "agents:write")
        );
        foreach (var prefix in new[] { "", "/api/v1/ext/orgs/ada-admin" })
        foreach (var (endpoint, scope) in Endpoints)
        {
            var (method, path) = (
                new HttpMethod(endpoint.Split(' ')[0]),
                prefix + endpoint.Split(' ')[1].Replace("{id}", $"{world.Ours.Id}").Replace("{key}", pod)
            );
            AssertRefused(await world.Server.SendAsync(method, path, body: null), 401, "AUTH_REQUIRED");
            foreach (
                var junk in new[]
                {
                    "paddock_api_000000000000000000000000000000",
                    "junk",
                    world.Admin.Token,
                    world.Ours.Secret,
                }
            )
                // Neither a user's token nor a runner's key is accepted.
                AssertRefused(await world.Server.With(junk).SendAsync(method, path, body: null), 401, "INVALID_TOKEN");
            var lacking = await (scope == "runners:read" ? many : few).SendAsync(method, path, body: null);
            AssertRefused(lacking, 403, "INSUFFICIENT_SCOPE");
            Assert.Equal([scope], lacking.Json["required_scopes"]!.AsArray().Select(word => (string)word!));
            AssertRefused(await world.Key.PutAsync(path, new { }), 405, "METHOD_NOT_ALLOWED");
        }
        Assert.Equal("pending", (string)(await world.Key.GetAsync($"/pods/{pod}")).Expect(200)["pod"]!["status"]!);
    }

    [Theory, EveryDatabase]
    public async Task Operator_endpoints_refuse_everybody_but_administrators(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var key = await world.KeyAsync(
            world.Admin,
            "runners:read",
            "pods:write",
            "projects:read",
            "runs:write",
            "agents:write"
        );
        using var browser = await PageReader.SignInAsync(world.Server, world.Other.Token);
        using var nobody = new PageReader(world.Server.Address);
        foreach (var (endpoint, anonymous, outsider, byKey) in Operators)
        {
            var (method, path) = (endpoint.Split(' ')[0], endpoint.Split(' ')[1]);
            if (path.StartsWith("/console", StringComparison.Ordinal))
            {
                Assert.Equal(
                    (endpoint, anonymous),
                    (
                        endpoint,
                        (
                            method == "GET"
                                ? await nobody.GetAsync(path)
                                : await nobody.PostAsync(path, ("runner", "rig"))
                        ).Status
                    )
                );
                Assert.Equal(
                    (endpoint, outsider),
                    (
                        endpoint,
                        (
                            method == "GET"
                                ? await browser.GetAsync(path)
                                : await browser.PostAsync(path, ("runner", "rig"))
                        ).Status
                    )
                );
                continue; // A browser has no key.
            }
            Assert.Equal((endpoint, anonymous), (endpoint, (await world.Server.GetAsync(path)).Status));
            Assert.Equal((endpoint, outsider), (endpoint, (await world.Other.GetAsync(path)).Status));
            Assert.Equal((endpoint, byKey), (endpoint, (await key.GetAsync(path)).Status));
        }
    }

    [Theory, EveryDatabase]
    public async Task An_organization_in_the_path_that_is_not_the_keys_own_is_not_found(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);

        AssertRefused(await world.Key.GetAsync("/api/v1/ext/orgs/bob-other/runners"), 404, "RESOURCE_NOT_FOUND");
        AssertRefused(await world.Key.GetAsync("/api/v1/ext/orgs/nobody/runners"), 404, "RESOURCE_NOT_FOUND");
        AssertRefused(await world.Key.GetAsync("/api/v1/ext/orgs/bob-other/pods"), 404, "RESOURCE_NOT_FOUND");
        (await world.OtherKey.GetAsync("/api/v1/ext/orgs/bob-other/runners")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_runner_of_another_organization_is_answered_like_a_missing_one(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        foreach (var end in new[] { "", "/pods" })
        {
            var hidden = await world.Key.GetAsync($"/runners/{world.Theirs.Id}{end}");
            var missing = await world.Key.GetAsync($"/runners/999{end}");
            AssertRefused(hidden, 404, "RESOURCE_NOT_FOUND");
            AssertRefused(missing, 404, "RESOURCE_NOT_FOUND");
            Assert.Equal(
                ((string)missing.Json["error"]!).Replace("999", $"{world.Theirs.Id}"),
                (string)hidden.Json["error"]!
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_id_or_query_is_refused_with_the_allowed_values(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var pods = $"/runners/{world.Ours.Id}/pods";
        foreach (var id in new[] { "rig", "-1", "1.5", "0x1", world.Ours.Uuid })
            AssertRefused(await world.Key.GetAsync($"/runners/{id}"), 400, "INVALID_INPUT");
        AssertRefused(await world.Key.GetAsync("/runners/99999999999999999999/pods"), 400, "INVALID_INPUT");
        foreach (
            var query in new[]
            {
                "limit=0",
                "limit=-1",
                "limit=ten",
                "limit=",
                "limit=1.5",
                "offset=-1",
                "offset=x",
                "offset=99999999999999999999",
                "status=zombie",
                "status=running,",
                "status=",
            }
        )
        foreach (var path in new[] { pods, "/pods" })
            AssertRefused(await world.Key.GetAsync($"{path}?{query}"), 400, "VALIDATION_FAILED");
        Assert.Contains(
            "pending, initializing, running, completed, error, orphaned, terminated",
            (string)(await world.Key.GetAsync("/pods?status=zombie")).Json["error"]!,
            StringComparison.Ordinal
        );
        Assert.Equal(200, (int)(await world.Key.GetAsync($"{pods}?limit=201")).Expect(200)["limit"]!);
        Assert.Equal(200, (int)(await world.Key.GetAsync($"{pods}?limit=99999999999999999999")).Expect(200)["limit"]!);
        Assert.Equal(20, (int)(await world.Key.GetAsync("/pods")).Expect(200)["limit"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_key_over_its_limit_of_reads_or_writes_a_minute_is_told_when_to_retry(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine, options =>
            options with
            {
                Access = options.Access with { ApiKeyReadsPerMinute = 3, ApiKeyWritesPerMinute = 1 },
            }
        );
        var key = await world.KeyAsync(world.Admin, "runners:read", "pods:write");
        for (var i = 0; i < 3; i++)
            (await key.GetAsync("/runners")).Expect(200);

        var refused = await key.GetAsync("/runners");
        AssertRefused(refused, 429, "RATE_LIMITED");
        Assert.Equal("20", Assert.Single(refused.Headers.GetValues("Retry-After")));
        Assert.Equal(404, (await key.PostAsync("/pods/pod-none/terminate", null)).Status);
        AssertRefused(await key.PostAsync("/pods/pod-none/terminate", null), 429, "RATE_LIMITED");
        (await world.Key.GetAsync("/runners")).Expect(200); // Another key has its own limit.
        world.Clock.Advance(TimeSpan.FromSeconds(20));
        (await key.GetAsync("/runners")).Expect(200);
        AssertRefused(await key.GetAsync("/runners"), 429, "RATE_LIMITED");
    }

    private static void AssertRefused(Reply reply, int status, string code)
    {
        Assert.True(
            reply.Status == status,
            $"{reply.Request} should answer {status} and answered {reply.Status}: {reply.Text}"
        );
        Assert.Equal(code, (string)reply.Json["code"]!);
        Assert.NotEmpty((string)reply.Json["error"]!);
        Assert.True(Guid.TryParse((string)reply.Json["request_id"]!, out _));
    }
}
