using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>A source of images: a registry or a folder.</summary>
internal interface IImageSource
{
    /// <param name="reference">A digest or, if the source supports them, a tag.</param>
    /// <returns>The raw bytes, at most <see cref="Manifest.BytesMax"/>; not yet verified.</returns>
    Task<byte[]> ManifestAsync(string reference, CancellationToken ct);

    /// <summary>
    /// Returns true when this job may read the blob. Used for blobs that are already on this disk because another job
    /// has pulled them.
    /// </summary>
    Task<bool> HasBlobAsync(Digest digest, CancellationToken ct);

    /// <summary>The raw bytes as transferred, not yet verified.</summary>
    Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct);
}
