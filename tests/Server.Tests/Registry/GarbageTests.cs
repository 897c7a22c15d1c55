using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;

namespace Paddock.Server.Tests.Registry;

/// <summary>Which blobs, manifests and uploads garbage collection removes, and which it keeps.</summary>
public sealed class GarbageTests
{
    private static readonly TimeSpan Later = TimeSpan.FromDays(2);

    [Theory, EveryDatabase]
    public async Task An_untagged_image_is_collected_after_the_grace_period_and_a_tagged_one_is_kept(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        using var repository = await Repository.OpenAsync(ada, "one");
        var old = await repository.PushImageAsync("latest", seed: 1);
        var tagged = await repository.PushImageAsync("latest", seed: 2);
        Assert.Equal(4, Files(server));

        await CollectAsync(server);
        using (var again = await Repository.OpenAsync(ada, "one"))
            (await again.SendAsync("HEAD", $"manifests/{old}")).Expect(200); // Still there during the grace period.
        clock.Advance(Later);
        await CollectAsync(server);

        using var then = await Repository.OpenAsync(ada, "one");
        (await then.SendAsync("HEAD", $"manifests/{old}")).Expect(404);
        (await then.SendAsync("GET", $"manifests/{tagged}")).Expect(200);
        (await then.SendAsync("HEAD", $"blobs/{Repository.Sha256(Repository.Content(1000, 1))}")).Expect(404);
        Assert.Equal(
            Repository.Content(1000, 2),
            (await then.SendAsync("GET", $"blobs/{Repository.Sha256(Repository.Content(1000, 2))}")).Expect(200).Body
        );
        Assert.Equal((2, 2), (Files(server), await server.CountAsync("blob_parts")));
    }

    [Theory, EveryDatabase]
    public async Task Images_and_signatures_of_a_tagged_index_are_kept_with_it(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        using var repository = await Repository.OpenAsync(ada, "one");
        var (config, layer) = ("{}"u8.ToArray(), Repository.Content(100, 1));
        foreach (var blob in new[] { config, layer })
            await repository.PushBlobAsync(blob);
        var image = Repository.Manifest([config, layer]);
        var digest = Repository.Sha256(image);
        (await repository.SendAsync("PUT", $"manifests/{digest}", image, Repository.ManifestType)).Expect(201);
        (await repository.SendAsync("PUT", "manifests/all", Repository.Index(image), Repository.IndexType)).Expect(201);
        var signature = await repository.PushImageAsync(
            tag: null,
            seed: 2,
            subject: new
            {
                mediaType = Repository.ManifestType,
                digest,
                size = image.Length,
            }
        );
        var stray = await repository.PushImageAsync(tag: null, seed: 3);

        clock.Advance(Later);
        await CollectAsync(server);

        using var then = await Repository.OpenAsync(ada, "one");
        foreach (var kept in new[] { "all", digest, signature })
            (await then.SendAsync("GET", $"manifests/{kept}")).Expect(200);
        (await then.SendAsync("GET", $"manifests/{stray}")).Expect(404);
        (await then.SendAsync("GET", $"blobs/{Repository.Sha256(layer)}")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task The_untagged_image_of_a_job_is_kept_until_90_days_after_the_job_ended(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        using var repository = await Repository.OpenAsync(ada, "one");
        var digest = await repository.PushImageAsync("v1");
        (
            await ada.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Box",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 1,
                    memory = 1 << 20,
                    disk = 1 << 20,
                    fallback = true,
                }
            )
        ).Expect(201);
        var now = clock.GetUtcNow();
        var job = (string)
            (
                await ada.PostAsync(
                    "/v0/run",
                    new
                    {
                        project = "one",
                        branch = "main",
                        testbed = "box",
                        start_time = now,
                        end_time = now,
                        results = Array.Empty<string>(),
                        job = new { image = "one:v1" },
                    }
                )
            ).Expect(201)["job"]!;
        (await repository.SendAsync("DELETE", "manifests/v1")).Expect(202);

        clock.Advance(Later);
        await CollectAsync(server);

        await ExpectAsync(200);
        (await ada.PostAsync($"/v0/projects/one/jobs/{job}/cancel", null)).Expect(200);
        clock.Advance(TimeSpan.FromDays(89));
        await CollectAsync(server);
        await ExpectAsync(200);
        clock.Advance(Later);
        await CollectAsync(server);
        await ExpectAsync(404);

        async Task ExpectAsync(int status)
        {
            var signedIn = (string)
                (
                    await server.PostAsync("/v0/auth/confirm", new { token = server.Tokens.Mint("auth", ada.Email) })
                ).Expect(200)["token"]!;
            using var then = await Repository.OpenAsync(server.Address, "one", ada.Email, signedIn);
            (await then.SendAsync("GET", $"manifests/{digest}")).Expect(status);
            (await then.SendAsync("GET", $"blobs/{Repository.Sha256(Repository.Content(1000, 1))}")).Expect(status);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_blob_shared_by_two_projects_is_removed_with_the_last_of_them(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        using var one = await Repository.OpenAsync(ada, "one");
        using var two = await Repository.OpenAsync(ada, "two");
        await one.PushImageAsync("v1");
        await two.PushImageAsync("v1");
        Assert.Equal((2, 2), (Files(server), await server.CountAsync("blobs"))); // Stored once, however often pushed.

        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/one")).Status);
        clock.Advance(Later);
        await CollectAsync(server);
        using (var then = await Repository.OpenAsync(ada, "two"))
            (await then.SendAsync("GET", $"blobs/{Repository.Sha256(Repository.Content(1000, 1))}")).Expect(200);
        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/two")).Status);
        clock.Advance(Later);
        await CollectAsync(server);

        Assert.Equal(
            (0, 0, 0),
            (Files(server), await server.CountAsync("blobs"), await server.CountAsync("manifests"))
        );
    }

    [Theory, EveryDatabase]
    public async Task An_idle_upload_expires_after_an_hour(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var at = await repository.BeginAsync();
        (await repository.SendAsync("PATCH", at, [1, 2, 3])).Expect(202);

        clock.Advance(TimeSpan.FromMinutes(59));
        (await repository.SendAsync("PATCH", at, [4])).Expect(202); // This restarts the hour.
        clock.Advance(TimeSpan.FromMinutes(59));
        (await repository.SendAsync("GET", at)).Expect(204);
        clock.Advance(TimeSpan.FromMinutes(2));
        (await repository.SendAsync("GET", at)).Expect(404, "BLOB_UPLOAD_UNKNOWN");
        (await repository.SendAsync("PATCH", at, [5])).Expect(404, "BLOB_UPLOAD_UNKNOWN");
        await CollectAsync(server);

        Assert.Equal(
            (0, 0, 0),
            (Files(server), await server.CountAsync("uploads"), await server.CountAsync("blob_parts"))
        );
    }

    [Theory, EveryDatabase]
    public async Task A_push_during_garbage_collection_keeps_all_its_blobs(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await ClientTests.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        for (var round = 0; round < 5; round++)
        {
            // The blobs exist and were unused for long. A client that checks for them, or pushes them again, may rely
            // on them.
            using (var before = await Repository.OpenAsync(ada, "one"))
                for (var seed = 0; seed < 8; seed++)
                    await before.PushBlobAsync(Repository.Content(1000, seed));
            clock.Advance(Later);
            using var repository = await Repository.OpenAsync(ada, "one");
            var pushes = Enumerable
                .Range(0, 8)
                .Select(seed => repository.PushImageAsync($"{round}-{seed}", seed))
                .ToList();
            await Task.WhenAll([.. pushes, CollectAsync(server), CollectAsync(server)]);

            foreach (var seed in Enumerable.Range(0, 8))
                Assert.Equal(
                    Repository.Content(1000, seed),
                    (await repository.SendAsync("GET", $"blobs/{Repository.Sha256(Repository.Content(1000, seed))}"))
                        .Expect(200)
                        .Body
                );
            foreach (var seed in Enumerable.Range(0, 8))
                (await repository.SendAsync("DELETE", $"manifests/{await pushes[seed]}")).Expect(202);
        }
    }

    [Fact]
    public async Task Only_one_server_collects_garbage_at_a_time()
    {
        await using var first = await ClientTests.StartAsync(Engine.Postgres);
        await using var second = await first.StartAnotherAsync();
        var held = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var holding = first.Database.TryAloneAsync(1, async () =>
        {
            begun.SetResult();
            await held.Task;
        });
        await begun.Task;

        Assert.False(await second.Database.TryAloneAsync(1, () => Task.CompletedTask));
        Assert.True(await second.Database.TryAloneAsync(2, () => Task.CompletedTask));
        held.SetResult();
        Assert.True(await holding);
        Assert.True(await second.Database.TryAloneAsync(1, () => Task.CompletedTask));
    }

    [Fact]
    public void Manifests_reachable_from_wanted_manifests_are_kept()
    {
        ManifestNode[] nodes =
        [
            new(new(1), "index", IsWanted: true, Subject: null, ["child", "not here"]),
            new(new(2), "child", IsWanted: false, Subject: null, []),
            new(new(3), "signature", IsWanted: false, Subject: "child", []),
            new(new(4), "about the signature", IsWanted: false, Subject: "signature", ["its part"]),
            new(new(5), "its part", IsWanted: false, Subject: null, []),
            new(new(6), "stray", IsWanted: false, Subject: "stray too", []),
            new(new(7), "stray too", IsWanted: false, Subject: "stray", []),
            new(new(8), "tagged signature", IsWanted: true, Subject: "its subject", []),
            new(new(9), "its subject", IsWanted: false, Subject: null, []),
        ];

        Assert.Equal([1, 2, 3, 4, 5, 8, 9], KeptManifests.Of(nodes).Select(id => id.Value).Order());
        Assert.Empty(KeptManifests.Of([]));
    }

    internal static int Files(TestServer server) =>
        Directory.GetFiles(Path.Combine(server.DataFolder, "blobs"), "*", SearchOption.AllDirectories).Length;

    // The server's own timer may have started a collection.
    private static async Task CollectAsync(TestServer server)
    {
        while (!await server.Part<CollectGarbage>().RunAsync(CancellationToken.None))
            await Task.Yield();
    }
}
