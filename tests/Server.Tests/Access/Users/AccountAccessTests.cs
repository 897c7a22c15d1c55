using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Users;

/// <summary>
/// The endpoints of users, keys, organizations, projects and the server refuse callers who may not use them.
/// </summary>
public sealed class AccountAccessTests
{
    private static readonly string[] Nouns = ["/v0/auth", "/v0/users", "/v0/organizations", "/v0/server"];

    // The status for an anonymous caller, for an unrelated user, and for the key of another user's project.
    private static readonly (string Endpoint, int Anonymous, int Outsider, int Key, object? Body)[] Table =
    [
        ("GET /", 200, 200, 200, null),
        ("GET /v0/server/version", 200, 200, 200, null),
        ("GET /v0/server/config/console", 200, 200, 200, null),
        ("GET /v0/server/spec", 200, 200, 200, null),
        ("GET /v0/server/config", 400, 403, 400, null),
        ("GET /v0/server/stats", 400, 403, 400, null),
        ("GET /v0/server/audit", 400, 403, 400, null),
        ("POST /v0/server/stats", 423, 423, 423, new { }),
        ("GET /v0/server/stats/{server}", 423, 423, 423, null),
        ("POST /v0/server/backup", 400, 403, 400, new { }),
        ("POST /v0/server/import/bencher", 400, 403, 400, new { }),
        ("GET /v0/auth/oci/token", 200, 401, 401, null),
        ("POST /v0/auth/oci/token", 400, 400, 400, new { }),
        (
            "POST /v0/auth/signup",
            202,
            409,
            409,
            new
            {
                name = "New",
                email = "new@example.com",
                i_agree = true,
            }
        ),
        // Access needs the mail that is sent.
        ("POST /v0/auth/login", 202, 202, 202, new { email = "olive.owner@example.com" }),
        ("POST /v0/auth/confirm", 400, 400, 400, new { }),
        ("POST /v0/auth/accept", 400, 400, 400, new { }),
        (
            "POST /v0/auth/setup",
            401,
            401,
            401,
            new
            {
                token = "paddock_setup_aB3xY9mN2pQ7rS4tU8vW1zK5jL0fGh",
                name = "Mine",
                email = "mine@example.com",
            }
        ),
        ("POST /v0/auth/email", 400, 401, 400, new { token = "aaaa.bbbb.cccc" }),
        ("GET /v0/auth/github", 402, 402, 402, null), // No provider is configured.
        ("POST /v0/auth/github", 402, 402, 402, new { code = "abc" }),
        ("GET /v0/auth/google", 402, 402, 402, null),
        ("POST /v0/auth/google", 402, 402, 402, new { code = "abc" }),
        ("GET /v0/auth/oidc", 402, 402, 402, null),
        ("POST /v0/auth/oidc", 402, 402, 402, new { code = "abc" }),
        ("GET /v0/users", 400, 403, 400, null),
        ("GET /v0/users/{user}", 400, 403, 400, null),
        ("PATCH /v0/users/{user}", 400, 403, 400, new { name = "Mine" }),
        ("GET /v0/users/{user}/tokens", 400, 403, 400, null),
        ("POST /v0/users/{user}/tokens", 400, 403, 400, new { name = "Mine" }),
        ("GET /v0/users/{user}/tokens/{token}", 400, 403, 400, null),
        ("PATCH /v0/users/{user}/tokens/{token}", 400, 403, 400, new { name = "Mine" }),
        ("DELETE /v0/users/{user}/tokens/{token}", 400, 403, 400, null),
        ("GET /v0/users/{user}/keys", 400, 403, 400, null),
        ("POST /v0/users/{user}/keys", 400, 403, 400, new { name = "Mine" }),
        ("GET /v0/users/{user}/keys/{key}", 400, 403, 400, null),
        ("PATCH /v0/users/{user}/keys/{key}", 400, 403, 400, new { name = "Mine" }),
        ("DELETE /v0/users/{user}/keys/{key}", 400, 403, 400, null),
        ("GET /v0/organizations", 400, 200, 400, null),
        ("POST /v0/organizations", 400, 201, 400, new { name = "Any" }),
        ("GET /v0/organizations/{organization}", 400, 404, 400, null),
        ("PATCH /v0/organizations/{organization}", 400, 404, 400, new { name = "Mine" }),
        ("DELETE /v0/organizations/{organization}", 400, 404, 400, null),
        ("DELETE /v0/organizations/{organization}?hard=true", 400, 403, 400, null),
        ("POST /v0/organizations/{organization}/claim", 400, 401, 400, new { }),
        ("GET /v0/organizations/{organization}/allowed/{permission}", 400, 200, 400, null), // The answer is no.
        ("GET /v0/organizations/{organization}/usage", 400, 403, 400, null),
        ("GET /v0/organizations/{organization}/audit", 400, 404, 400, null),
        ("GET /v0/organizations/{organization}/projects", 400, 404, 400, null),
        ("POST /v0/organizations/{organization}/projects", 400, 403, 400, new { name = "Mine" }),
        ("GET /v0/organizations/{organization}/sso", 400, 404, 400, null),
        ("POST /v0/organizations/{organization}/sso", 400, 403, 400, new { domain = "example.com" }),
        ("GET /v0/organizations/{organization}/sso/{sso}", 400, 404, 400, null),
        ("DELETE /v0/organizations/{organization}/sso/{sso}", 400, 403, 400, null),
        ("GET /v0/organizations/{organization}/plan", 404, 404, 404, null),
        ("POST /v0/organizations/{organization}/plan", 423, 423, 423, new { }),
        ("PATCH /v0/organizations/{organization}/plan", 423, 423, 423, new { }),
        ("DELETE /v0/organizations/{organization}/plan", 423, 423, 423, null),
        ("GET /v0/organizations/{organization}/api-keys", 400, 404, 400, null),
        (
            "POST /v0/organizations/{organization}/api-keys",
            400,
            404,
            400,
            new { name = "Mine", scopes = new[] { "runners:read" } }
        ),
        ("DELETE /v0/organizations/{organization}/api-keys/{key}", 400, 404, 400, null),
        ("GET /v0/organizations/{organization}/members", 400, 404, 400, null),
        (
            "POST /v0/organizations/{organization}/members",
            400,
            403,
            400,
            new { email = "eve.outsider@example.com", role = "leader" }
        ),
        ("GET /v0/organizations/{organization}/members/{user}", 400, 404, 400, null),
        ("PATCH /v0/organizations/{organization}/members/{user}", 400, 404, 400, new { }),
        ("DELETE /v0/organizations/{organization}/members/{user}", 400, 404, 400, null),
        ("GET /v0/organizations/{organization}/invitations", 400, 404, 400, null),
        ("DELETE /v0/organizations/{organization}/invitations/{invitation}", 400, 404, 400, null),
        ("GET /v0/projects", 200, 200, 200, null),
        ("GET /v0/projects/{project}", 200, 200, 403, null),
        ("PATCH /v0/projects/{project}", 400, 403, 400, new { name = "Mine" }),
        ("DELETE /v0/projects/{project}", 400, 403, 400, null),
        ("DELETE /v0/projects/{project}?hard=true", 400, 403, 400, null),
        ("GET /v0/projects/{project}/allowed/{permission}", 400, 200, 400, null), // The answer is no.
        ("GET /v0/projects/{project}/keys", 400, 403, 400, null),
        ("POST /v0/projects/{project}/keys", 400, 403, 400, new { name = "Mine" }),
        ("GET /v0/projects/{project}/keys/{key}", 400, 403, 400, null),
        ("PATCH /v0/projects/{project}/keys/{key}", 400, 403, 400, new { name = "Mine" }),
        ("DELETE /v0/projects/{project}/keys/{key}", 400, 403, 400, null),
        ("GET /v0/projects/{private}", 404, 404, 404, null),
        ("PATCH /v0/projects/{private}", 400, 404, 400, new { name = "Mine" }),
        ("DELETE /v0/projects/{private}", 400, 404, 400, null),
        ("DELETE /v0/projects/{private}?hard=true", 400, 403, 400, null),
        ("GET /v0/projects/{private}/allowed/{permission}", 400, 200, 400, null),
        ("GET /v0/projects/{private}/keys", 400, 404, 400, null),
        ("POST /v0/projects/{private}/keys", 400, 404, 400, new { name = "Mine" }),
        ("GET /v0/projects/{private}/keys/{key}", 400, 404, 400, null),
        ("PATCH /v0/projects/{private}/keys/{key}", 400, 404, 400, new { name = "Mine" }),
        ("DELETE /v0/projects/{private}/keys/{key}", 400, 404, 400, null),
    ];

    [Theory, EveryDatabase]
    public async Task Outsiders_get_the_status_in_the_table_and_change_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await World.MakeAsync(server);
        var wrong = new List<string>();
        foreach (var (endpoint, anonymous, outsider, key, body) in Table)
        {
            var (method, path) = (new HttpMethod(endpoint.Split(' ')[0]), world.Fill(endpoint.Split(' ')[1]));
            foreach (
                var (who, client, status) in new[]
                {
                    ("anonymous", server, anonymous),
                    ("outsider", world.Outsider, outsider),
                    ("key", world.ForeignKey, key),
                }
            )
            {
                var reply = await client.SendAsync(method, path, body);
                if (reply.Status != status)
                    wrong.Add($"{endpoint} by {who}: {reply.Status} and not {status}: {reply.Text}");
                else if (
                    endpoint.Contains("/allowed/", StringComparison.Ordinal)
                    && reply.Status == 200
                    && (bool)reply.Json["allowed"]!
                )
                    wrong.Add($"{endpoint} by {who}: allowed");
            }
        }
        Assert.Empty(wrong);
        await world.ExpectUntouchedAsync();
    }

    [Fact]
    public async Task The_table_lists_every_endpoint_of_these_nouns()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ours = server.Endpoints.Where(endpoint =>
        {
            var path = endpoint.Split(' ')[1];
            return path is "/" or "/v0/projects"
                || Array.Exists(Nouns, noun => path.StartsWith(noun, StringComparison.Ordinal))
                || path == "/v0/projects/{project}"
                || path.StartsWith("/v0/projects/{project}/keys", StringComparison.Ordinal)
                || path.StartsWith("/v0/projects/{project}/allowed", StringComparison.Ordinal);
        });

        Assert.Empty(ours.Except(Table.Select(row => row.Endpoint)).Except(["GET /v0/server/spec"]));
    }

    /// <summary>
    /// An owner with an organization, a public and a private project and a key; and an outsider with a project key of
    /// their own.
    /// </summary>
    private sealed class World(TestUser owner, TestUser outsider, Client foreignKey, Guid key)
    {
        public TestUser Outsider => outsider;
        public Client ForeignKey => foreignKey;

        public static async Task<World> MakeAsync(TestServer server)
        {
            await server.SignUpAsync("Ada Admin");
            var (owner, outsider) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
            await owner.CreateProjectAsync("Open");
            (
                await owner.PostAsync(
                    $"/v0/organizations/{owner.Slug}/projects",
                    new { name = "Closed", visibility = "private" }
                )
            ).Expect(201);
            var key = (Guid)
                (await owner.PostAsync($"/v0/users/{owner.Slug}/keys", new { name = "Laptop" })).Expect(201)["uuid"]!;
            await outsider.CreateProjectAsync("Foreign");
            var foreign = (string)
                (await outsider.PostAsync("/v0/projects/foreign/keys", new { name = "CI" })).Expect(201)["key"]!;
            return new(owner, outsider, server.With(foreign), key);
        }

        public string Fill(string path) =>
            path.Replace("{user}", owner.Slug, StringComparison.Ordinal)
                .Replace("{organization}", owner.Slug, StringComparison.Ordinal)
                .Replace("{project}", "open", StringComparison.Ordinal)
                .Replace("{private}", "closed", StringComparison.Ordinal)
                .Replace("{key}", key.ToString(), StringComparison.Ordinal)
                .Replace("{token}", key.ToString(), StringComparison.Ordinal)
                .Replace("{invitation}", key.ToString(), StringComparison.Ordinal)
                .Replace("{sso}", key.ToString(), StringComparison.Ordinal)
                .Replace("{server}", key.ToString(), StringComparison.Ordinal)
                .Replace("{permission}", "view", StringComparison.Ordinal);

        public async Task ExpectUntouchedAsync()
        {
            Assert.Equal("Olive Owner", (string?)(await owner.GetAsync($"/v0/users/{owner.Slug}")).Expect(200)["name"]);
            Assert.Equal(
                "Olive Owner",
                (string?)(await owner.GetAsync($"/v0/organizations/{owner.Slug}")).Expect(200)["name"]
            );
            Assert.Equal(1, (await owner.GetAsync($"/v0/organizations/{owner.Slug}/members")).TotalCount);
            var projects = (await owner.GetAsync($"/v0/organizations/{owner.Slug}/projects")).Expect(200).AsArray();
            Assert.Equal(["Closed", "Open"], projects.Select(p => (string?)p!["name"]));
            var keys = (await owner.GetAsync($"/v0/users/{owner.Slug}/keys")).Expect(200).AsArray();
            Assert.Equal("Laptop", (string?)Assert.Single(keys)!["name"]);
            foreach (var project in new[] { "open", "closed" })
                Assert.Equal(0, (await owner.GetAsync($"/v0/projects/{project}/keys")).TotalCount);
        }
    }
}
