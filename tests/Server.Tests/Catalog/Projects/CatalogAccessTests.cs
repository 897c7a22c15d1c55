using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.Catalog.Projects;

/// <summary>Which callers may use each route of a project's catalog.</summary>
public sealed class CatalogAccessTests
{
    [Theory, EveryDatabase("public"), EveryDatabase("private")]
    public async Task Outsiders_may_read_public_projects_and_change_none(Engine engine, string visibility)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await World.MakeAsync(server, visibility);
        var isPublic = visibility == "public";
        foreach (var route in world.Routes)
        {
            var reads = route.Method == HttpMethod.Get;
            await World.ExpectAsync(
                world.Outsider,
                route,
                reads && isPublic ? 200
                    : isPublic ? 403
                    : 404
            );
            await World.ExpectAsync(
                server,
                route,
                route.UsersOnly ? 400
                    : reads && isPublic ? 200
                    : isPublic ? 401
                    : 404
            );
            await World.ExpectAsync(
                world.ForeignKey,
                route,
                route.UsersOnly ? 400
                    : isPublic ? 403
                    : 404
            );
        }
        // Nothing was changed.
        foreach (var route in world.Routes.Where(route => route.Method == HttpMethod.Get))
            await World.ExpectAsync(world.Owner, route, 200);
    }

    [Theory, EveryDatabase]
    public async Task Project_keys_may_do_everything_except_delete_rename_and_pin_plots(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await World.MakeAsync(server, "private");
        foreach (var route in world.Routes.Where(route => !route.Renames))
        {
            await World.ExpectAsync(
                world.Key,
                route,
                route.UsersOnly ? 400
                    : route.Method == HttpMethod.Post ? 201
                    : 200
            );
        }
        foreach (var route in world.Routes.Where(route => route.Renames))
            await World.ExpectAsync(world.Key, route, 403);
    }

    [Theory, EveryDatabase]
    public async Task The_owner_may_use_every_route(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await World.MakeAsync(server, "private");
        foreach (var route in world.Routes)
            await World.ExpectAsync(
                world.Owner,
                route,
                route.Method == HttpMethod.Post ? 201
                    : route.Method == HttpMethod.Delete ? 204
                    : 200
            );
    }

    [Theory, EveryDatabase]
    public async Task A_deleted_projects_routes_answer_404(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await World.MakeAsync(server, "public");
        Assert.Equal(204, (await world.Owner.DeleteAsync(world.Path)).Status);

        foreach (var route in world.Routes)
            await World.ExpectAsync(world.Owner, route, 404);
    }

    [Theory, EveryDatabase]
    public async Task Only_administrators_may_reach_specs(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await World.MakeAsync(server, "public");
        var spec = new
        {
            name = "Quiet",
            os = "linux",
            architecture = "x86_64",
            cpu = 2,
            memory = 1 << 30,
            disk = 1 << 30,
        };
        var uuid = (string)(await world.Owner.PostAsync("/v0/specs", spec)).Expect(201)["uuid"]!;
        (HttpMethod Method, string Path, object? Body)[] routes =
        [
            (HttpMethod.Get, "/v0/specs", null),
            (HttpMethod.Post, "/v0/specs", spec),
            (HttpMethod.Get, $"/v0/specs/{uuid}", null),
            (HttpMethod.Patch, $"/v0/specs/{uuid}", new { name = "Loud" }),
            (HttpMethod.Delete, $"/v0/specs/{uuid}", null),
        ];
        foreach (var (method, path, body) in routes)
        {
            Assert.Equal(403, (await world.Outsider.SendAsync(method, path, body)).Status);
            Assert.Equal(400, (await server.SendAsync(method, path, body)).Status);
            Assert.Equal(400, (await world.Key.SendAsync(method, path, body)).Status);
        }
        Assert.Equal(1, (await world.Owner.GetAsync("/v0/specs")).TotalCount);
    }

    private sealed record Route(
        HttpMethod Method,
        string Path,
        object? Body = null,
        bool UsersOnly = false,
        bool Renames = false
    );

    /// <summary>
    /// A project with one thing of each kind, its owner, its key, an outsider, and the key of the outsider's project.
    /// </summary>
    private sealed record World(
        string Path,
        TestUser Owner,
        Client Key,
        TestUser Outsider,
        Client ForeignKey,
        IReadOnlyList<Route> Routes
    )
    {
        public static async Task<World> MakeAsync(TestServer server, string visibility)
        {
            var owner = await server.SignUpAsync("Olga Owner");
            var outsider = await server.SignUpAsync("Otto Outsider");
            await outsider.CreateProjectAsync("Other");
            (
                await owner.PostAsync($"/v0/organizations/{owner.Slug}/projects", new { name = "Demo", visibility })
            ).Expect(201);
            var report = await owner.RunAsync(
                new("demo", Run.Latencies(("bench", 1)), Run.Latencies(("bench", 9)))
                {
                    Thresholds = Run.UpperThreshold("static", 5),
                }
            );
            const string path = "/v0/projects/demo";
            return new(
                path,
                owner,
                server.With(await KeyAsync(owner, "demo")),
                outsider,
                server.With(await KeyAsync(outsider, "other")),
                await RoutesAsync(owner, path, report)
            );
        }

        public static async Task ExpectAsync(Client caller, Route route, int status)
        {
            var reply = await caller.SendAsync(route.Method, route.Path, route.Body);
            Assert.True(
                reply.Status == status,
                $"{reply.Request} should answer {status}, and answered {reply.Status}: {reply.Text}"
            );
        }

        private static async Task<string> KeyAsync(TestUser owner, string project) =>
            (string)(await owner.PostAsync($"/v0/projects/{project}/keys", new { name = "ci" })).Expect(201)["key"]!;

        private static async Task<List<Route>> RoutesAsync(TestUser owner, string path, JsonNode report)
        {
            var (branch, testbed) = ((string)report["branch"]!["uuid"]!, (string)report["testbed"]!["uuid"]!);
            var (benchmark, measure) = (
                (string)report["results"]![0]![0]!["benchmark"]!["uuid"]!,
                (string)report["results"]![0]![0]!["measures"]![0]!["measure"]!["uuid"]!
            );
            var alert = (string)report["alerts"]![0]!["uuid"]!;
            foreach (var noun in (string[])["testbeds", "benchmarks", "measures"])
                (await owner.PostAsync($"{path}/{noun}", new { name = "spare", units = "units" })).Expect(201);
            var threshold = (string)
                (await owner.PostAsync($"{path}/thresholds", Threshold(branch, "spare"))).Expect(201)["uuid"]!;
            await owner.PostAsync($"{path}/branches", new { name = "pr" });
            var plot = new
            {
                lower_value = false,
                upper_value = false,
                lower_boundary = false,
                upper_boundary = true,
                x_axis = "version",
                window = 3600,
                branches = new[] { branch },
                testbeds = new[] { testbed },
                benchmarks = new[] { benchmark },
                measures = new[] { measure },
            };
            var plotUuid = (string)(await owner.PostAsync($"{path}/plots", plot)).Expect(201)["uuid"]!;
            List<Route> routes = [];
            foreach (var noun in (string[])["testbeds", "benchmarks", "measures"])
            {
                routes.Add(new(HttpMethod.Get, $"{path}/{noun}"));
                routes.Add(new(HttpMethod.Get, $"{path}/{noun}/spare"));
                routes.Add(new(HttpMethod.Post, $"{path}/{noun}", new { name = "another", units = "units" }));
                routes.Add(new(HttpMethod.Patch, $"{path}/{noun}/spare", new { archived = true }));
                routes.Add(new(HttpMethod.Patch, $"{path}/{noun}/spare", new { name = "renamed" }, Renames: true));
                routes.Add(new(HttpMethod.Patch, $"{path}/{noun}/another", new { slug = "other-slug" }, Renames: true));
            }
            routes.Add(new(HttpMethod.Get, $"{path}/thresholds"));
            routes.Add(new(HttpMethod.Get, $"{path}/thresholds/{threshold}"));
            routes.Add(new(HttpMethod.Post, $"{path}/thresholds", Threshold("pr", testbed)));
            routes.Add(
                new(HttpMethod.Put, $"{path}/thresholds/{threshold}", new { test = "static", upper_boundary = 9 })
            );
            routes.Add(new(HttpMethod.Get, $"{path}/alerts"));
            routes.Add(new(HttpMethod.Get, $"{path}/alerts/{alert}"));
            routes.Add(new(HttpMethod.Patch, $"{path}/alerts/{alert}", new { status = "dismissed" }));
            routes.Add(new(HttpMethod.Get, $"{path}/plots"));
            routes.Add(new(HttpMethod.Get, $"{path}/plots/{plotUuid}"));
            routes.Add(new(HttpMethod.Post, $"{path}/plots", plot, UsersOnly: true));
            routes.Add(new(HttpMethod.Patch, $"{path}/plots/{plotUuid}", new { title = "Ours" }, UsersOnly: true));
            routes.Add(new(HttpMethod.Delete, $"{path}/plots/{plotUuid}", UsersOnly: true));
            routes.Add(new(HttpMethod.Delete, $"{path}/thresholds/{threshold}", UsersOnly: true));
            foreach (var noun in (string[])["testbeds", "benchmarks", "measures"])
                routes.Add(new(HttpMethod.Delete, $"{path}/{noun}/spare", UsersOnly: true));
            return routes;

            object Threshold(string branchId, string testbedId) =>
                new
                {
                    branch = branchId,
                    testbed = testbedId,
                    measure,
                    test = "static",
                    upper_boundary = 7,
                };
        }
    }
}
