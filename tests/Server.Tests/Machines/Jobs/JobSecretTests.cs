using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>
/// The environment values of a job can be read by the runner that executes it, but not by somebody who obtains the
/// database.
/// </summary>
public sealed class JobSecretTests
{
    [Theory, EveryDatabase]
    public async Task An_environment_is_stored_encrypted_and_erased_when_its_job_ends(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var job = new
        {
            image = JobWorld.Image,
            spec = world.Spec,
            env = new { TOKEN = "very-secret" },
        };
        string[] uuids = [await world.SubmitAsync(job), await world.SubmitAsync(job)];
        await using var runner = await world.ConnectAsync("Rig");
        var taken = await runner.TakeAsync();
        Assert.Equal("very-secret", (string)taken["config"]!["env"]!["TOKEN"]!);
        var stored = await StoredAsync(server.Database);
        Assert.All(stored, row =>
            Assert.DoesNotContain("very-secret", row.Config + row.Secrets, StringComparison.Ordinal)
        );
        // The variable's name is stored unencrypted, because it is useful to members.
        Assert.All(stored, row => Assert.Contains("TOKEN", row.Config, StringComparison.Ordinal));
        Assert.All(stored, row => Assert.NotNull(row.Secrets));

        await runner.AskAsync(new { @event = "running" }, "ack");
        await runner.AskAsync(
            new
            {
                @event = "failed",
                job = uuids[0],
                results = Array.Empty<object>(),
                error = "no",
            },
            "ack"
        );
        (await world.Admin.PostAsync($"{world.Jobs}/{uuids[1]}/cancel", new { })).Expect(200);
        Assert.All(await StoredAsync(server.Database), row => Assert.Null(row.Secrets));
    }

    [Theory, EveryDatabase]
    public async Task An_environment_stored_unencrypted_by_an_older_version_is_encrypted_or_erased(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        foreach (var _ in new int[2])
            await world.SubmitAsync(
                new
                {
                    image = JobWorld.Image,
                    spec = world.Spec,
                    env = new { TOKEN = "masked" },
                }
            );
        var stored = await StoredAsync(server.Database);
        var clear = stored[0].Config.Replace(JobSecrets.Masked, "very-secret", StringComparison.Ordinal);
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync($"UPDATE jobs SET config = {clear}, secrets = NULL, sealed = 0");
            await sql.ExecuteAsync($"UPDATE jobs SET status = 'failed' WHERE id = {stored[0].Id}");
        });

        var secrets = server.Part<JobSecrets>();
        while (await secrets.SealOldAsync(server.Database)) { }

        stored = await StoredAsync(server.Database);
        Assert.All(stored, row =>
            Assert.DoesNotContain("very-secret", row.Config + row.Secrets, StringComparison.Ordinal)
        );
        Assert.Equal((true, false), (stored[0].Secrets is null, stored[1].Secrets is null));
        await using var runner = await world.ConnectAsync("Rig");
        Assert.Equal("very-secret", (string)(await runner.TakeAsync())["config"]!["env"]!["TOKEN"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_jobs_timeout_is_limited_by_its_spec(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        (await world.Admin.PatchAsync($"/v0/specs/{world.Spec}", new { timeout_max = 90 })).Expect(200);
        await world.SubmitAsync(
            new
            {
                image = JobWorld.Image,
                spec = world.Spec,
                timeout = int.MaxValue,
            }
        );
        await using var runner = await world.ConnectAsync("Rig");
        JsonNode job = await runner.TakeAsync();
        Assert.Equal((90, 90), ((int)job["timeout"]!, (int)job["config"]!["timeout"]!));
        Assert.False(job["spec"]!.AsObject().ContainsKey("counters"));
    }

    private static Task<List<(long Id, string Config, string? Secrets)>> StoredAsync(Db db) =>
        db.ReadAsync(
            sql =>
                sql.ListAsync($"SELECT id, config, secrets FROM jobs ORDER BY id", row =>
                    (row.Long(), row.Text(), row.TextOrNull())
                ),
            CancellationToken.None
        );
}
