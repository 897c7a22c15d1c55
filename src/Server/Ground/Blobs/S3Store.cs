using System.Buffers;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Paddock.Server.Ground.Blobs;

/// <summary>The blob store of several servers: a bucket of S3, or of a compatible service.</summary>
internal sealed class S3Store : IBlobStore, IDisposable
{
    // Each part is buffered in memory, because a stream could not be retried.
    private const int PartBytes = 8 << 20;

    // The time limit of a request without content. Content gets additional time.
    private static readonly TimeSpan PatienceStandard = TimeSpan.FromSeconds(60);
    private const double BytesPerSecondLeast = 64 << 10;

    private readonly AmazonS3Client client;
    private readonly string bucket;
    private readonly string prefix;
    private readonly TimeSpan patience;

    /// <param name="patience">How long the bucket may take to respond.</param>
    public S3Store(BlobOptions options, TimeSpan? patience = null)
    {
        (bucket, prefix, this.patience) = (options.Bucket!, options.Prefix, patience ?? PatienceStandard);
        client = ClientOf(options);
    }

    /// <summary>Creates a client with the credentials from the settings.</summary>
    internal static AmazonS3Client ClientOf(BlobOptions options)
    {
        var config = new AmazonS3Config
        {
            // Services other than Amazon's may not support the newer checksums. TLS and the request signature protect
            // the bytes, and the registry's digest protects the whole.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = new BucketHttp(),
        };
        if (options.Endpoint is not null)
            (config.ServiceURL, config.ForcePathStyle, config.AuthenticationRegion) = (
                options.Endpoint,
                true,
                options.Region ?? "us-east-1"
            );
        else if (options.Region is not null)
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        // Otherwise uses the machine's own credentials.
        return options.AccessKey is not null ? new(options.AccessKey, options.SecretKey, config) : new(config);
    }

    public Task PutAsync(string key, Stream content, CancellationToken ct) =>
        PutAsync(NameOf(key), content, PartBytes, ct);

    /// <param name="name">The object's name, including the prefix.</param>
    /// <param name="partBytes">The part size in bytes. Larger objects are sent in parts, at most 10,000 of
    /// them.</param>
    internal async Task PutAsync(string name, Stream content, int partBytes, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(partBytes);
        try
        {
            var read = await content.ReadAtLeastAsync(
                buffer.AsMemory(0, partBytes),
                partBytes,
                throwOnEndOfStream: false,
                ct
            );
            if (read < partBytes)
                await PutWholeAsync(name, buffer, read, ct);
            else
                await PutPartsAsync(name, content, buffer, partBytes, ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async Task<Stream> OpenAsync(string key, long offset, long? length, CancellationToken ct)
    {
        if (length == 0)
            return Stream.Null; // A range cannot be empty.
        var request = new GetObjectRequest { BucketName = bucket, Key = NameOf(key) };
        if (offset > 0 || length is not null)
            request.ByteRange = new ByteRange($"bytes={offset}-{offset + length - 1}");
        var answer = await TryAsync(NameOf(key), patience, late => client.GetObjectAsync(request, late), ct);
        if (answer.HttpStatusCode != HttpStatusCode.PartialContent && offset > 0)
        {
            answer.Dispose();
            throw Failed(NameOf(key), "it does not support range requests", null);
        }
        return new BucketContent(answer.ResponseStream, length, patience, (why, e) => Failed(NameOf(key), why, e));
    }

    public async Task DeleteAsync(string key, CancellationToken ct)
    {
        try
        {
            await TryAsync(NameOf(key), patience, late => client.DeleteObjectAsync(bucket, NameOf(key), late), ct);
        }
        catch (FileNotFoundException) { }
    }

    public void Dispose() => client.Dispose();

    private async Task PutWholeAsync(string name, byte[] content, int size, CancellationToken ct)
    {
        using var stream = new MemoryStream(content, 0, size, writable: false);
        await TryAsync(
            name,
            PatienceFor(size),
            late =>
                client.PutObjectAsync(
                    new()
                    {
                        BucketName = bucket,
                        Key = name,
                        InputStream = stream,
                        UseChunkEncoding = false,
                        AutoCloseStream = false,
                    },
                    late
                ),
            ct
        );
    }

    /// <param name="buffer">The buffer, which already holds the first part.</param>
    private async Task PutPartsAsync(string name, Stream content, byte[] buffer, int partBytes, CancellationToken ct)
    {
        var upload = (
            await TryAsync(name, patience, late => client.InitiateMultipartUploadAsync(bucket, name, late), ct)
        ).UploadId;
        try
        {
            var etags = new List<PartETag>();
            for (
                var read = partBytes;
                read > 0;
                read = await content.ReadAtLeastAsync(
                        buffer.AsMemory(0, partBytes),
                        partBytes,
                        throwOnEndOfStream: false,
                        ct
                    )
            )
                etags.Add(await PutPartAsync(name, upload, etags.Count + 1, buffer, read, ct));
            await TryAsync(
                name,
                patience + patience,
                late =>
                    client.CompleteMultipartUploadAsync(
                        new()
                        {
                            BucketName = bucket,
                            Key = name,
                            UploadId = upload,
                            PartETags = etags,
                        },
                        late
                    ),
                ct
            );
        }
        catch
        {
            await AbortAsync(name, upload);
            throw;
        }
    }

    // The caller must get the original failure, so a failed abort is ignored. The bucket's lifecycle rules remove the
    // remaining parts.
    private async Task AbortAsync(string name, string upload)
    {
        try
        {
            await TryAsync(
                name,
                patience,
                late => client.AbortMultipartUploadAsync(bucket, name, upload, late),
                CancellationToken.None
            );
        }
        catch (IOException) { }
    }

    private async Task<PartETag> PutPartAsync(
        string name,
        string upload,
        int number,
        byte[] content,
        int size,
        CancellationToken ct
    )
    {
        using var stream = new MemoryStream(content, 0, size, writable: false);
        var part = await TryAsync(
            name,
            PatienceFor(size),
            late =>
                client.UploadPartAsync(
                    new()
                    {
                        BucketName = bucket,
                        Key = name,
                        UploadId = upload,
                        PartNumber = number,
                        InputStream = stream,
                        PartSize = size,
                        UseChunkEncoding = false,
                    },
                    late
                ),
            ct
        );
        return new(number, part.ETag);
    }

    /// <summary>Sends a request to the bucket, with a time limit that includes the library's retries.</summary>
    /// <exception cref="FileNotFoundException">The object does not exist.</exception>
    /// <exception cref="BlobStoreFailure">Any other failure.</exception>
    private async Task<T> TryAsync<T>(
        string name,
        TimeSpan most,
        Func<CancellationToken, Task<T>> ask,
        CancellationToken ct
    )
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(most);
        try
        {
            return await ask(late.Token);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new FileNotFoundException($"The bucket has no object {name}", e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw Failed(name, $"it has not answered within {most.TotalSeconds:0} seconds", e);
        }
        catch (Exception e) when (BucketFailure.Is(e))
        {
            throw Failed(name, e.Message, e);
        }
    }

    private TimeSpan PatienceFor(int bytes) => patience + TimeSpan.FromSeconds(bytes / BytesPerSecondLeast);

    private string NameOf(string key) => prefix + IBlobStore.Checked(key);

    private BlobStoreFailure Failed(string name, string why, Exception? e) =>
        new($"The bucket {bucket} failed on {name}: {BucketFailure.Shorten(why)}", e);
}
