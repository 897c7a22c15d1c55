using System.Net;
using Amazon.S3;
using Paddock.Server.Ground.Blobs;

namespace Paddock.Server.Installation;

/// <summary>Stores backups in a bucket. Failures of the bucket are thrown as <see cref="IOException"/>.</summary>
internal sealed class BackupBucket(BlobOptions options) : IDisposable
{
    private const int ListMax = 100_000,
        PagesMax = 1000;
    private const int PartBytesLeast = 8 << 20,
        PartBytesMost = 1 << 30,
        PartsMax = 9000; // A bucket allows 10,000.

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly S3Store store = new(options);
    private readonly AmazonS3Client client = S3Store.ClientOf(options);

    /// <summary>Uploads a file under its own name, in parts if it is large.</summary>
    public async Task UploadAsync(string file)
    {
        var (name, size) = (options.Prefix + Path.GetFileName(file), new FileInfo(file).Length);
        var partBytes = (int)Math.Clamp(size / PartsMax, PartBytesLeast, PartBytesMost);
        // The client library's own file upload is not used: it sends signatures between the bytes, and some stores keep
        // them in the object.
        await using (var content = File.OpenRead(file))
            await store.PutAsync(name, content, partBytes, CancellationToken.None);
        await DemandStoredAsync(name, size);
    }

    // Checks the upload, because the local copy may be removed after it.
    private Task<bool> DemandStoredAsync(string name, long size) =>
        TryAsync(async late =>
        {
            try
            {
                var stored = (await client.GetObjectMetadataAsync(options.Bucket, name, late)).ContentLength;
                return stored == size
                    ? true
                    : throw new IOException($"it holds {stored} of {size} bytes of the copy after the upload");
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.Forbidden)
            {
                return true; // A credential that may only write cannot check.
            }
        });

    /// <summary>The names of the objects in the bucket, without the prefix.</summary>
    public Task<List<string>> ListAsync() =>
        TryAsync(async late =>
        {
            var (names, pages) = (new List<string>(), 0);
            string? next = null;
            do
            {
                var page = await client.ListObjectsV2Async(
                    new()
                    {
                        BucketName = options.Bucket,
                        Prefix = options.Prefix,
                        ContinuationToken = next,
                    },
                    late
                );
                names.AddRange(
                    (page.S3Objects ?? [])
                        .Select(one => one.Key ?? "")
                        .Where(key => key.StartsWith(options.Prefix, StringComparison.Ordinal))
                        .Select(key => key[options.Prefix.Length..])
                );
                next = page.IsTruncated is true ? page.NextContinuationToken : null;
            } while (next is not null && names.Count < ListMax && ++pages < PagesMax);
            return names;
        });

    public Task DeleteAsync(string name) =>
        TryAsync(late => client.DeleteObjectAsync(options.Bucket, options.Prefix + name, late));

    public void Dispose()
    {
        store.Dispose();
        client.Dispose();
    }

    private async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> act)
    {
        using var late = new CancellationTokenSource(Patience);
        try
        {
            return await act(late.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException(
                $"The bucket {options.Bucket} failed: it has not answered within {Patience.TotalMinutes:0} minutes",
                e
            );
        }
        catch (Exception e) when (BucketFailure.Is(e))
        {
            throw new IOException($"The bucket {options.Bucket} failed: {BucketFailure.Shorten(e.Message)}", e);
        }
    }
}
