using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Paddock.Core.Names;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Images;

/// <summary>An image whose layers are protected from eviction until this is disposed.</summary>
/// <param name="Layers">Folders, lowest first, in overlayfs form.</param>
/// <param name="Pulled">The bytes of layers that had to be fetched for the image.</param>
internal sealed record Image(
    Digest Digest,
    IReadOnlyList<string> Layers,
    ImageConfig Config,
    long Pulled,
    IDisposable Hold
) : IDisposable
{
    public void Dispose() => Hold.Dispose();
}

/// <summary>A cache of images, which are fetched on demand.</summary>
internal sealed class ImageStore
{
    private const int Attempts = 3,
        ProofsAtOnce = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly LayerStore layers;
    private readonly ImageLimits limits;
    private readonly TimeProvider time;

    public ImageStore(string folder, ImageLimits limits, TimeProvider time)
    {
        (this.limits, this.time) = (limits, time);
        layers = new(Path.Combine(folder, "layers"), limits);
    }

    /// <summary>
    /// Pulls an image unless it is on this disk already. A layer that concurrent calls need is fetched once.
    /// </summary>
    /// <param name="reference">The image's tag or digest at the source; a digest is verified.</param>
    /// <exception cref="ImageException">The image cannot be pulled.</exception>
    public async Task<Image> GetAsync(IImageSource source, string reference, CancellationToken ct)
    {
        var (manifest, digest) = await ManifestAsync(source, reference, depth: 0, ct);
        var document = await DocumentAsync(source, manifest, ct);
        var chains = Chains(manifest.Layers!, document.Rootfs!.DiffIds!);
        var hold = layers.Use(chains);
        try
        {
            var pulled = await LayersAsync(source, manifest.Layers!, document.Rootfs.DiffIds!, chains, ct);
            if (pulled > 0)
                layers.Evict();
            return new(digest, [.. chains.Select(layers.PathOf)], document.Config ?? new(), pulled, hold);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    public static string Architecture =>
        RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            var other => throw new PlatformNotSupportedException($"{other}"),
        };

    private async Task<(Manifest, Digest)> ManifestAsync(
        IImageSource source,
        string reference,
        int depth,
        CancellationToken ct
    )
    {
        // Manifest and configuration are fetched each time with the job's own token. A job that may not pull an image
        // must not run it only because another job has pulled it.
        var bytes = await RepeatAsync(() => source.ManifestAsync(reference, ct), ct);
        if (Digest.Is(reference))
            ImageDigest.Parse(reference).Verify(bytes, "The downloaded content");
        var manifest = Manifest.Parse(bytes);
        if (manifest.Manifests is { } manifests)
        {
            if (depth > 2)
                throw new ImageException("The image nests too many indexes: no image manifest is in the first three");
            var chosen = Manifest.Choose(manifests, Architecture);
            return await ManifestAsync(source, ImageDigest.Parse(chosen.Digest).Value, depth + 1, ct);
        }
        if (manifest.Config is null || manifest.Layers is not { Count: > 0 })
            throw new ImageException("The manifest does not describe an image: it has no configuration or no layers");
        if (manifest.Layers.Count > Overlay.LayersMax)
            throw new ImageException(
                $"The image has {manifest.Layers.Count} layers; at most {Overlay.LayersMax} can be mounted "
                    + "as an overlay"
            );
        if (manifest.Layers.Any(l => l.Size < 0))
            throw new ImageException("The manifest declares a layer of negative size");
        var total = manifest.Layers.Aggregate(0m, (sum, l) => sum + l.Size);
        if (total > limits.DownloadBytesMax)
            throw new ImageException(
                $"The image's layers have {total} bytes; this runner's limit is {limits.DownloadBytesMax}"
            );
        return (manifest, Digest.Of(HashAlgorithmName.SHA256, bytes));
    }

    private async Task<ImageDocument> DocumentAsync(IImageSource source, Manifest manifest, CancellationToken ct)
    {
        var config = manifest.Config!;
        if (config.Size is < 0 or > Manifest.BytesMax)
            throw new ImageException(
                $"The configuration of the image has {config.Size} bytes; at most {Manifest.BytesMax} are read"
            );
        var bytes = await RepeatAsync(() => BlobAsync(source, config, ct), ct);
        ImageDigest.Parse(config.Digest).Verify(bytes, "The downloaded content");
        var document = Manifest.Read(bytes, OciJson.Default.ImageDocument, "The configuration");
        if (document.Rootfs?.DiffIds is not { } diffs || diffs.Count != manifest.Layers!.Count)
            throw new ImageException("The numbers of layers in the image's configuration and in its manifest differ");
        if (document is { Os: not (null or "" or "linux") })
            throw new ImageException($"The image is built for {document.Os}; this runner runs only linux images");
        if (document.Architecture is { Length: > 0 } architecture && architecture != Architecture)
            throw new ImageException($"The image is built for {architecture} machines; this machine is {Architecture}");
        return document;
    }

    private static async Task<byte[]> BlobAsync(IImageSource source, Descriptor blob, CancellationToken ct)
    {
        await using var stream = await source.OpenBlobAsync(ImageDigest.Parse(blob.Digest), ct);
        var bytes = new byte[blob.Size];
        try
        {
            var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
            if (count < bytes.Length)
                throw new ImageException($"{blob.Digest} ended after {count} of {blob.Size} bytes", again: true);
            if (await stream.ReadAsync(new byte[1], ct) > 0)
                throw new ImageException(
                    $"{blob.Digest} is longer than the {blob.Size} bytes that its manifest declares"
                );
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new ImageException($"Reading {blob.Digest} failed: {e.Message}", again: true, e);
        }
        return bytes;
    }

    private async Task<long> LayersAsync(
        IImageSource source,
        IReadOnlyList<Descriptor> descriptors,
        IReadOnlyList<string> diffs,
        List<string> chains,
        CancellationToken ct
    )
    {
        // Layers on this disk are named by hashes, which anybody can write into an image. So a stored layer is mounted
        // for a job only if the job's registry serves it the blob that the layer was unpacked from.
        var here = Enumerable
            .Range(0, descriptors.Count)
            .Where(i => layers.IsFrom(chains[i], ImageDigest.Parse(descriptors[i].Digest)))
            .Select(i => ImageDigest.Parse(descriptors[i].Digest))
            .Distinct();
        foreach (var asked in here.Chunk(ProofsAtOnce))
            if (
                (
                    await Task.WhenAll(asked.Select(digest => RepeatAsync(() => source.HasBlobAsync(digest, ct), ct)))
                ).Contains(false)
            )
                throw new ImageException(
                    $"The source of the image does not allow this job to pull all of its layers "
                        + $"({string.Join(", ", asked.Select(digest => digest.Value))})"
                );
        var (left, pulled) = (limits.Unpack, 0L);
        for (var i = 0; i < descriptors.Count; i++)
        {
            var (layer, at, room) = (descriptors[i], i, left);
            var made = await RepeatAsync(
                () =>
                    layers.EnsureAsync(
                        chains[at],
                        chains[..at],
                        ImageDigest.Parse(diffs[at]),
                        layer,
                        room,
                        c => source.OpenBlobAsync(ImageDigest.Parse(layer.Digest), c),
                        ct
                    ),
                ct
            );
            if (made is not var (entries, bytes))
                continue;
            left = new(left.BytesMax - bytes, left.EntriesMax - entries);
            pulled += layer.Size;
        }
        return pulled;
    }

    private async Task<T> RepeatAsync<T>(Func<Task<T>> attempt, CancellationToken ct)
    {
        for (var n = 1; ; n++)
        {
            try
            {
                return await attempt();
            }
            catch (ImageException e) when (e.Again && n < Attempts)
            {
                await Task.Delay(Pause * n, time, ct);
            }
        }
    }

    private static List<string> Chains(IReadOnlyList<Descriptor> layers, IReadOnlyList<string> diffs)
    {
        var chains = new List<string>(layers.Count);
        foreach (var diff in diffs)
            chains.Add(LayerStore.Chain(chains.Count == 0 ? null : chains[^1], ImageDigest.Parse(diff)));
        return chains;
    }
}
