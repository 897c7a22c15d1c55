using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Runners;

/// <summary>The endpoints of runners and jobs refuse callers who may not use them.</summary>
public sealed class RunnerAccessTests
{
    [Theory, EveryDatabase]
    public async Task Only_administrators_may_reach_runners_and_the_list_of_all_jobs(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var outsider = await server.SignUpAsync("Olaf Outsider");
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        var projectKey = (string)
            (await world.Admin.PostAsync($"/v0/projects/{world.Project}/keys", new { name = "ci" })).Expect(201)[
                "key"
            ]!;
        (HttpMethod Method, string Path, object? Body)[] routes =
        [
            (HttpMethod.Get, "/v0/runners", null),
            (HttpMethod.Post, "/v0/runners", new { name = "Mine" }),
            (HttpMethod.Get, $"/v0/runners/{rig}", null),
            (HttpMethod.Patch, $"/v0/runners/{rig}", new { drain = "mine" }),
            (HttpMethod.Post, $"/v0/runners/{rig}/key", null),
            (HttpMethod.Get, $"/v0/runners/{rig}/specs", null),
            (HttpMethod.Post, $"/v0/runners/{rig}/specs", new { spec = world.Spec }),
            (HttpMethod.Delete, $"/v0/runners/{rig}/specs/{world.Spec}", null),
            (HttpMethod.Delete, $"/v0/runners/{rig}", null),
            (HttpMethod.Get, "/v0/jobs", null),
        ];
        foreach (var (method, path, body) in routes)
        {
            Assert.Equal((path, 400), (path, (await server.SendAsync(method, path, body)).Status));
            Assert.Equal((path, 403), (path, (await outsider.SendAsync(method, path, body)).Status));
            using var runner = server.With(key);
            Assert.Equal((path, 400), (path, (await runner.SendAsync(method, path, body)).Status));
            using var ci = server.With(projectKey);
            Assert.Equal((path, 400), (path, (await ci.SendAsync(method, path, body)).Status));
        }
        var untouched = (await world.Admin.GetAsync($"/v0/runners/{rig}")).Expect(200);
        Assert.Null(untouched["drain"]);
        Assert.Equal("offline", (string)untouched["state"]!);
        // The administrator may do all of it; a runner without jobs can be deleted.
        Assert.Equal(204, (await world.Admin.DeleteAsync($"/v0/runners/{rig}")).Status);
        Assert.Equal(404, (await world.Admin.GetAsync($"/v0/runners/{rig}")).Status);
    }

    [Theory, EveryDatabase("public"), EveryDatabase("private")]
    public async Task Jobs_are_visible_to_viewers_of_the_project_and_canceled_only_by_its_editors(
        Engine engine,
        string visibility
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        (await world.Admin.PatchAsync($"/v0/projects/{world.Project}", new { visibility })).Expect(200);
        var outsider = await server.SignUpAsync("Olaf Outsider");
        var foreign = await outsider.CreateProjectAsync("Foreign");
        using var own = server.With(
            (string)
                (await world.Admin.PostAsync($"/v0/projects/{world.Project}/keys", new { name = "ci" })).Expect(201)[
                    "key"
                ]!
        );
        using var other = server.With(
            (string)(await outsider.PostAsync($"/v0/projects/{foreign}/keys", new { name = "ci" })).Expect(201)["key"]!
        );
        var uuid = await world.SubmitAsync();
        await using (var runner = await world.ConnectAsync("Rig"))
        {
            await runner.TakeAsync();
            await runner.AskAsync(
                new
                {
                    @event = "failed",
                    job = uuid,
                    results = Array.Empty<object>(),
                    error = "no",
                },
                "ack"
            );
        }
        var waits = await world.SubmitAsync();
        var isPublic = visibility == "public";
        foreach (var path in new[] { world.Jobs, $"{world.Jobs}/{uuid}", $"{world.Jobs}/{uuid}/events" })
        {
            Assert.Equal(isPublic ? 200 : 404, (await server.GetAsync(path)).Status);
            Assert.Equal(isPublic ? 200 : 404, (await outsider.GetAsync(path)).Status);
            Assert.Equal(isPublic ? 403 : 404, (await other.GetAsync(path)).Status);
            Assert.Equal(200, (await own.GetAsync(path)).Status);
        }
        Assert.Equal(isPublic ? 401 : 404, (await server.PostAsync($"{world.Jobs}/{waits}/cancel", null)).Status);
        Assert.Equal(isPublic ? 403 : 404, (await outsider.PostAsync($"{world.Jobs}/{waits}/cancel", null)).Status);
        Assert.Equal(isPublic ? 403 : 404, (await other.PostAsync($"{world.Jobs}/{waits}/cancel", null)).Status);
        Assert.Equal(404, (await outsider.PostAsync($"/v0/projects/{foreign}/jobs/{waits}/cancel", null)).Status);
        Assert.Equal("pending", await world.StatusAsync(waits));
        // The output is for signed-in users, the configuration for members.
        Assert.NotNull((await world.Admin.GetAsync($"{world.Jobs}/{uuid}")).Json["config"]);
        Assert.NotNull((await own.GetAsync($"{world.Jobs}/{uuid}")).Json["output"]);
        if (isPublic)
        {
            Assert.Null((await server.GetAsync($"{world.Jobs}/{uuid}")).Json["output"]);
            var theirs = (await outsider.GetAsync($"{world.Jobs}/{uuid}")).Json;
            Assert.NotNull(theirs["output"]);
            Assert.Null(theirs["config"]);
        }
        Assert.Equal(200, (await own.PostAsync($"{world.Jobs}/{waits}/cancel", null)).Status);
        Assert.Equal(2, (await world.Admin.GetAsync("/v0/jobs")).TotalCount);
        Assert.Equal(1, (await world.Admin.GetAsync("/v0/jobs?status=canceled")).TotalCount);
    }
}
