using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>Where images come from: a registry, or a folder.</summary>
internal interface IImageSource
{
    /// <param name="reference">A digest or, where the source knows them, a tag.</param>
    /// <returns>The bytes as they are, at most <see cref="Manifest.BytesMax"/>; not yet verified.</returns>
    Task<byte[]> ManifestAsync(string reference, CancellationToken ct);

    /// <summary>
    /// Whether whoever asks here may have the blob. It is asked for what is on this disk already, and came there for
    /// somebody else.
    /// </summary>
    Task<bool> HasBlobAsync(Digest digest, CancellationToken ct);

    /// <summary>The bytes as they travel, not yet verified.</summary>
    Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct);
}
