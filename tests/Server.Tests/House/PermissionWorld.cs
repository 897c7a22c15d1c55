using System.Text.Json.Nodes;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Registry;
using Paddock.Server.Tests.Results.Changes;

namespace Paddock.Server.Tests.House;

/// <summary>A kind of caller: its bearer token, and the name with which it signs in to the registry.</summary>
internal sealed record WalkCaller(string Kind, string? Token, string? Name = null);

/// <summary>The things of one project that appear in routes.</summary>
internal sealed record WalkProject(
    string Slug,
    bool IsPublic,
    IReadOnlyDictionary<string, string> Things,
    string PerfQuery
);

/// <summary>A server with a public and a private project of one organization, and a caller of every kind.</summary>
internal sealed class PermissionWorld
{
    public required TestServer Server { get; init; }
    public required TestUser Admin { get; init; }
    public required TestUser Leader { get; init; }
    public required IReadOnlyList<WalkCaller> Callers { get; init; }
    public required WalkProject Public { get; init; }
    public required WalkProject Private { get; init; }
    public required IReadOnlyDictionary<string, string> Things { get; init; }
    public required IReadOnlyList<(Guid User, string Role)> Roles { get; init; }

    private static readonly byte[] Config = "{}"u8.ToArray();
    private static readonly byte[] Layer = Repository.Content(100, seed: 7);

    /// <summary>An image with one layer, tagged v1 in both projects.</summary>
    public static byte[] Manifest { get; } = Repository.Manifest([Config, Layer]);

    public static string Blob { get; } = Repository.Sha256(Layer);

    public const string Organization = "olive-owner";

    public static async Task<PermissionWorld> MakeAsync(TestServer server)
    {
        var jobs = await JobWorld.MakeAsync(server);
        var (runner, runnerKey) = await jobs.CreateRunnerAsync("Runner One");
        var leader = await server.SignUpAsync("Olive Owner");
        var stranger = await server.SignUpAsync("Eve Outsider");
        var (viewer, developer, maintainer) = (
            await server.SignUpAsync("Vic Viewer"),
            await server.SignUpAsync("Dan Developer"),
            await server.SignUpAsync("May Maintainer")
        );
        var locked = await server.SignUpAsync("Lou Locked");
        (await jobs.Admin.PatchAsync("/v0/users/lou-locked", new { locked = true })).Expect(200);
        (Guid, string)[] roles =
        [
            (viewer.Uuid, "viewer"),
            (developer.Uuid, "developer"),
            (maintainer.Uuid, "maintainer"),
            (locked.Uuid, "maintainer"),
        ];

        var projects = new List<WalkProject>();
        foreach (var visibility in (string[])["public", "private"])
            projects.Add(await ProjectAsync(server, jobs, leader, visibility, roles));
        await stranger.CreateProjectAsync("Elsewhere");
        var userKey = (await leader.PostAsync($"/v0/users/{leader.Slug}/keys", new { name = "Walk" })).Expect(201);
        var projectKey = await ProjectKeyAsync(leader, projects[1].Slug);
        var foreignKey = await ProjectKeyAsync(stranger, "elsewhere");
        WalkCaller[] callers =
        [
            new("anonymous", Token: null),
            new("outsider", stranger.Token, stranger.Email),
            new("viewer", viewer.Token, viewer.Email),
            new("developer", developer.Token, developer.Email),
            new("maintainer", maintainer.Token, maintainer.Email),
            new("leader", leader.Token, leader.Email),
            new("leader's key", (string)userKey["key"]!, leader.Email),
            new("own project's key", projectKey, projects[1].Slug),
            new("other project's key", foreignKey, "elsewhere"),
            new("organization's key", await ApiKeyAsync(leader, Organization, [.. ApiScopes.All]), "key"),
            new("its key without scopes here", await ApiKeyAsync(leader, Organization, ["agents:write"]), "key"),
            new("other organization's key", await ApiKeyAsync(stranger, "eve-outsider", [.. ApiScopes.All]), "key"),
            new("runner's key", runnerKey, "runner"),
            new("locked", locked.Token, locked.Email),
            new("admin", jobs.Admin.Token, jobs.Admin.Email),
        ];
        return new()
        {
            Server = server,
            Admin = jobs.Admin,
            Leader = leader,
            Callers = callers,
            Roles = roles,
            Public = projects[0],
            Private = projects[1],
            Things = new Dictionary<string, string>
            {
                ["organization"] = Organization,
                ["slug"] = Organization,
                ["user"] = leader.Slug,
                ["spec"] = jobs.Spec,
                ["runner"] = runner,
                ["userKey"] = (string)userKey["uuid"]!,
                ["permission"] = "view",
                ["hash"] = "0",
                ["id"] = "999999",
            },
        };
    }

    /// <summary>Creates a project that the caller may delete, with the same roles.</summary>
    public async Task<string> DoomedAsync(bool isPublic)
    {
        var made = (
            await Leader.PostAsync(
                $"/v0/organizations/{Organization}/projects",
                new { name = $"Doomed {Guid.NewGuid()}", visibility = isPublic ? "public" : "private" }
            )
        ).Expect(201);
        await GrantAsync(Server, (Guid)made["uuid"]!, Roles);
        return (string)made["slug"]!;
    }

    private static async Task<WalkProject> ProjectAsync(
        TestServer server,
        JobWorld jobs,
        TestUser leader,
        string visibility,
        (Guid, string)[] roles
    )
    {
        var made = (
            await leader.PostAsync(
                $"/v0/organizations/{Organization}/projects",
                new { name = $"Walk {visibility}", visibility }
            )
        ).Expect(201);
        var slug = (string)made["slug"]!;
        await GrantAsync(server, (Guid)made["uuid"]!, roles);
        var root = $"/v0/projects/{slug}";
        var story = new Story(leader, slug);
        await story.RunAsync(30, 100, thresholds: Run.UpperThreshold("static", 200));
        var report = await story.RunAsync(20, 300);
        (await jobs.Admin.PostAsync("/v0/run", jobs.Run(project: slug))).Expect(201);
        var one = report["results"]![0]![0]!;
        var things = new Dictionary<string, string>
        {
            ["project"] = slug,
            ["name"] = slug,
            ["report"] = (string)report["uuid"]!,
            ["branch"] = (string)report["branch"]!["slug"]!,
            ["testbed"] = (string)report["testbed"]!["slug"]!,
            ["benchmark"] = (string)one["benchmark"]!["slug"]!,
            ["measure"] = (string)one["measures"]![0]!["measure"]!["slug"]!,
            ["metric"] = (string)one["measures"]![0]!["metric"]!["uuid"]!,
            ["threshold"] = await FirstAsync(leader, root + "/thresholds"),
            ["alert"] = await FirstAsync(leader, root + "/alerts"),
            ["change"] = await FirstAsync(leader, root + "/changes"),
            ["job"] = await FirstAsync(leader, root + "/jobs"),
        };
        string[] lists =
        [
            (string)report["branch"]!["uuid"]!,
            (string)report["testbed"]!["uuid"]!,
            (string)one["benchmark"]!["uuid"]!,
            (string)one["measures"]![0]!["measure"]!["uuid"]!,
        ];
        things["plot"] = (string)
            (
                await leader.PostAsync(
                    root + "/plots",
                    new
                    {
                        title = "Walk",
                        lower_value = false,
                        upper_value = false,
                        lower_boundary = false,
                        upper_boundary = false,
                        x_axis = "version",
                        window = 86_400,
                        branches = new[] { lists[0] },
                        testbeds = new[] { lists[1] },
                        benchmarks = new[] { lists[2] },
                        measures = new[] { lists[3] },
                    }
                )
            ).Expect(201)["uuid"]!;
        things["projectKey"] = (string)
            (await leader.PostAsync(root + "/keys", new { name = "Listed" })).Expect(201)["uuid"]!;
        using var repository = await Repository.OpenAsync(leader, slug);
        await repository.PushBlobAsync(Config);
        await repository.PushBlobAsync(Layer);
        (await repository.SendAsync("PUT", "manifests/v1", Manifest, Repository.ManifestType)).Expect(201);
        return new(
            slug,
            visibility == "public",
            things,
            $"branches={lists[0]}&testbeds={lists[1]}&benchmarks={lists[2]}&measures={lists[3]}"
        );
    }

    private static Task GrantAsync(TestServer server, Guid project, IReadOnlyList<(Guid User, string Role)> roles) =>
        server.Database.WriteAsync(async sql =>
        {
            foreach (var (user, role) in roles)
                await sql.ExecuteAsync(
                    $"""
                    INSERT INTO project_roles (project_id, user_id, role, created, modified)
                    SELECT projects.id, users.id, {role}, projects.created, projects.created FROM projects, users WHERE projects.uuid = {project} AND users.uuid = {user}
                    """
                );
        });

    private static async Task<string> FirstAsync(Client client, string list) =>
        (await client.GetAsync(list)).Expect(200) is JsonArray { Count: > 0 } all
            ? (string)all[0]!["uuid"]!
            : throw new InvalidOperationException($"{list} is empty.");

    private static async Task<string> ProjectKeyAsync(TestUser user, string project) =>
        (string)(await user.PostAsync($"/v0/projects/{project}/keys", new { name = "Walk" })).Expect(201)["key"]!;

    private static async Task<string> ApiKeyAsync(TestUser user, string organization, string[] scopes) =>
        (string)
            (
                await user.PostAsync(
                    $"/v0/organizations/{organization}/api-keys",
                    new { name = $"Walk {scopes.Length}", scopes }
                )
            ).Expect(201)["key"]!;
}
