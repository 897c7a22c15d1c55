using System.Security.Cryptography;
using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>Uploads of blobs: in one request, in two, in chunks, or by mounting from another repository.</summary>
internal sealed class UploadEndpoints(
    Db db,
    RegistryAccess access,
    ReceiveUpload receive,
    Quota quota,
    TimeProvider time
)
{
    private const string Uploads = "/v2/{name}/blobs/uploads";
    private const string Session = "/v2/{name}/blobs/uploads/{session}";

    // The OpenAPI document has one path for blobs and uploads; its last segment is a digest or the word "uploads".
    private const string DocumentedUploads = "/v2/{name}/blobs/{ref}",
        DocumentedSession = "/v2/{name}/blobs/{ref}/{session_id}";

    public static void Map(RegistryRoutes routes)
    {
        var uploads = routes.Create<UploadEndpoints>();
        routes
            .Push("POST", Uploads, uploads.BeginAsync, DocumentedUploads)
            .GivesStatus(202)
            .Asks("digest")
            .Asks("mount")
            .Asks("from");
        routes
            .Push("PUT", Uploads, uploads.WholeAsync, DocumentedUploads)
            .GivesStatus(201)
            .Asks("digest", isRequired: true);
        foreach (var method in new[] { "GET", "HEAD", "DELETE" })
            routes.Refuse(method, Uploads, NotPossible, DocumentedUploads).OnlyRefuses();
        routes.Upload("GET", Session, uploads.StatusAsync, DocumentedSession).GivesStatus(204);
        routes.Upload("PATCH", Session, uploads.ChunkAsync, DocumentedSession).GivesStatus(202);
        routes
            .Upload("PUT", Session, uploads.CompleteAsync, DocumentedSession)
            .GivesStatus(201)
            .Asks("digest", isRequired: true);
        routes.Upload("DELETE", Session, uploads.CancelAsync, DocumentedSession).GivesStatus(202);
    }

    // With `digest`, the body is the whole blob. With `mount`, or `digest` and `from`, the server may have the blob
    // already, so that nothing needs to be sent.
    private async Task<Answer> BeginAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var (mount, from) = (call.Query("mount"), call.Query("from"));
        if (mount is null && from is not null)
            mount = call.Query("digest"); // As in the original server.
        if (mount is not null)
            return await MountAsync(name, token, DigestOf(mount), from);
        if (call.Query("digest") is { } text)
            return await WholeAsync(call, name, token, DigestOf(text));
        var (slug, upload) = await db.WriteAsync(sql => BeginAsync(sql, token, name));
        return At(StatusCodes.Status202Accepted, slug, upload);
    }

    private async Task<Answer> WholeAsync(Call call, OciToken token) =>
        await WholeAsync(call, RegistryRoutes.Name(call), token, DigestOf(call.Query("digest")));

    private async Task<Answer> WholeAsync(Call call, string name, OciToken token, Digest digest)
    {
        RegistryRoutes.AllowLargeBody(call);
        var (_, upload) = await db.WriteAsync(sql => BeginAsync(sql, token, name));
        try
        {
            upload = await receive.AppendAsync(
                upload,
                call.Http.Request,
                declared: null,
                digest.Algorithm,
                call.Aborted
            );
        }
        catch
        {
            await receive.EndAsync(upload);
            throw;
        }
        await receive.CompleteAsync(upload, digest, call.Aborted);
        return Stored(name, digest);
    }

    // If the blob cannot be mounted, an upload begins, and the client sends the blob.
    private async Task<Answer> MountAsync(string name, OciToken token, Digest digest, string? from)
    {
        var (slug, upload) = await db.WriteAsync(async sql =>
        {
            var project = await access.PushAsync(sql, token, name);
            var sources = await access.MountableAsync(sql, token, project);
            if (from is not null)
                sources = SqlText.Of($"({sources}) AND {RegistryAccess.IdOf(from).Condition("projects")}");
            if (await BlobTable.MountAsync(sql, project, sources, digest, time.GetUtcNow()))
            {
                await quota.RefuseExcessAsync(sql, project.Id);
                return (project.Slug, null);
            }
            return (project.Slug, (UploadRow?)await UploadTable.InsertAsync(sql, project.Id, token, time.GetUtcNow()));
        });
        return upload is null ? Stored(name, digest) : At(StatusCodes.Status202Accepted, slug, upload);
    }

    private async Task<Answer> StatusAsync(Call call)
    {
        var (slug, upload) = await FindAsync(call);
        return At(StatusCodes.Status204NoContent, slug, upload);
    }

    private async Task<Answer> ChunkAsync(Call call)
    {
        RegistryRoutes.AllowLargeBody(call);
        var (slug, upload) = await FindAsync(call);
        var after = await AppendAsync(call, slug, upload, HashAlgorithmName.SHA256);
        return At(StatusCodes.Status202Accepted, slug, after);
    }

    private async Task<Answer> CompleteAsync(Call call)
    {
        RegistryRoutes.AllowLargeBody(call);
        var (slug, upload) = await FindAsync(call);
        UploadRow after;
        Digest digest;
        try
        {
            digest = DigestOf(call.Query("digest"));
            after = await AppendAsync(call, slug, upload, digest.Algorithm);
        }
        catch (Exception e) when (e is not Refusal { Because: Because.BadRange })
        {
            await receive.EndAsync(upload);
            throw;
        }
        await receive.CompleteAsync(after, digest, call.Aborted);
        return Stored(RegistryRoutes.Name(call), digest);
    }

    private async Task<Answer> CancelAsync(Call call)
    {
        var (_, upload) = await FindAsync(call);
        await receive.EndAsync(upload);
        return new OciAnswer(StatusCodes.Status202Accepted);
    }

    private static Task<Answer> NotPossible(Call call) =>
        throw new Refusal(
            Because.NotPossible,
            $"{call.Http.Request.Method} is not possible on uploads as a whole; possible: POST, and PUT with a digest."
        )
        {
            OciCode = "UNSUPPORTED",
        };

    // The refusal of a misplaced chunk tells the client how far the upload is.
    private async Task<UploadRow> AppendAsync(Call call, string slug, UploadRow upload, HashAlgorithmName algorithm)
    {
        try
        {
            var declared = RangeOf(call);
            var after = await receive.AppendAsync(upload, call.Http.Request, declared, algorithm, call.Aborted);
            if (declared is { } range && range.Size != after.Size - upload.Size)
            {
                upload = after; // The received bytes are kept, and the answer says how many.
                throw OciError.ChunkOutOfPlace(
                    $"The chunk does not have the {range.Size} bytes that Content-Range declares."
                );
            }
            return after;
        }
        catch (Refusal e) when (e.Because == Because.BadRange)
        {
            foreach (var (name, value) in Headers(slug, upload))
                call.Http.Response.Headers[name] = value;
            throw;
        }
    }

    private async Task<(string Slug, UploadRow Upload)> BeginAsync(Sql sql, OciToken token, string name)
    {
        var project = await access.PushAsync(sql, token, name);
        return (project.Slug, await UploadTable.InsertAsync(sql, project.Id, token, time.GetUtcNow()));
    }

    private Task<(string Slug, UploadRow Upload)> FindAsync(Call call)
    {
        var name = RegistryRoutes.Name(call);
        if (!Guid.TryParseExact((string?)call.Http.GetRouteValue("session"), "D", out var session))
            throw OciError.UploadUnknown();
        return db.ReadAsync(
            async sql =>
            {
                var project = await RegistryAccess.OfUploadAsync(sql, name, call.Aborted);
                var upload = await UploadTable.FindAsync(sql, project.Id, session, receive.AliveSince, call.Aborted)
                    ?? throw OciError.UploadUnknown();
                await access.CheckOpenerAsync(sql, upload, call.Aborted);
                return (project.Slug, upload);
            },
            call.Aborted
        );
    }

    private static ContentRange? RangeOf(Call call)
    {
        var header = call.Http.Request.Headers.ContentRange.ToString();
        if (header.Length == 0)
            return null;
        return ContentRange.TryParse(header, out var range)
            ? range
            : throw OciError.ChunkOutOfPlace(
                $"Content-Range: {Text.Quote(header)} is not of the form FIRST-LAST, as in 0-1023."
            );
    }

    private static Digest DigestOf(string? text) =>
        Digest.TryParse(text, out var digest)
            ? digest
            : throw OciError.DigestInvalid($"digest: {Text.Refusal<Digest>(text)}");

    private static OciAnswer Stored(string name, Digest digest) =>
        new OciAnswer(StatusCodes.Status201Created).With("Location", $"/v2/{name}/blobs/{digest}").WithDigest(digest);

    private static OciAnswer At(int status, string slug, UploadRow upload) =>
        Headers(slug, upload)
            .Aggregate(new OciAnswer(status), (answer, header) => answer.With(header.Name, header.Value));

    // Range names the last byte, not the count, so an empty upload looks like one of a single byte.
    private static (string Name, string Value)[] Headers(string slug, UploadRow upload) =>
        [
            ("Location", $"/v2/{slug}/blobs/uploads/{upload.Uuid}"),
            ("Range", $"0-{Math.Max(0, upload.Size - 1)}"),
            ("Docker-Upload-UUID", upload.Uuid.ToString()),
        ];
}
