using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Transfer;
using Paddock.Server.Ground.Blobs;

namespace Paddock.Server.Installation;

/// <summary>Backups in a bucket. A bucket that fails is an <see cref="IOException"/>.</summary>
internal sealed class BackupBucket(BlobOptions options) : IDisposable
{
    private const int ListMax = 100_000;

    private readonly AmazonS3Client client = S3Store.ClientOf(options);

    /// <summary>Uploads a file under its own name; in parts where it is large.</summary>
    public Task UploadAsync(string file) =>
        TryAsync(async () =>
        {
            using var transfer = new TransferUtility(client);
            await transfer.UploadAsync(
                new TransferUtilityUploadRequest
                {
                    BucketName = options.Bucket,
                    Key = options.Prefix + Path.GetFileName(file),
                    FilePath = file,
                    DisablePayloadSigning = false,
                }
            );
            return true;
        });

    /// <summary>The names of what is there, without the prefix.</summary>
    public Task<List<string>> ListAsync() =>
        TryAsync(async () =>
        {
            var names = new List<string>();
            string? next = null;
            do
            {
                var page = await client.ListObjectsV2Async(
                    new()
                    {
                        BucketName = options.Bucket,
                        Prefix = options.Prefix,
                        ContinuationToken = next,
                    }
                );
                names.AddRange((page.S3Objects ?? []).Select(one => one.Key[options.Prefix.Length..]));
                next = page.IsTruncated is true ? page.NextContinuationToken : null;
            } while (next is not null && names.Count < ListMax);
            return names;
        });

    public Task DeleteAsync(string name) =>
        TryAsync(() => client.DeleteObjectAsync(options.Bucket, options.Prefix + name));

    public void Dispose() => client.Dispose();

    private async Task<T> TryAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException)
        {
            throw new IOException($"The bucket {options.Bucket} failed: {e.Message}", e);
        }
    }
}
