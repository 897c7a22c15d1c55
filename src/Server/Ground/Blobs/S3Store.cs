using System.Buffers;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Paddock.Server.Ground.Blobs;

/// <summary>The blob store of several servers: a bucket of S3, or of what speaks like it.</summary>
internal sealed class S3Store : IBlobStore, IDisposable
{
    // In memory while it is sent, so as not to be sent as a stream that cannot be tried again.
    private const int PartBytes = 8 << 20;

    private readonly AmazonS3Client client;
    private readonly string bucket;
    private readonly string prefix;

    public S3Store(BlobOptions options)
    {
        (bucket, prefix) = (options.Bucket!, options.Prefix);
        client = ClientOf(options);
    }

    /// <summary>A client with the access that the settings give.</summary>
    internal static AmazonS3Client ClientOf(BlobOptions options)
    {
        var config = new AmazonS3Config
        {
            // Others than Amazon's may not know the newer checksums; the connection and the signature vouch for the
            // bytes, and the registry's digest for all.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is not null)
            (config.ServiceURL, config.ForcePathStyle, config.AuthenticationRegion) = (
                options.Endpoint,
                true,
                options.Region ?? "us-east-1"
            );
        else if (options.Region is not null)
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        // Else as the machine is set up.
        return options.AccessKey is not null ? new(options.AccessKey, options.SecretKey, config) : new(config);
    }

    public async Task PutAsync(string key, Stream content, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PartBytes);
        try
        {
            var read = await content.ReadAtLeastAsync(
                buffer.AsMemory(0, PartBytes),
                PartBytes,
                throwOnEndOfStream: false,
                ct
            );
            if (read < PartBytes)
                await PutWholeAsync(key, buffer, read, ct);
            else
                await PutPartsAsync(key, content, buffer, ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async Task<Stream> OpenAsync(string key, long offset, long? length, CancellationToken ct)
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = NameOf(key) };
        if (offset > 0 || length is not null)
            request.ByteRange = new ByteRange(
                length is { } bytes ? $"bytes={offset}-{offset + bytes - 1}" : $"bytes={offset}-"
            );
        try
        {
            return (await client.GetObjectAsync(request, ct)).ResponseStream;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new FileNotFoundException($"The bucket has no object {NameOf(key)}", e);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(key, e);
        }
    }

    public async Task DeleteAsync(string key, CancellationToken ct)
    {
        try
        {
            await client.DeleteObjectAsync(bucket, NameOf(key), ct);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound) { }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(key, e);
        }
    }

    public void Dispose() => client.Dispose();

    private async Task PutWholeAsync(string key, byte[] content, int size, CancellationToken ct)
    {
        using var stream = new MemoryStream(content, 0, size, writable: false);
        try
        {
            await client.PutObjectAsync(
                new()
                {
                    BucketName = bucket,
                    Key = NameOf(key),
                    InputStream = stream,
                    UseChunkEncoding = false,
                    AutoCloseStream = false,
                },
                ct
            );
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(key, e);
        }
    }

    /// <param name="buffer">Holds the first part.</param>
    private async Task PutPartsAsync(string key, Stream content, byte[] buffer, CancellationToken ct)
    {
        try
        {
            var upload = (await client.InitiateMultipartUploadAsync(bucket, NameOf(key), ct)).UploadId;
            try
            {
                var etags = new List<PartETag>();
                for (
                    var read = PartBytes;
                    read > 0;
                    read = await content.ReadAtLeastAsync(
                            buffer.AsMemory(0, PartBytes),
                            PartBytes,
                            throwOnEndOfStream: false,
                            ct
                        )
                )
                    etags.Add(await PutPartAsync(key, upload, etags.Count + 1, buffer, read, ct));
                await client.CompleteMultipartUploadAsync(
                    new()
                    {
                        BucketName = bucket,
                        Key = NameOf(key),
                        UploadId = upload,
                        PartETags = etags,
                    },
                    ct
                );
            }
            catch
            {
                await AbortAsync(key, upload);
                throw;
            }
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(key, e);
        }
    }

    // What stopped the upload is what its caller must hear. Parts that stay are the bucket's lifecycle's.
    private async Task AbortAsync(string key, string upload)
    {
        try
        {
            await client.AbortMultipartUploadAsync(bucket, NameOf(key), upload, CancellationToken.None);
        }
        catch (Exception e) when (IsFailure(e)) { }
    }

    private async Task<PartETag> PutPartAsync(
        string key,
        string upload,
        int number,
        byte[] content,
        int size,
        CancellationToken ct
    )
    {
        using var stream = new MemoryStream(content, 0, size, writable: false);
        var part = await client.UploadPartAsync(
            new()
            {
                BucketName = bucket,
                Key = NameOf(key),
                UploadId = upload,
                PartNumber = number,
                InputStream = stream,
                PartSize = size,
                UseChunkEncoding = false,
            },
            ct
        );
        return new(number, part.ETag);
    }

    private string NameOf(string key) => prefix + IBlobStore.Checked(key);

    private static bool IsFailure(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException;

    private BlobStoreFailure Failed(string key, Exception e) =>
        new($"The bucket {bucket} failed on {NameOf(key)}: {e.Message}", e);
}
