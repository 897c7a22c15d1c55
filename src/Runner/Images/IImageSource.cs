namespace Paddock.Runner.Images;

/// <summary>Where images come from: a registry, or a folder.</summary>
internal interface IImageSource
{
    /// <param name="reference">A digest or, where the source knows them, a tag.</param>
    /// <returns>The bytes as they are, at most <see cref="Manifest.BytesMax"/>; not yet verified.</returns>
    Task<byte[]> ManifestAsync(string reference, CancellationToken ct);

    /// <summary>The bytes as they travel, not yet verified.</summary>
    Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct);
}
