using System.Globalization;
using System.Security.Cryptography;
using Paddock.Core.Names;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Registry;

/// <summary>Reads, stores and deletes manifests, by digest or by tag.</summary>
internal sealed class ManifestEndpoints(
    Db db,
    RegistryAccess access,
    Quota quota,
    BaseOptions server,
    RegistryOptions options,
    ListLimits limits,
    TimeProvider time
)
{
    private const string Manifest = "/v2/{name}/manifests/{reference}";
    private const int TagsMax = 32;
    private const int ManifestBytesMax = 4 << 20;

    public static void Map(RegistryRoutes routes)
    {
        var manifests = routes.Create<ManifestEndpoints>();
        routes.Pull(Manifest, manifests.ViewAsync);
        // The size is checked first, as in v0.
        routes.Push("PUT", Manifest, manifests.PutAsync, first: manifests.RefuseDeclaredExcess).GivesStatus(201);
        routes.Push("DELETE", Manifest, manifests.DeleteAsync).GivesStatus(202);
    }

    private async Task<Answer> ViewAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var reference = Reference(call);
        var isHead = HttpMethods.IsHead(call.Http.Request.Method);
        var (row, body) = await db.ReadAsync(
            async sql =>
            {
                var project = await access.PullAsync(sql, token, name, call.Aborted);
                var found =
                    Digest.TryParse(reference, out var digest)
                        ? await ManifestTable.FindAsync(sql, project.Id, digest, call.Aborted)
                    : Tag.TryParse(reference, out var tag)
                        ? await ManifestTable.FindAsync(sql, project.Id, tag, call.Aborted)
                    : null;
                if (found is null)
                    throw OciError.ManifestUnknown(reference);
                return (found, isHead ? [] : await ManifestTable.BodyAsync(sql, found.Id, call.Aborted) ?? []);
            },
            call.Aborted
        );
        return new OciAnswer(StatusCodes.Status200OK)
            .WithDigest(row.Digest)
            .With("Content-Type", row.MediaType)
            .With("ETag", $"\"{row.Digest}\"")
            .With("Content-Length", row.Size.ToString(CultureInfo.InvariantCulture))
            .WithBody(http => http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask());
    }

    private async Task<Answer> PutAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var reference = Reference(call);
        var tags = TagsOf(call);
        Digest? wanted = null;
        if (Digest.TryParse(reference, out var digest))
            wanted = digest;
        else if (reference.Contains(':', StringComparison.Ordinal))
            throw OciError.DigestInvalid(Text.Refusal<Digest>(reference));
        else
            tags.Insert(0, TagOf(reference));

        var body = await BodyAsync(call);
        var actual = Digest.Of(wanted?.Algorithm ?? HashAlgorithmName.SHA256, body);
        if (wanted is not null && wanted != actual)
            throw OciError.DigestInvalid($"The manifest's digest is {actual}, but the URL names {wanted}.");
        var document = ManifestDocument.Parse(body, call.Http.Request.ContentType);
        await db.WriteAsync(async sql =>
        {
            var project = await access.PushAsync(sql, token, name);
            var id = await ManifestTable.PutAsync(sql, project.Id, document, actual, body, time.GetUtcNow());
            await quota.RefuseExcessAsync(sql, project.Id);
            foreach (var tag in tags)
                await TagTable.SetAsync(sql, project.Id, tag, id, limits, time.GetUtcNow());
        });
        var answer = new OciAnswer(StatusCodes.Status201Created)
            .With("Location", $"/v2/{name}/manifests/{actual}")
            .WithDigest(actual);
        if (document.Subject is { } subject)
            answer.With("OCI-Subject", subject.Value);
        return wanted is null || tags.Count == 0 ? answer : answer.With("OCI-Tag", string.Join(", ", tags));
    }

    private async Task<Answer> DeleteAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var reference = Reference(call);
        var digest = await db.WriteAsync(async sql =>
        {
            var project = await access.RemoveAsync(sql, token, name);
            if (Digest.TryParse(reference, out var whole))
            {
                await ManifestTable.DeleteAsync(sql, project.Id, whole);
                return whole;
            }
            var tag = reference.Contains(':', StringComparison.Ordinal)
                ? throw OciError.DigestInvalid(Text.Refusal<Digest>(reference))
                : TagOf(reference);
            var tagged = await ManifestTable.FindAsync(sql, project.Id, tag)
                ?? throw OciError.ManifestUnknown(reference);
            await TagTable.DeleteAsync(sql, project.Id, tag, time.GetUtcNow());
            return tagged.Digest;
        });
        return new OciAnswer(StatusCodes.Status202Accepted).WithDigest(digest);
    }

    // Manifests are read into memory and stored in the database, so their limit is much lower than a run's, and never
    // higher than a blob's.
    private long BytesMax => Math.Min(Math.Min(server.RequestBodyBytesMax, ManifestBytesMax), options.BlobBytesMax);

    private async Task<byte[]> BodyAsync(Call call)
    {
        RegistryRoutes.AllowLargeBody(call); // This method refuses large bodies itself.
        using var content = new MeasuredContent(call.Http.Request.Body, hash: null, BytesMax, TooLarge);
        using var body = new MemoryStream();
        await content.CopyToAsync(body, call.Aborted);
        return body.ToArray();
    }

    private void RefuseDeclaredExcess(Call call)
    {
        if (call.Http.Request.ContentLength > BytesMax)
            throw TooLarge();
    }

    private Refusal TooLarge() => OciError.TooLarge($"The manifest is too large; allowed: {BytesMax} bytes at most.");

    private static string Reference(Call call) => (string)call.Http.GetRouteValue("reference")!;

    private static Tag TagOf(string? text) => Tag.TryParse(text, out var tag) ? tag : throw OciError.TagInvalid(text);

    // Additional tags in the query: ?tag=a&tag=b.
    private static List<Tag> TagsOf(Call call)
    {
        var texts = call.Http.Request.Query["tag"];
        return texts.Count <= TagsMax
            ? texts.Select(TagOf).ToList()
            : throw OciError.ManifestInvalid($"tag: {texts.Count} tags in one request; allowed: {TagsMax} at most");
    }
}
