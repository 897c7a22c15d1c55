using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;
using Paddock.Server.Tests.Machines.Fleet;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Access;

/// <summary>
/// Credentials and things that are deleted, archived, locked, revoked or expired give no access, neither to new
/// requests nor through open streams and channels.
/// </summary>
public sealed class EndedThingsTests
{
    [Theory, EveryDatabase]
    public async Task Keys_and_runners_of_a_deleted_organization_lose_access(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        using var events = await EventReader.OpenAsync(world.OtherKey, "/runners/events");
        using var ours = await EventReader.OpenAsync(world.Key, "/runners/events");
        Assert.Equal("runners", (await events.NextAsync())!.Value.Name);
        var project = world.Server.With(
            (string)(await world.Other.PostAsync("/v0/projects/tool/keys", new { name = "CI" })).Expect(201)["key"]!
        );
        await using var runner = await world.ConnectAsync(world.Theirs);

        Assert.Equal(204, (await world.Other.DeleteAsync("/v0/organizations/bob-other")).Status);

        foreach (
            var path in new[]
            {
                "/runners",
                "/runners/available",
                $"/runners/{world.Shared.Id}",
                "/pods",
                "/runners/events",
            }
        )
            Assert.Equal(401, (await world.OtherKey.GetAsync(path)).Status);
        Assert.Equal(401, (await world.OtherKey.GetAsync("/v0/projects")).Status);
        Assert.Equal(401, (await project.GetAsync("/v0/projects")).Status);
        while (await events.NextAsync() is not null) { } // The stream ends.
        Assert.Equal("runners", (await ours.NextAsync())!.Value.Name); // Other streams continue.
        await runner.ReceiveEndAsync();
        Assert.Equal(
            409,
            (
                await TestRunner.TryConnectAsync(
                    world.Server.Address,
                    world.Theirs.Uuid,
                    $"Bearer {world.Theirs.Secret}"
                )
            ).Status
        );
        Assert.Equal(
            0,
            await world.Server.CountAsync(
                "api_keys JOIN organizations ON organizations.id = api_keys.organization_id WHERE "
                    + "organizations.deleted IS NOT NULL AND api_keys.revoked IS NULL"
            )
        );
        (await world.Key.GetAsync("/runners")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_removed_member_loses_access_to_the_projects_that_they_created(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (bob, carl) = (await server.SignUpAsync("Bob Builder"), await server.SignUpAsync("Carl Creator"));
        (
            await carl.PostAsync(
                "/v0/auth/accept",
                new { invite = await server.InviteAsync(bob, bob.Slug, carl.Email) }
            )
        ).Expect(202);
        (
            await carl.PostAsync(
                $"/v0/organizations/{bob.Slug}/projects",
                new
                {
                    name = "Secret Lair",
                    slug = "made",
                    visibility = "private",
                }
            )
        ).Expect(201);
        (await carl.GetAsync("/v0/projects/made")).Expect(200);

        Assert.Equal(204, (await bob.DeleteAsync($"/v0/organizations/{bob.Slug}/members/carl-creator")).Status);

        (await carl.GetAsync("/v0/projects/made")).Expect(404);
        (await carl.PatchAsync("/v0/projects/made", new { visibility = "public" })).Expect(404);
        (await carl.GetAsync("/v0/projects/made/reports")).Expect(404);
        (await carl.PostAsync("/v0/projects/made/keys", new { name = "CI" })).Expect(404);
        Assert.DoesNotContain(
            "made",
            (await carl.GetAsync("/v0/projects")).Expect(200).ToJsonString(),
            StringComparison.Ordinal
        );
        using (var pages = await PageReader.SignInAsync(server, carl.Token))
            foreach (var page in (string[])["/", "/perf"])
                Assert.DoesNotContain("Secret Lair", (await pages.GetAsync(page)).Text, StringComparison.Ordinal);
        Assert.InRange(
            (await carl.PostAsync("/v0/run", new Run("made", Run.Latencies(("a", 1))).ToJson())).Status,
            400,
            499
        );
        Assert.False((bool)(await carl.GetAsync("/v0/projects/made/allowed/view")).Expect(200)["allowed"]!);
        (await bob.GetAsync("/v0/projects/made")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task An_event_stream_ends_when_its_reader_loses_access(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var bob = await server.SignUpAsync("Bob Builder");
        (await world.Admin.PatchAsync($"/v0/projects/{world.Project}", new { visibility = "private" })).Expect(200);
        (
            await bob.PostAsync(
                "/v0/auth/accept",
                new { invite = await server.InviteAsync(world.Admin, world.Admin.Slug, bob.Email) }
            )
        ).Expect(202);
        var key = (await world.Admin.PostAsync($"/v0/projects/{world.Project}/keys", new { name = "CI" })).Expect(201);
        var job = await world.SubmitAsync();
        using var member = await EventReader.OpenAsync(bob, $"{world.Jobs}/events");
        using var keys = await EventReader.OpenAsync(server.With((string)key["key"]!), $"{world.Jobs}/events");
        using var one = await EventReader.OpenAsync(bob, $"{world.Jobs}/{job}/events");
        using var leader = await EventReader.OpenAsync(world.Admin, $"{world.Jobs}/events");
        Assert.Equal("job", (await one.NextAsync())!.Value.Name);

        Assert.Equal(
            204,
            (await world.Admin.DeleteAsync($"/v0/organizations/{world.Admin.Slug}/members/bob-builder")).Status
        );
        Assert.Equal(
            204,
            (await world.Admin.DeleteAsync($"/v0/projects/{world.Project}/keys/{(string)key["uuid"]!}")).Status
        );
        clock.Advance(TimeSpan.FromSeconds(15));
        await using var runner = await world.ConnectAsync("Rig");
        await runner.TakeAsync();

        Assert.Null(await member.NextAsync());
        Assert.Null(await keys.NextAsync());
        Assert.Null(await one.NextAsync());
        Assert.Equal("job", (await leader.NextAsync())!.Value.Name);
    }

    [Theory, EveryDatabase]
    public async Task A_job_submitted_while_its_project_was_being_deleted_is_never_claimed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        await world.SubmitAsync();
        await server.Database.WriteAsync(sql => sql.ExecuteAsync($"UPDATE projects SET deleted = 1"));
        await using var runner = await world.ConnectAsync("Rig");

        await runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job");
    }

    [Theory, EveryDatabase]
    public async Task A_locked_user_cannot_finish_an_upload(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var olive = await server.SignUpAsync("Olive Owner");
        using var hers = await Repository.OpenAsync(olive, "hers");
        await hers.PushImageAsync("v1");
        using var nobody = new Repository(server.Address, "hers", token: null); // As clients continue: without a token.
        var content = Repository.Content(1000, seed: 7);
        var (upload, second) = (await hers.BeginAsync(), await hers.BeginAsync());
        (await nobody.SendAsync("PATCH", upload, content)).Expect(202);

        (await ada.PatchAsync($"/v0/users/{olive.Slug}", new { locked = true })).Expect(200);

        (await nobody.SendAsync("GET", upload)).Expect(401, "UNAUTHORIZED");
        (await nobody.SendAsync("PATCH", second, content)).Expect(401, "UNAUTHORIZED");
        (await nobody.SendAsync("PUT", $"{upload}?digest={Repository.Sha256(content)}")).Expect(401, "UNAUTHORIZED");
        (await ada.PatchAsync($"/v0/users/{olive.Slug}", new { locked = false })).Expect(200);
        (await hers.SendAsync("HEAD", $"blobs/{Repository.Sha256(content)}")).Expect(404);
    }

    [Theory, EveryDatabase]
    public async Task Registry_tokens_and_uploads_end_when_the_key_behind_them_is_revoked(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var olive = await server.SignUpAsync("Olive Owner");
        await olive.CreateProjectAsync("Hers");
        var userKey = (await olive.PostAsync($"/v0/users/{olive.Slug}/keys", new { name = "Laptop" })).Expect(201);
        var projectKey = (await olive.PostAsync("/v0/projects/hers/keys", new { name = "CI" })).Expect(201);
        using var byUser = await Repository.OpenAsync(server.Address, "hers", olive.Email, (string)userKey["key"]!);
        using var byProject = await Repository.OpenAsync(server.Address, "hers", "hers", (string)projectKey["key"]!);
        using var bySession = await Repository.OpenAsync(olive, "hers");
        await byUser.PushImageAsync("v1");
        var uploads = new[] { await byUser.BeginAsync(), await byProject.BeginAsync() };

        Assert.Equal(204, (await olive.DeleteAsync($"/v0/users/{olive.Slug}/keys/{(string)userKey["uuid"]!}")).Status);
        Assert.Equal(204, (await olive.DeleteAsync($"/v0/projects/hers/keys/{(string)projectKey["uuid"]!}")).Status);

        foreach (var repository in new[] { byUser, byProject })
        {
            (await repository.SendAsync("GET", "manifests/v1")).Expect(401, "UNAUTHORIZED");
            (await repository.SendAsync("POST", "blobs/uploads/")).Expect(401, "UNAUTHORIZED");
            (await repository.SendAsync("DELETE", "manifests/v1")).Expect(401, "UNAUTHORIZED");
        }
        foreach (var upload in uploads)
            (await bySession.SendAsync("PATCH", upload, [1])).Expect(401, "UNAUTHORIZED");
        (await bySession.SendAsync("GET", "manifests/v1")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_pull_token_ends_with_its_job_and_with_its_runner(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        using (var hers = await Repository.OpenAsync(world.Admin, world.Project))
            await hers.PushImageAsync("v1");
        var (name, key) = await world.CreateRunnerAsync("Rig");
        await using var runner = await TestRunner.ConnectAsync(server.Address, name, key);
        var project = (string)(await world.Admin.GetAsync($"/v0/projects/{world.Project}")).Expect(200)["uuid"]!;
        var job = await world.SubmitAsync(new { image = $"{world.Project}:v1", spec = world.Spec });
        await runner.TakeAsync();
        using var pull = new Repository(
            server.Address,
            project,
            server.Part<OciTokens>().ForRunner(Guid.Parse(project), Guid.Parse(name))
        );

        (await pull.SendAsync("GET", "manifests/v1")).Expect(200);
        (await world.Admin.PatchAsync($"/v0/runners/{name}", new { archived = true })).Expect(200);
        (await pull.SendAsync("GET", "manifests/v1")).Expect(401, "UNAUTHORIZED");
        (await world.Admin.PatchAsync($"/v0/runners/{name}", new { archived = false })).Expect(200);
        (await pull.SendAsync("GET", "manifests/v1")).Expect(200);
        (await world.Admin.PatchAsync($"/v0/projects/{world.Project}", new { visibility = "private" })).Expect(200);
        await server.Database.WriteAsync(sql => sql.ExecuteAsync($"UPDATE runner_slots SET job_id = NULL"));
        (await pull.SendAsync("GET", "manifests/v1")).Expect(404, "NAME_UNKNOWN"); // As if it did not exist.
        Assert.NotEmpty(job);
    }
}
