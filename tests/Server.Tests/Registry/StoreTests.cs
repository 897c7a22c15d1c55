using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Registry;

/// <summary>The guarantees of each kind of blob store, and two servers that share one bucket.</summary>
public sealed class StoreTests
{
    private const int PartBytes = 8 << 20; // Larger objects are uploaded in several parts.

    [
        Theory,
        InlineData(0),
        InlineData(1),
        InlineData(100_000),
        InlineData(PartBytes),
        InlineData(PartBytes + 1),
        InlineData(20_000_000)
    ]
    public async Task An_S3_bucket_returns_the_stored_bytes(int size)
    {
        await using var s3 = await S3Server.StartAsync();
        using var store = new S3Store(s3.Options);
        await CheckAsync(store, size);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(20_000_000)]
    public async Task A_folder_returns_the_stored_bytes(int size)
    {
        var folder = Directory.CreateTempSubdirectory("paddock-blobs-").FullName;
        await CheckAsync(new FolderStore(folder), size);
        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Directory.Delete(folder, recursive: true);
    }

    [Theory, InlineData(1000), InlineData(20_000_000)]
    public async Task A_write_that_fails_midway_leaves_no_object_in_the_store(int size)
    {
        await using var s3 = await S3Server.StartAsync();
        using var bucket = new S3Store(s3.Options);
        var folder = Directory.CreateTempSubdirectory("paddock-blobs-").FullName;
        foreach (var store in new IBlobStore[] { bucket, new FolderStore(folder) })
        {
            await Assert.ThrowsAsync<IOException>(() =>
                store.PutAsync("jobs/cut", new CutStream(size), CancellationToken.None)
            );
            await Assert.ThrowsAsync<FileNotFoundException>(() =>
                store.OpenAsync("jobs/cut", offset: 0, length: null, CancellationToken.None)
            );
        }
        Assert.Equal(0, s3.Objects);
        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_upload_that_begins_on_one_server_continues_and_ends_on_another()
    {
        await using var s3 = await S3Server.StartAsync();
        await using var first = await ClientTests.StartAsync(Engine.Postgres, with: options =>
            options with
            {
                Blobs = s3.Options,
            }
        );
        await using var second = await first.StartAnotherAsync();
        var ada = await first.SignUpAsync("Ada Admin");
        using var here = await Repository.OpenAsync(ada, "shared");
        using var there = new Repository(second.Address, "shared", here.Token);
        var content = Repository.Content(10_000_000, seed: 1);

        var at = await here.BeginAsync();
        (await there.SendAsync("PATCH", at, content[..9_000_000])).Expect(202);
        (await here.SendAsync("PATCH", at, content[9_000_000..9_000_001])).Expect(202);
        (await there.SendAsync("PUT", $"{at}?digest={Repository.Sha256(content)}", content[9_000_001..])).Expect(201);

        Assert.Equal(content, (await here.SendAsync("GET", $"blobs/{Repository.Sha256(content)}")).Expect(200).Body);
        Assert.Equal(
            content[8_999_999..9_000_002],
            (
                await there.SendAsync(
                    "GET",
                    $"blobs/{Repository.Sha256(content)}",
                    headers: ("Range", "bytes=8999999-9000001")
                )
            )
                .Expect(206)
                .Body
        );
        Assert.Equal(3, s3.Objects);
    }

    private static async Task CheckAsync(IBlobStore store, int size)
    {
        var content = Repository.Content(size, seed: size);

        await store.PutAsync("jobs/1", new MemoryStream(content), CancellationToken.None);
        Assert.Equal(content, await ReadAsync(store, 0, length: null));
        if (size > 1)
        {
            Assert.Equal(content[(size / 2)..], await ReadAsync(store, size / 2, length: null));
            Assert.Equal(content[1..2], await ReadAsync(store, 1, length: 1));
        }
        await store.DeleteAsync("jobs/1", CancellationToken.None);
        await store.DeleteAsync("jobs/1", CancellationToken.None);

        await Assert.ThrowsAsync<FileNotFoundException>(() =>
            store.OpenAsync("jobs/1", offset: 0, length: null, CancellationToken.None)
        );
        await Assert.ThrowsAnyAsync<Exception>(() =>
            store.PutAsync("../outside", new MemoryStream(), CancellationToken.None)
        );
    }

    private static async Task<byte[]> ReadAsync(IBlobStore store, long offset, long? length)
    {
        await using var content = await store.OpenAsync("jobs/1", offset, length, CancellationToken.None);
        using var all = new MemoryStream();
        await content.CopyToAsync(all);
        // A folder may return more than was requested.
        return length is { } bytes ? all.ToArray()[..(int)bytes] : all.ToArray();
    }

    /// <summary>Yields some bytes, then fails.</summary>
    private sealed class CutStream(int size) : MemoryStream(new byte[size])
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) =>
            await base.ReadAsync(buffer, cancellationToken) is var read and > 0
                ? read
                : throw new IOException("The connection broke.");

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
