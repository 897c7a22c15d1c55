using System.Globalization;
using Paddock.Core.Names;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>Downloads of blobs, whole or in part, and their removal from a repository.</summary>
internal sealed class BlobEndpoints(Db db, RegistryAccess access, IBlobStore store, TimeProvider time)
{
    private const string Blob = "/v2/{name}/blobs/{digest}",
        Documented = "/v2/{name}/blobs/{ref}";
    private const int BufferBytes = 256 << 10;

    // A client that learns that a blob exists does not upload it, so the blob must still exist when the client sends
    // the manifest. A use is recorded at most once in this time.
    private static readonly TimeSpan PutDownAfter = TimeSpan.FromMinutes(10);

    public static void Map(RegistryRoutes routes)
    {
        var blobs = routes.Create<BlobEndpoints>();
        routes.Pull(Blob, blobs.ViewAsync, Documented);
        routes.Push("DELETE", Blob, blobs.DeleteAsync, Documented).GivesStatus(202);
    }

    private async Task<Answer> ViewAsync(Call call, OciToken token)
    {
        var (name, now) = (RegistryRoutes.Name(call), time.GetUtcNow());
        var digest = DigestOf(call);
        var isHead = HttpMethods.IsHead(call.Http.Request.Method);
        var (projectId, blob, parts) = await db.ReadAsync(
            async sql =>
            {
                var project = await access.PullAsync(sql, token, name, call.Aborted);
                var found = await BlobTable.FindAsync(sql, project.Id, digest, call.Aborted)
                    ?? throw OciError.BlobUnknown(digest);
                return (project.Id, found, isHead ? [] : await BlobTable.PartsAsync(sql, found.Id, call.Aborted));
            },
            call.Aborted
        );
        if (isHead && blob.Used < now - PutDownAfter)
            await db.WriteAsync(sql => BlobTable.UseAsync(sql, projectId, blob.Id, now));
        return ContentOf(call, blob, parts);
    }

    private OciAnswer ContentOf(Call call, BlobRow blob, List<PartRow> parts)
    {
        if (!ByteRange.TryParse(call.Http.Request.Headers.Range.ToString(), blob.Size, out var range))
        {
            call.Http.Response.Headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture,
                $"bytes */{blob.Size}"
            );
            throw OciError.RangeNotThere($"The requested range is outside the blob, which has {blob.Size} bytes.");
        }
        var part = range ?? new(0, blob.Size - 1);
        var answer = new OciAnswer(range is null ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent)
            .WithDigest(blob.Digest)
            .With("Content-Type", "application/octet-stream")
            .With("Accept-Ranges", "bytes")
            .With("Content-Length", part.Size.ToString(CultureInfo.InvariantCulture))
            .With("ETag", $"\"{blob.Digest}\"")
            .WithBody(http => WriteAsync(http, parts, part));
        return range is null
            ? answer
            : answer.With(
                "Content-Range",
                string.Create(CultureInfo.InvariantCulture, $"bytes {part.First}-{part.Last}/{blob.Size}")
            );
    }

    private async Task<Answer> DeleteAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var digest = DigestOf(call);
        await db.WriteAsync(async sql =>
        {
            var project = await access.RemoveAsync(sql, token, name);
            if (!await BlobTable.UnlinkAsync(sql, project.Id, digest, time.GetUtcNow()))
                throw OciError.BlobUnknown(digest);
        });
        return new OciAnswer(StatusCodes.Status202Accepted).WithDigest(digest);
    }

    private async Task WriteAsync(HttpContext http, List<PartRow> parts, ByteRange range)
    {
        var (next, ct) = (range.First, http.RequestAborted);
        foreach (var part in parts)
        {
            if (next > range.Last)
                break;
            if (part.Place + part.Size <= next)
                continue;
            var left = Math.Min(part.Place + part.Size, range.Last + 1) - next;
            await using var content = await store.OpenAsync(part.Key, next - part.Place, left, ct);
            next += left;
            await CopyAsync(content, http.Response, left, ct);
        }
    }

    private static async Task CopyAsync(Stream from, HttpResponse to, long bytes, CancellationToken ct)
    {
        while (bytes > 0)
        {
            var buffer = to.BodyWriter.GetMemory(BufferBytes);
            var read = await from.ReadAsync(buffer[..(int)Math.Min(buffer.Length, bytes)], ct);
            if (read == 0)
                throw new EndOfStreamException("An object of the blob store is shorter than the database says.");
            bytes -= read;
            to.BodyWriter.Advance(read);
            await to.BodyWriter.FlushAsync(ct);
        }
    }

    private static Digest DigestOf(Call call)
    {
        var text = (string?)call.Http.GetRouteValue("digest");
        return Digest.TryParse(text, out var digest)
            ? digest
            : throw OciError.DigestInvalid(Text.Refusal<Digest>(text));
    }
}
