using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>Refusals with the registry protocol's own codes.</summary>
internal static class OciError
{
    public static Refusal NameInvalid(string? name) =>
        new(
            Because.BadInput,
            $"{Text.Quote(name)} is not the name of a repository; allowed: the UUID or the slug of a project, without "
                + $"\"/\""
        )
        {
            OciCode = "NAME_INVALID",
        };

    public static Refusal NameUnknown(string name) =>
        new(Because.NotFound, $"There is no project {Text.Quote(name)} here, or you may not see it.")
        {
            OciCode = "NAME_UNKNOWN",
        };

    public static Refusal Denied(string message) => new(Because.NotAllowed, message) { OciCode = "DENIED" };

    public static Refusal NotSignedIn(string message) => new(Because.NotSignedIn, message) { OciCode = "UNAUTHORIZED" };

    public static Refusal DigestInvalid(string message) =>
        new(Because.BadInput, message) { OciCode = "DIGEST_INVALID" };

    public static Refusal BlobUnknown(Digest digest) =>
        new(Because.NotFound, $"The repository has no blob {digest}.") { OciCode = "BLOB_UNKNOWN" };

    public static Refusal UploadUnknown() =>
        new(
            Because.NotFound,
            "This repository has no such upload: it has ended, was canceled, or has expired. Start a new one."
        )
        {
            OciCode = "BLOB_UPLOAD_UNKNOWN",
        };

    public static Refusal UploadInvalid(string message) =>
        new(Because.BadInput, message) { OciCode = "BLOB_UPLOAD_INVALID" };

    /// <summary>A chunk that does not start where the upload ends.</summary>
    public static Refusal ChunkOutOfPlace(string message) =>
        new(Because.BadRange, message) { OciCode = "BLOB_UPLOAD_INVALID" };

    public static Refusal RangeNotThere(string message) => new(Because.BadRange, message) { OciCode = "SIZE_INVALID" };

    public static Refusal TooLarge(string message) => new(Because.TooLarge, message) { OciCode = "SIZE_INVALID" };

    public static Refusal ManifestUnknown(string? reference) =>
        new(Because.NotFound, $"The repository has no manifest {Text.Quote(reference)}.")
        {
            OciCode = "MANIFEST_UNKNOWN",
        };

    public static Refusal ManifestInvalid(string message) =>
        new(Because.BadInput, message) { OciCode = "MANIFEST_INVALID" };

    public static Refusal ManifestBlobUnknown(string message) =>
        new(Because.BadInput, message) { OciCode = "MANIFEST_BLOB_UNKNOWN" };

    public static Refusal TagInvalid(string? tag) =>
        new(Because.BadInput, Text.Refusal<Tag>(tag)) { OciCode = "TAG_INVALID" };
}
