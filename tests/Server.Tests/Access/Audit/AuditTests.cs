using System.Text.Json.Nodes;
using Paddock.Server.Access.Audit;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Audit;

public sealed class AuditTests
{
    [Theory, EveryDatabase]
    public async Task A_change_is_logged_with_its_actor_action_path_and_client_address(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        var leader = await server.SignUpAsync("Lea Leader");
        var project = await leader.CreateProjectAsync("Demo");

        (await leader.PostAsync($"/v0/projects/{project}/branches", new { name = "topic" })).Expect(201);

        var entry = (await ListAsync(admin, "/v0/server/audit"))[0]!;
        Assert.Equal("user", (string)entry["actor_kind"]!);
        Assert.Equal(leader.Uuid, (Guid)entry["actor"]!);
        Assert.Equal("Lea Leader", (string)entry["actor_name"]!);
        Assert.Equal("127.0.0.1", (string)entry["address"]!);
        Assert.Equal("POST /v0/projects/{project}/branches", (string)entry["action"]!);
        Assert.Equal($"/v0/projects/{project}/branches", (string)entry["path"]!);
    }

    [Theory, EveryDatabase]
    public async Task Leaders_see_the_audit_log_of_their_own_organization_only(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        var (one, two) = (await server.SignUpAsync("One Leader"), await server.SignUpAsync("Two Leader"));
        var (first, second) = (await one.CreateProjectAsync("First"), await two.CreateProjectAsync("Second"));
        (await one.PatchAsync($"/v0/projects/{first}", new { name = "Primary" })).Expect(200);
        (await admin.PatchAsync($"/v0/projects/{second}", new { name = "Secondary" })).Expect(200);

        var ofTwo = await ListAsync(two, "/v0/organizations/two-leader/audit");

        Assert.All(ofTwo, entry => Assert.DoesNotContain(first, (string)entry!["path"]!, StringComparison.Ordinal));
        Assert.Equal("Ada Admin", (string)ofTwo[0]!["actor_name"]!);
        Assert.Equal("PATCH /v0/projects/{project}", (string)ofTwo[0]!["action"]!);
        Assert.Equal(404, (await one.GetAsync("/v0/organizations/two-leader/audit")).Status);
        Assert.Equal(403, (await one.GetAsync("/v0/server/audit")).Status);
        Assert.Equal(400, (await server.GetAsync("/v0/server/audit")).Status);
    }

    [Theory]
    [InlineData("/v0/server/audit?serach=x", "search, sort, page, per_page, direction")]
    [InlineData("/v0/organizations/ada-admin/audit?actor=ada", "search")]
    [InlineData("/v0/projects/demo/export?brnach=main", "branch, testbed")]
    [InlineData("/v0/projects/demo/changes?states=open", "state")]
    [InlineData("/v0/projects/demo/compare?base=a&head=b&measures=x", "base, head")]
    [InlineData("/v0/projects/demo/retention/preview?day=7", "policy, days")]
    [InlineData("/v0/projects/demo/retention/archives?limit=1", "sort")]
    public async Task An_unknown_query_parameter_is_refused_with_the_list_of_allowed_ones(string path, string allowed)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var admin = await server.SignUpAsync("Ada Admin");
        await admin.CreateProjectAsync("Demo");

        var refused = await admin.GetAsync(path);

        Assert.Equal(400, refused.Status);
        Assert.Contains("is not a parameter of this address; allowed: ", refused.Message, StringComparison.Ordinal);
        foreach (var name in allowed.Split(", "))
            Assert.Contains(name, refused.Message.Split("allowed: ")[1].Split(", "));
    }

    [Theory, EveryDatabase]
    public async Task Reads_refused_requests_and_runs_leave_no_audit_entry(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        var project = await admin.CreateProjectAsync("Demo");
        (await admin.PostAsync($"/v0/projects/{project}/branches", new { name = "topic" })).Expect(201);
        var before = await server.CountAsync("audit");

        await admin.GetAsync($"/v0/projects/{project}/branches");
        Assert.Equal(400, (await admin.PostAsync($"/v0/projects/{project}/branches", new { name = "" })).Status);
        Assert.Equal(409, (await admin.PostAsync($"/v0/projects/{project}/branches", new { name = "topic" })).Status);
        await admin.RunAsync(new(project, Run.Latencies(("a", 1))));

        Assert.Equal(before, await server.CountAsync("audit"));
    }

    [Theory, EveryDatabase]
    public async Task Secrets_never_appear_in_the_audit_log(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        var project = await admin.CreateProjectAsync("Demo");
        var key = (string)
            (await admin.PostAsync($"/v0/projects/{project}/keys", new { name = "ci", ttl = 1000 })).Expect(201)[
                "key"
            ]!;
        (
            await admin.PostAsync(
                $"/v0/projects/{project}/webhooks?secret=in-the-query",
                new { url = "https://example.com/hook", secret = "whsec_0123456789abcdef0123456789abcdef" }
            )
        ).ToString();

        var log = (await ListAsync(admin, "/v0/server/audit?per_page=255")).ToJsonString();

        Assert.Contains("/keys", log, StringComparison.Ordinal);
        Assert.DoesNotContain(key, log, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec", log, StringComparison.Ordinal);
        Assert.DoesNotContain("in-the-query", log, StringComparison.Ordinal);
        Assert.DoesNotContain(admin.Token, log, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task An_entry_names_the_user_key_that_made_the_change(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        var project = await admin.CreateProjectAsync("Demo");
        var made = (await admin.PostAsync("/v0/users/ada-admin/keys", new { name = "laptop", ttl = 1000 })).Expect(201);

        (
            await server
                .With((string)made["key"]!)
                .PostAsync($"/v0/projects/{project}/testbeds", new { name = "other box" })
        ).Expect(201);

        var entry = (await ListAsync(admin, "/v0/server/audit?search=testbeds"))[0]!;
        Assert.Equal(((string)made["uuid"]!, "Ada Admin"), ((string)entry["key"]!, (string)entry["actor_name"]!));
    }

    [Theory, EveryDatabase]
    public async Task An_update_that_changes_no_row_is_logged_too(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        var project = await admin.CreateProjectAsync("Demo");
        var before = await server.CountAsync("audit");

        (await admin.PatchAsync($"/v0/projects/{project}", new { name = "Demo" })).Expect(200);

        Assert.Equal(before + 1, await server.CountAsync("audit"));
    }

    [Theory, EveryDatabase]
    public async Task Entries_older_than_the_retention_period_are_deleted(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Access = options.Access with { AuditKept = TimeSpan.FromDays(10) },
            }
        );
        var admin = await server.SignUpAsync("Ada Admin");
        var project = await admin.CreateProjectAsync("Demo");
        clock.Advance(TimeSpan.FromDays(9));
        (await admin.PatchAsync($"/v0/projects/{project}", new { name = "New" })).Expect(200);
        clock.Advance(TimeSpan.FromDays(2));

        await server.Part<AuditWorker>().TidyAsync(CancellationToken.None);

        var entry = Assert.Single(await ListAsync(admin, "/v0/server/audit"))!;
        Assert.Equal("PATCH /v0/projects/{project}", (string)entry["action"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_entry_survives_the_deletion_of_its_organization(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        (await admin.PostAsync("/v0/organizations", new { name = "Gone", slug = "gone" })).Expect(201);

        Assert.Equal(204, (await admin.DeleteAsync("/v0/organizations/gone")).Status);

        var entry = (await ListAsync(admin, "/v0/server/audit"))[0]!;
        Assert.Equal("/v0/organizations/gone", (string)entry["path"]!);
        Assert.StartsWith("DELETE ", (string)entry["action"]!, StringComparison.Ordinal);
    }

    private static async Task<JsonArray> ListAsync(Client client, string path) =>
        (await client.GetAsync(path)).Expect(200).AsArray();
}
