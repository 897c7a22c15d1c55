using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;

namespace Paddock.Server.Tests.Registry;

/// <summary>Which callers get which registry tokens, and which actions a token allows.</summary>
public sealed class IsolationTests
{
    [Theory, EveryDatabase]
    public async Task A_registry_token_is_issued_only_for_actions_that_its_caller_may_perform(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var olive = await server.SignUpAsync("Olive Owner");
        var bob = await server.SignUpAsync("Bob Builder");
        var project = await olive.CreateProjectAsync("Hers");
        var key = (string)
            (await olive.PostAsync($"/v0/projects/{project}/keys", new { name = "CI" })).Expect(201)["key"]!;
        var own = (string)
            (await olive.PostAsync($"/v0/users/{olive.Slug}/keys", new { name = "Laptop" })).Expect(201)["key"]!;
        var uuid = (string)(await olive.GetAsync($"/v0/projects/{project}")).Expect(200)["uuid"]!;

        await ExpectAsync(200, project, null, null, "pull,push");
        await ExpectAsync(200, project, olive.Email, olive.Token, "pull,push");
        await ExpectAsync(200, project, olive.Email, own, "push");
        await ExpectAsync(200, project, olive.Email.ToUpperInvariant(), own, "push");
        await ExpectAsync(200, uuid, project, key, "pull,push");
        await ExpectAsync(200, project, uuid, key, "push");
        await ExpectAsync(200, "new-one", bob.Email, bob.Token, "pull,push");
        await ExpectAsync(200, project, ada.Email, ada.Token, "pull");

        await ExpectAsync(403, project, olive.Email, olive.Token, "pull");
        await ExpectAsync(403, project, bob.Email, bob.Token, "push");
        await ExpectAsync(403, project, project, key, "pull");
        await ExpectAsync(403, "new-one", project, key, "push");
        await ExpectAsync(401, project, bob.Email, olive.Token, "push");
        await ExpectAsync(401, project, bob.Email, own, "push");
        await ExpectAsync(401, project, "other", key, "push");
        await ExpectAsync(401, project, olive.Email, "nonsense", "push");
        await ExpectAsync(401, project, olive.Email, own[..^1] + "_", "push");
        await ExpectAsync(200, project, olive.Email, own, "delete");
        await ExpectAsync(403, project, bob.Email, bob.Token, "delete");
        await ExpectAsync(403, project, bob.Email, bob.Token, "*");
        // The token identifies the caller and allows nothing.
        await ExpectAsync(200, project, bob.Email, bob.Token, "frobnicate");

        async Task ExpectAsync(int status, string name, string? user, string? password, string actions)
        {
            var reply = await Repository.TokenAsync(server.Address, name, user, password, actions);
            reply.Expect(status);
            if (status != 401)
                return;
            Assert.Equal(
                $"Bearer realm=\"http://{server.Address.Authority}/v0/auth/oci/token\",service=\"127.0.0.1\","
                    + $"scope=\"repository:{name}:{actions}\"",
                reply.Headers.WwwAuthenticate.ToString()
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task Images_of_a_claimed_project_are_closed_to_anonymous_callers_and_other_users(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var olive = await server.SignUpAsync("Olive Owner");
        var bob = await server.SignUpAsync("Bob Builder");
        using var hers = await Repository.OpenAsync(olive, "hers");
        var digest = await hers.PushImageAsync("v1");
        var layer = Repository.Sha256(Repository.Content(1000, 1));
        var session = await hers.BeginAsync();
        using var his = await Repository.OpenAsync(bob, "his");
        await his.PushImageAsync("v1", seed: 2);
        using var anonymous = await Repository.OpenAsync(server.Address, "hers", user: null, password: null);
        using var nobody = new Repository(server.Address, "hers", token: null);
        using var nonsense = new Repository(server.Address, "hers", "a.b.c");
        // A token of the API is not accepted by the registry.
        using var session0 = new Repository(server.Address, "hers", olive.Token);

        foreach (
            var (method, path) in new[]
            {
                ("GET", $"manifests/{digest}"),
                ("GET", "manifests/v1"),
                ("GET", $"blobs/{layer}"),
                ("GET", "tags/list"),
                ("GET", $"referrers/{digest}"),
                ("POST", "blobs/uploads/"),
                ("PUT", "manifests/v2"),
                ("PUT", $"blobs/uploads?digest={layer}"),
                ("DELETE", $"manifests/{digest}"),
                ("DELETE", $"blobs/{layer}"),
            }
        )
        {
            var body =
                method == "PUT"
                    ? Repository.Manifest([
                        [1],
                        [2],
                    ])
                    : null;
            foreach (var stranger in new[] { anonymous, nobody, nonsense, session0 })
            {
                var refused = (await stranger.SendAsync(method, path, body, Repository.ManifestType)).Expect(
                    401,
                    "UNAUTHORIZED"
                );
                Assert.Contains(
                    $"scope=\"repository:hers:{(method == "GET" ? "pull" : "push")}\"",
                    refused.Headers["WWW-Authenticate"],
                    StringComparison.Ordinal
                );
            }
            (await his.SendAsync(method, $"/v2/hers/{path}", body, Repository.ManifestType)).Expect(403, "DENIED");
        }
        // He cannot learn that the blob is stored on this server.
        (await his.SendAsync("GET", $"blobs/{layer}")).Expect(404, "BLOB_UNKNOWN");
        (await his.SendAsync("POST", $"blobs/uploads/?mount={layer}&from=hers")).Expect(202);
        (await his.SendAsync("POST", $"blobs/uploads/?mount={layer}")).Expect(202);
        (await his.SendAsync("PATCH", session.Replace("/hers/", "/his/", StringComparison.Ordinal), [1])).Expect(
            404,
            "BLOB_UPLOAD_UNKNOWN"
        );
        (await hers.SendAsync("GET", $"blobs/{layer}")).Expect(200);
        Assert.Equal("0-0", (await hers.SendAsync("GET", session)).Expect(204).Headers["Range"]);
    }

    [Theory, EveryDatabase]
    public async Task An_unclaimed_project_accepts_anonymous_pushes_until_a_user_claims_it(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var anonymous = await Repository.OpenAsync(server.Address, "free", user: null, password: null);
        var digest = await anonymous.PushImageAsync("v1");
        (await anonymous.SendAsync("GET", $"manifests/{digest}")).Expect(200);
        (await anonymous.SendAsync("DELETE", "manifests/v1")).Expect(401, "UNAUTHORIZED");

        using var hers = await Repository.OpenAsync(ada, "free");
        await hers.PushImageAsync("v2", seed: 2);

        (await anonymous.SendAsync("GET", $"manifests/{digest}")).Expect(401, "UNAUTHORIZED");
        (await anonymous.SendAsync("POST", "blobs/uploads/")).Expect(401, "UNAUTHORIZED");
        (await hers.SendAsync("GET", $"manifests/{digest}")).Expect(200);
        (await hers.SendAsync("DELETE", "manifests/v1")).Expect(202);
    }

    [Theory, EveryDatabase]
    public async Task A_registry_token_stops_working_when_its_user_is_locked(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var olive = await server.SignUpAsync("Olive Owner");
        using var hers = await Repository.OpenAsync(olive, "hers");
        await hers.PushImageAsync("v1");

        (await ada.PatchAsync($"/v0/users/{olive.Slug}", new { locked = true })).Expect(200);

        (await hers.SendAsync("GET", "manifests/v1")).Expect(401, "UNAUTHORIZED");
        (await hers.SendAsync("POST", "blobs/uploads/")).Expect(401, "UNAUTHORIZED");
        (await hers.SendAsync("DELETE", "manifests/v1")).Expect(401, "UNAUTHORIZED");
    }

    [Theory, EveryDatabase]
    public async Task A_registry_token_expires_after_five_minutes_and_a_runners_token_after_ten(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        using var hers = await Repository.OpenAsync(ada, "hers");
        await hers.PushImageAsync("v1");
        var project = (Guid)(await ada.GetAsync("/v0/projects/hers")).Expect(200)["uuid"]!;
        using var runner = new Repository(
            server.Address,
            project.ToString(),
            server.Part<Paddock.Server.Registry.OciTokens>().ForRunner(project, Guid.NewGuid())
        );

        clock.Advance(TimeSpan.FromSeconds(301));
        (await hers.SendAsync("GET", "manifests/v1")).Expect(401, "UNAUTHORIZED");
        (await runner.SendAsync("GET", "manifests/v1")).Expect(200);
        clock.Advance(TimeSpan.FromSeconds(300));
        (await runner.SendAsync("GET", "manifests/v1")).Expect(401, "UNAUTHORIZED");
    }
}
