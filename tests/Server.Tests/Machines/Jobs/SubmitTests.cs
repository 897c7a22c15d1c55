using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>Submitting a run with a job: which runs are refused, and what an accepted run creates.</summary>
public sealed class SubmitTests
{
    [Theory, EveryDatabase]
    public async Task A_refused_job_leaves_nothing_behind(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var archived = await world.CreateSpecAsync("Old");
        (await world.Admin.PatchAsync($"/v0/specs/{archived}", new { archived = true })).Expect(200);
        var many = Enumerable.Repeat("x", 256).ToArray();
        (object Job, int Status, string Field)[] bad =
        [
            (new { image = "" }, 400, "job.image"),
            (new { }, 400, "image"),
            (new { image = "app@sha256:abc" }, 400, "job.image"),
            (new { image = "ghcr.io/acme/app:v1", spec = world.Spec }, 400, "job.image"),
            (new { image = "app:none", spec = world.Spec }, 400, "job.image"),
            (new { image = JobWorld.Image, spec = "unknown" }, 404, "spec"),
            (new { image = JobWorld.Image, spec = archived }, 404, "spec"),
            (new { image = JobWorld.Image }, 400, "job.spec"),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    timeout = 0,
                },
                400,
                "job.timeout"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    timeout = 2147483648L,
                },
                400,
                "timeout"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    cmd = many[..65],
                },
                400,
                "job.cmd"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    entrypoint = many[..65],
                },
                400,
                "job.entrypoint"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    file_paths = many,
                },
                400,
                "job.file_paths"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    env = Enumerable.Range(0, 256).ToDictionary(i => $"A{i}", _ => ""),
                },
                400,
                "job.env"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    env = new Dictionary<string, string> { ["A=B"] = "" },
                },
                400,
                "job.env"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    cmd = new[] { "a\0b" },
                },
                400,
                "job"
            ),
            (
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    iter = -1,
                },
                400,
                "iter"
            ),
        ];
        var before = await CountsAsync(server);
        foreach (var (job, status, field) in bad)
        {
            var reply = await world.Admin.PostAsync("/v0/run", world.Run(job, testbed: "new", hash: Run.Commit(1)));
            Assert.True(
                reply.Status == status && reply.Message.Contains(field, StringComparison.Ordinal),
                $"{System.Text.Json.JsonSerializer.Serialize(job)}: {reply.Status} {reply.Message}"
            );
        }
        Assert.Equal(before, await CountsAsync(server));

        static async Task<string> CountsAsync(TestServer server)
        {
            var counts = new List<long>();
            foreach (
                var table in new[]
                {
                    "projects",
                    "organizations",
                    "branches",
                    "heads",
                    "versions",
                    "testbeds",
                    "thresholds",
                    "reports",
                    "jobs",
                }
            )
                counts.Add(await server.CountAsync(table));
            return string.Join(' ', counts);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_job_uses_its_own_spec_then_its_testbeds_then_the_fallback(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var fallback = await world.CreateSpecAsync("Fallback", fallback: true);

        Assert.Equal(("box", world.Spec), await PlaceAsync(new { image = JobWorld.Image, spec = world.Spec }, "box"));
        // The testbed keeps the spec.
        Assert.Equal(("box", world.Spec), await PlaceAsync(new { image = JobWorld.Image }, "box"));
        Assert.Equal(("other", fallback), await PlaceAsync(new { image = JobWorld.Image }, "other"));
        Assert.Equal(
            ("fast-box", world.Spec),
            await PlaceAsync(new { image = JobWorld.Image, spec = world.Spec }, testbed: null)
        ); // Named after the spec.
        Assert.Equal(("fallback", fallback), await PlaceAsync(new { image = JobWorld.Image }, testbed: null));

        async Task<(string, string)> PlaceAsync(object job, string? testbed)
        {
            var body = world.Run(job, testbed: testbed ?? "-");
            if (testbed is null)
                body.Remove("testbed");
            var report = (await world.Admin.PostAsync("/v0/run", body)).Expect(201);
            return ((string)report["testbed"]!["slug"]!, (string)report["testbed"]!["spec"]!["slug"]!);
        }
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_runs_with_one_idempotency_key_create_one_job(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var body = world.Run();
        body["idempotency_key"] = Guid.NewGuid().ToString();

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => world.Admin.PostAsync("/v0/run", body.DeepClone()))
        );

        Assert.Single(replies.Select(reply => (string)reply.Expect(201)["job"]!).Distinct());
        Assert.Equal(1, await server.CountAsync("jobs"));
    }

    [Theory, EveryDatabase]
    public async Task The_image_name_selects_the_project_when_the_run_names_none(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var other = await world.Admin.CreateProjectAsync("Second");
        var key = (string)
            (await world.Admin.PostAsync($"/v0/projects/{world.Project}/keys", new { name = "ci" })).Expect(201)[
                "key"
            ]!;
        using var ci = server.With(key);

        Assert.Equal(world.Project, await ProjectAsync(world.Admin, "app", 201));
        Assert.Equal(other, await ProjectAsync(world.Admin, "second", 201));
        // With a project key, an image name that matches no project is ignored.
        Assert.Equal(world.Project, await ProjectAsync(ci, "nowhere", 201));
        await ProjectAsync(ci, "second", 401);
        await ProjectAsync(world.Admin, "nowhere", 400);

        async Task<string?> ProjectAsync(Client client, string image, int status)
        {
            var body = world.Run(new { image = $"{image}@{JobWorld.Digest}", spec = world.Spec });
            body.Remove("project");
            var reply = await client.PostAsync("/v0/run", body);
            Assert.True(reply.Status == status, $"{image}: {reply.Status} {reply.Text}");
            return (string?)reply.Json["project"]?["slug"];
        }
    }

    [Theory, EveryDatabase]
    public async Task An_organization_has_a_limited_number_of_waiting_jobs(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Jobs = options.Jobs with { WaitingMax = 2 },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        var first = await world.SubmitAsync();
        for (var i = 0; i < 3; i++)
            // Only waiting jobs count.
            (await world.Admin.PostAsync($"{world.Jobs}/{await world.SubmitAsync()}/cancel", null)).Expect(200);
        await world.SubmitAsync();

        Assert.Equal(429, (await world.Admin.PostAsync("/v0/run", world.Run())).Status);
        (await world.Admin.PostAsync($"{world.Jobs}/{first}/cancel", null)).Expect(200);
        await world.SubmitAsync();
    }

    [Theory, EveryDatabase]
    public async Task A_timeout_is_limited_to_the_configured_maximum(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Jobs = options.Jobs with { TimeoutStandard = 50, TimeoutMax = 100 },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        foreach (var (asked, given) in new (int?, int)[] { (null, 50), (70, 70), (101, 100) })
        {
            var job = new JsonObject { ["image"] = JobWorld.Image, ["spec"] = world.Spec };
            if (asked is not null)
                job["timeout"] = asked;
            Assert.Equal(given, (int)(await world.JobAsync(await world.SubmitAsync(job)))["config"]!["timeout"]!);
        }
    }
}
