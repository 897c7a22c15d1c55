using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Installation;

/// <summary>Backups in a bucket, and how many of them are kept.</summary>
public sealed class BackupTests
{
    [Theory, EveryDatabase]
    public async Task A_backup_is_uploaded_to_the_bucket_and_its_local_copy_is_removed_on_request(Engine engine)
    {
        await using var s3 = await S3Server.StartAsync();
        await using var server = await StartAsync(engine, new() { Store = s3.Options });
        var ada = await server.SignUpAsync("Ada Admin");

        (
            await ada.PostAsync(
                "/v0/server/backup",
                new
                {
                    compress = true,
                    data_store = "aws_s3",
                    remove = true,
                }
            )
        ).Expect(201);

        Assert.Empty(Directory.GetFiles(server.DataFolder, "backup-*"));
        using var bucket = new BackupBucket(s3.Options);
        var name = Assert.Single(await bucket.ListAsync());
        Assert.EndsWith(engine == Engine.Sqlite ? ".db.gz" : ".dump", name, StringComparison.Ordinal);
        Assert.NotNull(BackupName.MadeAt(name));
        // Uploaded unchanged: a gzip file, or pg_dump's own format.
        Assert.Equal(engine == Engine.Sqlite ? [0x1f, 0x8b] : "PG"u8.ToArray(), s3.Content(name)[..2]);
    }

    [Fact]
    public async Task Only_the_configured_number_of_backups_is_kept()
    {
        var clock = new HandClock();
        await using var s3 = await S3Server.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, new() { Store = s3.Options, KeepCount = 2 }, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, "backup-of-somebody.txt"), "stays");

        for (var i = 0; i < 4; i++)
        {
            (await ada.PostAsync("/v0/server/backup", new { data_store = "aws_s3" })).Expect(201);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        string[] newest = ["backup-paddock-2026-11-20-12-02-00.db", "backup-paddock-2026-11-20-12-03-00.db"];
        using var bucket = new BackupBucket(s3.Options);
        Assert.Equal(newest, (await bucket.ListAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(
            [.. newest, "backup-of-somebody.txt"],
            Directory
                .GetFiles(server.DataFolder, "backup-*")
                .Select(file => Path.GetFileName(file)!)
                .OrderBy(name => name == "backup-of-somebody.txt")
                .ThenBy(name => name, StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_failed_upload_leaves_the_backup_in_the_data_folder()
    {
        await using var s3 = await S3Server.StartAsync();
        var store = s3.Options with { Bucket = "missing" };
        await using var server = await StartAsync(Engine.Sqlite, new() { Store = store });
        var ada = await server.SignUpAsync("Ada Admin");

        var failed = await ada.PostAsync("/v0/server/backup", new { data_store = "aws_s3", remove = true });

        Assert.Equal(400, failed.Status);
        Assert.Contains("stays in the data folder", failed.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(server.DataFolder, "backup-*.db"));
    }

    [Fact]
    public void Backups_older_than_the_retention_period_are_outdated_except_the_newest_one()
    {
        var now = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        string Made(int daysAgo) => BackupName.Of(now.AddDays(-daysAgo)) + ".db.gz";
        var options = new BackupOptions { KeepFor = TimeSpan.FromDays(7) };

        Assert.Equal([Made(9), Made(30)], options.Outdated([Made(30), Made(1), Made(6), Made(9), "paddock.db"], now));
        Assert.Empty(options.Outdated([Made(30)], now));
        Assert.Empty(new BackupOptions().Outdated([Made(30), Made(1)], now));
        Assert.Empty(options.Outdated([Made(1), Made(30) + ".part"], now));
    }

    private static Task<TestServer> StartAsync(Engine engine, BackupOptions backups, TimeProvider? time = null) =>
        TestServer.StartAsync(engine, time, options => options with { Backups = backups });
}
