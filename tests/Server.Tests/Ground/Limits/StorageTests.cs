using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Registry;
using Paddock.Server.Tests.Machines.Jobs;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>
/// The storage quota of images, which is checked before anything is written, and the writes that are still accepted
/// when the disk is nearly full.
/// </summary>
public sealed class StorageTests
{
    private static readonly (string, string) Chunked = ("Transfer-Encoding", "chunked");

    [Theory, EveryDatabase]
    public async Task Concurrent_uploads_cannot_exceed_the_quota_together(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 1_000_000 },
            }
        );
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var contents = Enumerable.Range(0, 12).Select(seed => Repository.Content(900_000, seed)).ToList();

        var replies = await Task.WhenAll(
            contents.Select(
                (content, i) =>
                    repository.SendAsync(
                        "POST",
                        $"blobs/uploads/?digest={Repository.Sha256(content)}",
                        content,
                        headers: i % 2 == 0 ? [Chunked] : []
                    )
            )
        );

        Assert.InRange(replies.Count(reply => reply.Status == 201), 0, 1);
        Assert.All(replies, reply => Assert.True(reply.Status is 201 or 403, $"{reply.Status}"));
        Assert.InRange(StoredBytes(server), 0, 1_000_000);
    }

    [Theory, EveryDatabase]
    public async Task An_upload_reserves_its_space_before_the_first_byte_and_releases_it_when_it_ends(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 1000 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        using var one = await Repository.OpenAsync(ada, "one");
        using var two = await Repository.OpenAsync(ada, "two");
        var (large, small) = (Repository.Content(800, 1), Repository.Content(300, 2));
        var wrong = Repository.Sha256(small);

        var at = await one.BeginAsync();
        (await one.SendAsync("PATCH", at, large)).Expect(202);
        (await two.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(small)}", small)).Expect(403, "DENIED");
        (await one.SendAsync("PUT", $"{at}?digest={wrong}")).Expect(400, "DIGEST_INVALID"); // This ends the upload.

        (
            await two.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(small)}", small, headers: Chunked)
        ).Expect(201);
        Assert.Equal(0, await server.CountAsync("uploads"));
        Assert.Equal(1, await server.CountAsync("blob_parts"));
    }

    [Theory, EveryDatabase]
    public async Task A_repository_has_a_limited_number_of_open_uploads(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var at = await repository.BeginAsync();
        await server.Database.WriteAsync(async sql =>
        {
            var project = await sql.NumberAsync($"SELECT id FROM projects WHERE slug = {"one"}");
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            string[] uuids = [.. Enumerable.Range(1, UploadTable.OpenMax - 1).Select(_ => Guid.NewGuid().ToString())];
            var rows = new NewRows("uploads", uuids.Length)
                .With("uuid", uuids)
                .With("project_id", project)
                .With("size", 0)
                .With("used", now)
                .With("created", now);
            await sql.InsertAllAsync(rows, new("id"), row => row.Long());
        });

        (await repository.SendAsync("POST", "blobs/uploads/")).Expect(429, "TOOMANYREQUESTS");
        (await repository.SendAsync("DELETE", at)).Expect(202);
        (await repository.SendAsync("POST", "blobs/uploads/")).Expect(202);
    }

    [Theory, EveryDatabase]
    public async Task Unclaimed_projects_share_one_storage_limit(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 1000, AnonymousBytes = 2500 },
                Access = options.Access with { AnonymousPushes = true },
            }
        );
        var statuses = new List<int>();
        for (var i = 0; i < 10; i++)
        {
            await UnclaimedAsync(server, $"strange-{i}");
            using var repository = await Repository.OpenAsync(
                server.Address,
                $"strange-{i}",
                user: null,
                password: null
            );
            var content = Repository.Content(900, seed: i);
            statuses.Add(
                (
                    await repository.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(content)}", content)
                ).Status
            );
        }

        Assert.Equal(2, statuses.Count(status => status == 201));
        Assert.InRange(StoredBytes(server), 1, 2500);
    }

    [Theory, EveryDatabase]
    public async Task All_images_of_the_server_share_one_storage_limit(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 5000, TotalBytes = 2000 },
            }
        );
        using var one = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        using var two = await Repository.OpenAsync(await server.SignUpAsync("Bob Builder"), "two");
        await one.PushBlobAsync(Repository.Content(1500, 1));
        var content = Repository.Content(600, 2);

        var refused = await two.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(content)}", content);

        refused.Expect(403, "DENIED");
        await two.PushBlobAsync(content[..400]);
    }

    [Theory, EveryDatabase]
    public async Task A_nearly_full_disk_accepts_only_deletions_and_sign_ins(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var world = await JobWorld.MakeAsync(server);
        var ada = world.Admin;
        var report = (string)(await ada.RunAsync(new Run(world.Project, Run.Latencies(("a", 1)))))["uuid"]!;
        using var repository = await Repository.OpenAsync(ada, world.Project);
        var disk = server.Part<DiskSpace>();

        disk.Free = () => 100;
        clock.Advance(TimeSpan.FromSeconds(2));
        var refused = await ada.PostAsync("/v0/run", new Run(world.Project, Run.Latencies(("a", 1))).ToJson());
        Assert.Equal(507, refused.Status);
        Assert.Contains("disk is nearly full", refused.Message, StringComparison.Ordinal);
        Assert.Equal(507, (await repository.SendAsync("POST", "blobs/uploads/")).Status);
        Assert.Equal(507, (await ada.PostAsync("/v0/server/backup", new { })).Status);
        Assert.Equal(507, (await ada.PatchAsync($"/v0/projects/{world.Project}", new { name = "Other" })).Status);
        (await ada.GetAsync($"/v0/projects/{world.Project}/reports")).Expect(200);
        (await server.PostAsync("/v0/auth/login", new { email = ada.Email })).Expect(202);
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/{world.Project}/reports/{report}")).Status);

        disk.Free = () => long.MaxValue;
        clock.Advance(TimeSpan.FromSeconds(2));
        await ada.RunAsync(new Run(world.Project, Run.Latencies(("a", 1))));
    }

    private static long StoredBytes(TestServer server) =>
        new DirectoryInfo(Path.Combine(server.DataFolder, "blobs"))
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Sum(file => file.Length);

    private static async Task UnclaimedAsync(TestServer server, string project) =>
        (
            await server.PostAsync(
                "/v0/run",
                new Run(project, Run.Latencies(("a", 1)))
                {
                    Context = new Dictionary<string, string> { ["bencher.dev/v0/repo/name"] = project },
                }.ToJson()
            )
        ).Expect(201);
}
