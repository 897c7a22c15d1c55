using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>The project of a run that names a new project, or one without an owner.</summary>
public sealed class OnTheFlyTests
{
    private const string Repo = "bencher.dev/v0/repo/name";
    private const string Hash = "bencher.dev/v0/repo/hash";
    private const string Fingerprint = "bencher.dev/v0/testbed/fingerprint";

    [Theory, EveryDatabase]
    public async Task A_run_without_a_project_gets_one_named_after_its_repository_and_machine(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var context = Context(
            (Repo, "My Repo"),
            (Hash, "0123456789abcdef0123456789abcdef01234567"),
            (Fingerprint, "ffeeddccbbaa99887766")
        );

        var (first, second) = (await RunAsync(server, null, context), await RunAsync(server, null, context));

        Assert.Equal(
            ("My Repo", "my-repo-0123456-ffeeddccbbaa9", "public"),
            ((string?)first["name"], (string?)first["slug"], (string?)first["visibility"])
        );
        // Both have the same UUID while nobody has claimed the project.
        Assert.Equal((string?)first["organization"], (string?)first["uuid"]);
        Assert.Null(first["claimed"]);
        Assert.Equal((string?)first["uuid"], (string?)second["uuid"]);
        Assert.Equal(1, await server.CountAsync("organizations"));
    }

    // A shallow clone does not know the first commit, and a folder may have any name.
    [Theory, EveryDatabase]
    public async Task Clones_of_one_remote_share_a_project_and_an_existing_project_is_continued(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        const string remote = "paddock/v0/repo/remote",
            hash = "0123456789abcdef0123456789abcdef01234567";
        var before = await RunAsync(server, null, Context((Repo, "old"), (Hash, hash)));

        var full = await RunAsync(
            server,
            null,
            Context((Repo, "rocket"), (Hash, hash), (remote, "github.com/acme/rocket"))
        );
        var shallow = await RunAsync(server, null, Context((Repo, "rocket"), (remote, "github.com/acme/rocket")));
        var other = await RunAsync(server, null, Context((Repo, "rocket"), (remote, "github.com/bob/rocket")));
        var after = await RunAsync(server, null, Context((Repo, "old"), (Hash, hash), (remote, "github.com/acme/old")));

        Assert.Matches("^rocket-[0-9a-f]{7}$", (string?)full["slug"]);
        Assert.Equal((string?)full["uuid"], (string?)shallow["uuid"]);
        Assert.NotEqual((string?)full["uuid"], (string?)other["uuid"]);
        Assert.Equal((string?)before["uuid"], (string?)after["uuid"]);
    }

    [Theory, EveryDatabase]
    public async Task A_run_may_name_its_new_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        var project = await RunAsync(
            server,
            "my-rocket",
            Context((Repo, "folder"), ("paddock/v0/project/name", "my-rocket"))
        );

        Assert.Equal(("my-rocket", "my-rocket"), ((string?)project["name"], (string?)project["slug"]));
    }

    [Theory, EveryDatabase]
    public async Task Long_names_are_truncated_and_blank_names_replaced(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        var long_ = await RunAsync(server, null, Context((Repo, new string('n', 100)), (Hash, "0123456789")));
        var wide = await RunAsync(server, "wide", Context((Repo, string.Concat(Enumerable.Repeat("ü", 60)))));
        var blank = await RunAsync(server, "blank", Context((Repo, "   ")));
        var none = await RunAsync(server, "none", new JsonObject());

        Assert.Equal(
            (new string('n', 64), new string('n', 42) + "-0123456"),
            ((string?)long_["name"], (string?)long_["slug"])
        );
        Assert.Equal(string.Concat(Enumerable.Repeat("ü", 32)), (string?)wide["name"]); // 64 bytes.
        Assert.Equal(("Project", "Project"), ((string?)blank["name"], (string?)none["name"]));
    }

    [Theory, EveryDatabase]
    public async Task A_run_whose_project_cannot_be_named_is_refused_and_creates_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        Assert.Equal(400, (await PostAsync(server, null, null)).Status);
        Assert.Equal(400, (await PostAsync(server, "new", null)).Status); // Only a run with context creates a project.
        Assert.Equal(400, (await PostAsync(server, null, Context((Repo, "...")))).Status);
        Assert.Equal(404, (await PostAsync(server, Guid.NewGuid().ToString(), Context((Repo, "Repo")))).Status);
        Assert.Equal(0, await server.CountAsync("projects"));
        Assert.Equal(0, await server.CountAsync("organizations"));
    }

    [Theory, EveryDatabase]
    public async Task A_users_new_projects_belong_to_their_organization_and_taken_names_are_numbered(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        for (var i = 0; i < 12; i++)
        {
            var project = await RunAsync(bob, $"slug-{i}", Context((Repo, "My Repo")));

            Assert.Equal(i == 0 ? "My Repo" : $"My Repo ({i})", (string?)project["name"]);
            Assert.Equal(($"slug-{i}", bob.Uuid), ((string?)project["slug"], (Guid)project["organization"]!));
            Assert.NotNull(project["claimed"]);
        }
        await RunAsync(bob, "long-1", Context((Repo, new string('n', 64))));
        Assert.Equal(
            new string('n', 38) + "... (1)",
            (string?)(await RunAsync(bob, "long-2", Context((Repo, new string('n', 64)))))["name"]
        );
    }

    [Theory, EveryDatabase]
    public async Task A_user_without_an_organization_gets_one_unless_they_deleted_theirs(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var invite = await server.InviteAsync(ada, ada.Slug, "bob.builder@example.com");
        (
            await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Bob Builder",
                    email = "bob.builder@example.com",
                    i_agree = true,
                    invite,
                }
            )
        ).Expect(202);
        using var bob = server.With(server.Tokens.Mint("client", "bob.builder@example.com"));

        var project = await RunAsync(bob, "first", Context((Repo, "First")));
        (await bob.GetAsync($"/v0/organizations/{project["organization"]}")).Expect(200);
        Assert.Equal(204, (await bob.DeleteAsync("/v0/organizations/bob-builder")).Status);

        Assert.Equal(409, (await PostAsync(bob, "second", Context((Repo, "Second")))).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_users_run_claims_an_unclaimed_project_and_is_refused_in_a_claimed_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (bob, eve) = (await server.SignUpAsync("Bob Builder"), await server.SignUpAsync("Eve Outsider"));
        await RunAsync(server, "free", Context((Repo, "Free")));

        Assert.NotNull((await RunAsync(bob, "free", null))["claimed"]);

        Assert.Equal(401, (await PostAsync(server, "free", null)).Status);
        Assert.Equal(403, (await PostAsync(eve, "free", null)).Status);
        (await bob.GetAsync("/v0/organizations/free/members/bob-builder")).Expect(200);
        Assert.Equal(2, await server.CountAsync("reports"));
        // An organization with this slug exists and is claimed.
        Assert.Equal(401, (await PostAsync(server, "bob-builder", Context((Repo, "Mine")))).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_project_key_records_only_in_its_own_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Mine");
        await ada.CreateProjectAsync("Other");
        using var key = server.With(
            (string)(await ada.PostAsync("/v0/projects/mine/keys", new { name = "CI" })).Expect(201)["key"]!
        );

        Assert.Equal("mine", (string?)(await RunAsync(key, "mine", null))["slug"]);
        Assert.Equal("mine", (string?)(await RunAsync(key, null, null))["slug"]);
        Assert.Equal(401, (await PostAsync(key, "other", null)).Status);
        Assert.Equal(404, (await PostAsync(key, "nowhere", Context((Repo, "Nowhere")))).Status);
        Assert.Equal(2, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_runs_create_one_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var context = Context((Repo, "Busy"));

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => PostAsync(server, "busy", context.DeepClone().AsObject()))
        );

        Assert.All(replies, reply => Assert.Equal(201, reply.Status));
        Assert.Equal(1, await server.CountAsync("projects"));
        Assert.Equal(1, await server.CountAsync("organizations"));
        Assert.Equal(12, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task A_run_under_a_deleted_projects_slug_creates_a_new_project_in_the_same_organization(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var first = await RunAsync(server, "free", Context((Repo, "Free")));
        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/free")).Status);

        var second = await RunAsync(server, "free", Context((Repo, "Free")));

        Assert.NotEqual((string?)first["uuid"], (string?)second["uuid"]);
        Assert.Equal(
            ((string?)first["organization"], "free"),
            ((string?)second["organization"], (string?)second["slug"])
        );
    }

    private static JsonObject Context(params (string Key, string Value)[] entries) =>
        new(entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));

    private static async Task<JsonNode> RunAsync(Client client, string? project, JsonObject? context) =>
        (await PostAsync(client, project, context)).Expect(201)["project"]!;

    private static Task<Reply> PostAsync(Client client, string? project, JsonObject? context) =>
        client.PostAsync("/v0/run", new Run(project, Run.Latencies(("a", 1))) { Context = context }.ToJson());
}
