using Paddock.Server.Database;

namespace Paddock.Server.Tests.Fleet;

/// <summary>Who may not: every endpoint, every way of not being allowed.</summary>
public sealed class FleetAccessTests
{
    private static readonly (string Path, string Scope)[] Endpoints =
    [
        ("/runners", "runners:read"), ("/runners/available", "runners:read"), ("/runners/events", "runners:read"), ("/runners/{id}", "runners:read"), ("/runners/{id}/pods", "runners:read"),
        ("/pods", "pods:read"), ("/pods/{key}", "pods:read"),
    ];

    [Theory, EveryDatabase]
    public async Task Nobody_reads_without_a_key_that_is_good_for_it(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        await world.SubmitAsync();
        var pod = (string)(await world.Key.GetAsync("/pods")).Expect(200)["pods"]![0]!["key"]!;
        var wrong = new Dictionary<string, Client> { ["runners:read"] = await world.KeyAsync(world.Admin, "pods:write", "projects:read"), ["pods:read"] = await world.KeyAsync(world.Admin, "runners:read") };
        foreach (var prefix in new[] { "", "/api/v1/ext/orgs/ada-admin" })
            foreach (var (template, scope) in Endpoints)
            {
                var path = prefix + template.Replace("{id}", $"{world.Ours.Id}").Replace("{key}", pod);
                AssertRefused(await world.Server.GetAsync(path), 401, "AUTH_REQUIRED");
                AssertRefused(await world.Server.With("paddock_api_000000000000000000000000000000").GetAsync(path), 401, "INVALID_TOKEN");
                AssertRefused(await world.Server.With("junk").GetAsync(path), 401, "INVALID_TOKEN");
                AssertRefused(await world.Admin.GetAsync(path), 401, "INVALID_TOKEN"); // A person's token is no key.
                var lacking = await wrong[scope].GetAsync(path);
                AssertRefused(lacking, 403, "INSUFFICIENT_SCOPE");
                Assert.Equal([scope], lacking.Json["required_scopes"]!.AsArray().Select(word => (string)word!));
                AssertRefused(await world.Key.PutAsync(path, new { }), 405, "METHOD_NOT_ALLOWED");
            }
        AssertRefused(await world.Key.PostAsync($"/pods/{pod}/terminate", null), 403, "INSUFFICIENT_SCOPE");
    }

    [Theory, EveryDatabase]
    public async Task The_organization_of_the_path_is_the_keys_own_or_is_not_there(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);

        AssertRefused(await world.Key.GetAsync("/api/v1/ext/orgs/bob-other/runners"), 404, "RESOURCE_NOT_FOUND");
        AssertRefused(await world.Key.GetAsync("/api/v1/ext/orgs/nobody/runners"), 404, "RESOURCE_NOT_FOUND");
        AssertRefused(await world.Key.GetAsync("/api/v1/ext/orgs/bob-other/pods"), 404, "RESOURCE_NOT_FOUND");
        (await world.OtherKey.GetAsync("/api/v1/ext/orgs/bob-other/runners")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_runner_of_another_organization_is_answered_like_one_that_does_not_exist(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        foreach (var end in new[] { "", "/pods" })
        {
            var hidden = await world.Key.GetAsync($"/runners/{world.Theirs.Id}{end}");
            var missing = await world.Key.GetAsync($"/runners/999{end}");
            AssertRefused(hidden, 404, "RESOURCE_NOT_FOUND");
            AssertRefused(missing, 404, "RESOURCE_NOT_FOUND");
            Assert.Equal(((string)missing.Json["error"]!).Replace("999", $"{world.Theirs.Id}"), (string)hidden.Json["error"]!);
        }
    }

    [Theory, EveryDatabase]
    public async Task What_is_asked_for_wrongly_is_refused_with_what_is_allowed(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var pods = $"/runners/{world.Ours.Id}/pods";
        foreach (var id in new[] { "rig", "-1", "1.5", "0x1", world.Ours.Uuid }) AssertRefused(await world.Key.GetAsync($"/runners/{id}"), 400, "INVALID_INPUT");
        AssertRefused(await world.Key.GetAsync("/runners/99999999999999999999/pods"), 400, "INVALID_INPUT");
        foreach (var query in new[] { "limit=0", "limit=-1", "limit=ten", "limit=", "limit=1.5", "offset=-1", "offset=x", "offset=99999999999999999999", "status=zombie", "status=running,", "status=" })
            foreach (var path in new[] { pods, "/pods" })
                AssertRefused(await world.Key.GetAsync($"{path}?{query}"), 400, "VALIDATION_FAILED");
        Assert.Contains("pending, initializing, running, completed, error, orphaned, terminated", (string)(await world.Key.GetAsync("/pods?status=zombie")).Json["error"]!, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await world.Key.GetAsync($"{pods}?limit=201")).Expect(200)["limit"]!);
        Assert.Equal(200, (int)(await world.Key.GetAsync($"{pods}?limit=99999999999999999999")).Expect(200)["limit"]!);
        Assert.Equal(20, (int)(await world.Key.GetAsync("/pods")).Expect(200)["limit"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_key_has_so_many_reads_and_writes_a_minute_and_is_told_when_to_come_back(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine, options => options with { ApiKeyReadsPerMinute = 3, ApiKeyWritesPerMinute = 1 });
        var key = await world.KeyAsync(world.Admin, "runners:read", "pods:write");
        for (var i = 0; i < 3; i++) (await key.GetAsync("/runners")).Expect(200);

        var refused = await key.GetAsync("/runners");
        AssertRefused(refused, 429, "RATE_LIMITED");
        Assert.Equal("20", Assert.Single(refused.Headers.GetValues("Retry-After")));
        Assert.Equal(404, (await key.PostAsync("/pods/pod-none/terminate", null)).Status);
        AssertRefused(await key.PostAsync("/pods/pod-none/terminate", null), 429, "RATE_LIMITED");
        (await world.Key.GetAsync("/runners")).Expect(200); // Another key has its own.
        world.Clock.Advance(TimeSpan.FromSeconds(20));
        (await key.GetAsync("/runners")).Expect(200);
        AssertRefused(await key.GetAsync("/runners"), 429, "RATE_LIMITED");
    }

    private static void AssertRefused(Reply reply, int status, string code)
    {
        Assert.True(reply.Status == status, $"{reply.Request} should answer {status} and answered {reply.Status}: {reply.Text}");
        Assert.Equal(code, (string)reply.Json["code"]!);
        Assert.NotEmpty((string)reply.Json["error"]!);
        Assert.True(Guid.TryParse((string)reply.Json["request_id"]!, out _));
    }
}
