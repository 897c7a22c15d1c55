using System.Globalization;
using System.Security.Cryptography;
using Paddock.Core.Names;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// Receives a blob. Each request's bytes are hashed and become a separate object in the blob store. When the last one
/// has arrived and the digest is right, the database records that these parts are the blob. An interrupted or wrong
/// request leaves neither row nor object.
/// </summary>
internal sealed partial class ReceiveUpload(
    Db db,
    IBlobStore store,
    RegistryAccess access,
    UploadHashes hashes,
    Quota quota,
    DiskSpace disk,
    RemoveParts removal,
    RegistryOptions options,
    TimeProvider time,
    ILogger<ReceiveUpload> log
)
{
    private const string Folder = "registry/";
    private const int PartsMax = 10_000;
    private const int BufferBytes = 256 << 10;
    private const long ReservedAtOnce = 16 << 20; // For a request without a Content-Length.

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Uploads that have received nothing since this time have expired.</summary>
    public DateTimeOffset AliveSince => Now - options.UploadTimeout;

    /// <summary>Appends a request's body to an upload.</summary>
    /// <param name="declared">The byte range that the request declares, if any.</param>
    /// <param name="algorithm">The expected algorithm of the blob's digest.</param>
    /// <returns>The upload after the append.</returns>
    /// <exception cref="Refusal">The body does not start where the upload ends, or is too large; nothing is
    /// appended.</exception>
    public async Task<UploadRow> AppendAsync(
        UploadRow upload,
        HttpRequest request,
        ContentRange? declared,
        HashAlgorithmName algorithm,
        CancellationToken ct
    )
    {
        if (declared is { } range && range.First != upload.Size)
            throw OciError.ChunkOutOfPlace(
                $"The chunk begins at byte {range.First}, but must begin at {upload.Size}, where the upload ends so "
                    + $"far."
            );
        if (request.ContentLength == 0)
            return upload;
        var bytesMax = options.BlobBytesMax - upload.Size;
        if (request.ContentLength > bytesMax)
            throw TooLarge();

        var key = Folder + Guid.NewGuid().ToString("N");
        var (part, reserved) = await BeginPartAsync(upload, key, request.ContentLength);
        var hash = hashes.Take(upload.Uuid, upload.Size, algorithm);
        try
        {
            using var content = new MeasuredContent(request.Body, hash, bytesMax, TooLarge, async needed =>
            {
                disk.RefuseGrowth();
                while (reserved < needed)
                    reserved += await db.WriteAsync(sql => quota.ReserveAsync(sql, upload, part, ReservedAtOnce));
                return reserved;
            });
            await WhileKeptAliveAsync(upload, () => store.PutAsync(key, content, ct));
            await AddPartAsync(upload, part, content.Measured);
            var after = upload with { Size = upload.Size + content.Measured };
            hashes.Keep(upload.Uuid, after.Size, hash);
            return after;
        }
        catch
        {
            hash?.Dispose();
            await removal.PartAsync(part, key);
            throw;
        }
    }

    /// <summary>Makes the upload a blob of its repository.</summary>
    /// <exception cref="Refusal">The content has another digest, or exceeds a quota. The upload is deleted even
    /// then.</exception>
    public async Task CompleteAsync(UploadRow upload, Digest digest, CancellationToken ct)
    {
        try
        {
            var actual = await DigestAsync(upload, digest.Algorithm, ct);
            if (actual != digest)
                throw OciError.DigestInvalid($"The content's digest is {actual}, but the request names {digest}.");
            await db.WriteAsync(async sql =>
            {
                if (await UploadTable.LockAsync(sql, upload.Id) is not { } row || row.Size != upload.Size)
                    throw OciError.UploadUnknown();
                await access.CheckOpenerAsync(sql, upload);
                await UploadTable.CompleteAsync(sql, upload, digest, Now);
                await quota.RefuseExcessAsync(sql, upload.ProjectId);
            });
        }
        catch
        {
            await EndAsync(upload);
            throw;
        }
        await removal.OfUploadAsync(upload.Id); // The parts are left if the blob existed already.
    }

    /// <summary>Abandons an upload and removes its parts.</summary>
    public async Task EndAsync(UploadRow upload)
    {
        hashes.Forget(upload.Uuid);
        await db.WriteAsync(sql => UploadTable.DeleteAsync(sql, upload.Id));
        await removal.OfUploadAsync(upload.Id);
    }

    private async Task<Digest> DigestAsync(UploadRow upload, HashAlgorithmName algorithm, CancellationToken ct)
    {
        if (hashes.Take(upload.Uuid, upload.Size, algorithm) is { } known)
            using (known)
                return Digest.OfHash(algorithm, known.GetHashAndReset());
        hashes.Forget(upload.Uuid);
        LogReadAgain(upload.Size, algorithm.Name);
        using var hash = IncrementalHash.CreateHash(algorithm);
        var buffer = new byte[BufferBytes];
        foreach (var part in await db.ReadAsync(sql => UploadTable.PartsAsync(sql, upload.Id, ct), ct))
        {
            await using var content = await store.OpenAsync(part.Key, offset: 0, part.Size, ct);
            for (int read; (read = await content.ReadAsync(buffer, ct)) > 0; )
                hash.AppendData(buffer.AsSpan(..read));
        }
        return Digest.OfHash(algorithm, hash.GetHashAndReset());
    }

    // A request with a Content-Length gets quota for its whole body, or is refused before anything is written.
    private Task<(Id<PartRow> Part, long Reserved)> BeginPartAsync(UploadRow upload, string key, long? length) =>
        db.WriteAsync(async sql =>
        {
            if (await UploadTable.CountPartsAsync(sql, upload.Id) >= PartsMax)
                throw OciError.UploadInvalid(
                    $"The upload has {PartsMax} chunks already, and no more are allowed. Start again with larger "
                        + $"chunks."
                );
            var part = await UploadTable.InsertPartAsync(sql, upload.Id, key);
            var wanted = length ?? 0;
            var reserved = wanted == 0 ? 0 : await quota.ReserveAsync(sql, upload, part, wanted);
            // The quota has too little left, so this call refuses the request.
            if (reserved < wanted)
                await quota.ReserveAsync(sql, upload, part, wanted - reserved);
            return (part, reserved);
        });

    // Checks under a lock that no other request has added to the upload, or ended it, meanwhile.
    private Task AddPartAsync(UploadRow upload, Id<PartRow> part, long size) =>
        db.WriteAsync(async sql =>
        {
            if (await UploadTable.LockAsync(sql, upload.Id) is not { } row)
                throw OciError.UploadUnknown();
            if (row.Size != upload.Size)
                throw OciError.ChunkOutOfPlace(
                    "Another request has added to the upload at the same time. Continue where the upload ends now."
                );
            await UploadTable.AppendAsync(sql, upload, part, size, Now);
        });

    // Without this, an upload could expire during a slow request.
    private async Task WhileKeptAliveAsync(UploadRow upload, Func<Task> work)
    {
        using var timer = new PeriodicTimer(options.UploadTimeout / 4, time);
        var keeping = KeepAliveAsync();
        try
        {
            await work();
        }
        finally
        {
            timer.Dispose();
            await keeping;
        }

        async Task KeepAliveAsync()
        {
            while (await timer.WaitForNextTickAsync())
                await db.WriteAsync(sql => UploadTable.UseAsync(sql, upload.Id, Now));
        }
    }

    private Refusal TooLarge() =>
        OciError.TooLarge(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The blob is too large; allowed: {options.BlobBytesMax} bytes at most."
            )
        );

    [LoggerMessage(LogLevel.Debug, "Reading an upload of {Size} bytes again to compute its {Algorithm} digest")]
    private partial void LogReadAgain(long size, string? algorithm);
}
