using Microsoft.AspNetCore.Http;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;
using Paddock.Server.Outside.Retention;

namespace Paddock.Server.Tests.Ground.Blobs;

/// <summary>
/// A bucket that returns wrong data, hangs or redirects affects only its own blobs. It uses up neither the memory of
/// the server nor the time of other callers.
/// </summary>
public sealed class HostileBucketTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(5);
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    [Theory]
    [InlineData("ends early", "it sent 500 of 1000 bytes")]
    [InlineData("disconnects", "")]
    [InlineData("hangs midway", "it was too slow after 500 bytes")]
    [InlineData("hangs", "it has not answered within")]
    [InlineData("XML bomb", "")]
    [InlineData("invalid XML", "")]
    [InlineData("endless error", "")]
    public async Task An_object_that_cannot_be_read_in_full_is_a_failure_of_the_store(string how, string why)
    {
        await using var bucket = await HostileBucket.StartAsync(http => AnswerAsync(http, how));
        using var store = new S3Store(bucket.Options, why.Contains("slow", StringComparison.Ordinal) ? Long : Short);

        var failure = await Assert.ThrowsAsync<BlobStoreFailure>(() => ReadAsync(store, 0, Content.Length));

        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-key", failure.ToString(), StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 1, 1000);
    }

    [Fact]
    public async Task An_endless_object_is_cut_at_its_expected_length()
    {
        await using var bucket = await HostileBucket.StartAsync(http => AnswerAsync(http, "endless"));
        using var store = new S3Store(bucket.Options, Short);

        Assert.Equal(Content, await ReadAsync(store, 0, Content.Length));
    }

    [Fact]
    public async Task A_bucket_that_ignores_ranges_is_refused_and_yields_no_wrong_bytes()
    {
        await using var bucket = await HostileBucket.StartAsync(http => HostileBucket.SendAsync(http, 200, Content));
        using var store = new S3Store(bucket.Options, Short);

        var failure = await Assert.ThrowsAsync<BlobStoreFailure>(() => ReadAsync(store, 500, 500));

        Assert.Contains("it does not support range requests", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    public async Task Redirects_of_a_bucket_are_not_followed(int status)
    {
        var asked = 0;
        await using var inside = await HostileBucket.StartAsync(http =>
        {
            Interlocked.Increment(ref asked);
            return HostileBucket.SendAsync(http, 206, Content);
        });
        await using var bucket = await HostileBucket.StartAsync(http =>
        {
            http.Response.Headers.Location = inside.Options.Endpoint + "/internal";
            return HostileBucket.ErrorAsync(
                http,
                status,
                $"<Error><Code>TemporaryRedirect</Code>"
                    + $"<Endpoint>{new Uri(inside.Options.Endpoint!).Authority}</Endpoint></Error>"
            );
        });
        using var store = new S3Store(bucket.Options, TimeSpan.FromSeconds(10));
        using var backups = new BackupBucket(bucket.Options);

        await Assert.ThrowsAsync<BlobStoreFailure>(() => ReadAsync(store, 0, Content.Length));
        await Assert.ThrowsAsync<BlobStoreFailure>(() =>
            store.PutAsync("jobs/1", new MemoryStream(Content), CancellationToken.None)
        );
        await Assert.ThrowsAsync<IOException>(backups.ListAsync);

        Assert.Equal(0, asked);
    }

    [Theory]
    [InlineData("\0<<")]
    [InlineData("<ListBucketResult>")]
    [InlineData("")]
    public async Task An_unreadable_list_throws_nothing_but_an_IOException(string text)
    {
        await using var bucket = await HostileBucket.StartAsync(http => HostileBucket.ErrorAsync(http, 200, text));
        using var backups = new BackupBucket(bucket.Options);

        var failure = await Record.ExceptionAsync(backups.ListAsync);

        Assert.True(failure is null or IOException, $"{failure}");
    }

    [Fact]
    public async Task An_endless_list_with_invalid_names_ends_and_yields_no_backups()
    {
        const string page =
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>"
            + "<Contents><Key>x</Key></Contents><Contents/></ListBucketResult>";
        await using var bucket = await HostileBucket.StartAsync(http => HostileBucket.ErrorAsync(http, 200, page));
        using var backups = new BackupBucket(bucket.Options);

        Assert.Empty(await backups.ListAsync());
    }

    [Fact]
    public async Task A_backup_that_the_bucket_truncated_stays_in_the_data_folder()
    {
        await using var bucket = await HostileBucket.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            await HostileBucket.SendAsync(http, 200, []);
        });
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, with: options =>
            options with
            {
                Backups = new() { Store = bucket.Options },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");

        var refused = await ada.PostAsync("/v0/server/backup", new { data_store = "aws_s3", remove = true });

        Assert.Equal(400, refused.Status);
        Assert.Contains("it holds 0 of ", refused.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(server.DataFolder, "backup-*.db"));
    }

    [Fact]
    public async Task Metrics_are_kept_when_the_bucket_confirms_an_archive_but_does_not_store_it()
    {
        await using var bucket = await HostileBucket.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            if (http.Request.Method == "GET")
                await HostileBucket.ErrorAsync(http, 404, "<Error><Code>NoSuchKey</Code></Error>");
            else
                await HostileBucket.SendAsync(http, 200, []);
        });
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, clock, with: options =>
            options with
            {
                Blobs = bucket.Options,
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new("demo", Run.Latencies(("a", 1))) { Start = clock.GetUtcNow().AddDays(-100) });
        (await ada.PatchAsync("/v0/projects/demo/retention", new { policy = "drop", days = 7 })).Expect(200);

        await server.Part<SweepRetention>().RunAsync(CancellationToken.None);

        Assert.Equal(1, await server.CountAsync("metrics"));
        Assert.Empty((await ada.GetAsync("/v0/projects/demo/retention/archives")).Expect(200).AsArray());
    }

    [Fact]
    public async Task A_layer_that_the_bucket_does_not_return_is_answered_with_503()
    {
        await using var bucket = await HostileBucket.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            if (http.Request.Method == "GET")
                await HostileBucket.ErrorAsync(http, 400, "<Error><Code>InvalidRequest</Code></Error>");
            else
                await HostileBucket.SendAsync(http, 200, []);
        });
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, with: options =>
            options with
            {
                Blobs = bucket.Options,
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        using var repository = await Repository.OpenAsync(ada, "images");
        var at = await repository.BeginAsync();
        (await repository.SendAsync("PUT", $"{at}?digest={Repository.Sha256(Content)}", Content)).Expect(201);

        var answer = await repository.SendAsync("GET", $"blobs/{Repository.Sha256(Content)}");

        Assert.Equal(503, answer.Status);
    }

    private static async Task AnswerAsync(HttpContext http, string how)
    {
        switch (how)
        {
            case "ends early":
                await HostileBucket.SendAsync(http, 206, Content[..500]);
                break;
            case "disconnects":
                await HostileBucket.SendAsync(http, 206, Content[..500], Content.Length);
                http.Abort();
                break;
            case "hangs midway":
                await HostileBucket.SendAsync(http, 206, Content[..500], Content.Length);
                await HostileBucket.HangAsync(http);
                break;
            case "hangs":
                await HostileBucket.HangAsync(http);
                break;
            case "endless":
                http.Response.StatusCode = 206;
                await http.Response.Body.WriteAsync(Content);
                while (!http.RequestAborted.IsCancellationRequested)
                    await http.Response.Body.WriteAsync(Content);
                break;
            case "endless error":
                http.Response.StatusCode = 400;
                while (!http.RequestAborted.IsCancellationRequested)
                    await http.Response.Body.WriteAsync(Content);
                break;
            case "XML bomb":
                await HostileBucket.ErrorAsync(
                    http,
                    400,
                    """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Error><Code>X</Code><Message>&b;</Message></Error>"""
                );
                break;
            default:
                await HostileBucket.ErrorAsync(http, 400, "\0<<" + new string('x', 100_000));
                break;
        }
    }

    private static async Task<byte[]> ReadAsync(S3Store store, long offset, long length)
    {
        await using var content = await store.OpenAsync("jobs/1", offset, length, CancellationToken.None);
        using var all = new MemoryStream();
        await content.CopyToAsync(all);
        return all.ToArray();
    }
}
