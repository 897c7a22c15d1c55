using Paddock.Core.Names;
using Paddock.Runner.Native;

namespace Paddock.Runner.Images;

/// <summary>
/// An image in a folder in OCI image layout. Its only reference is the folder's index.
/// </summary>
internal sealed class LayoutSource(string folder) : IImageSource
{
    public const string Index = "index.json";

    public static bool Is(string folder) => File.Exists(Path.Combine(folder, Index));

    public async Task<byte[]> ManifestAsync(string reference, CancellationToken ct)
    {
        await using var stream = Open(reference == Index ? Index : Blob(ImageDigest.Parse(reference)));
        if (stream.Length > Manifest.BytesMax)
            throw new ImageException($"The manifest {reference} is longer than {Manifest.BytesMax} bytes");
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, ct);
        return bytes;
    }

    public Task<bool> HasBlobAsync(Digest digest, CancellationToken ct)
    {
        Open(Blob(digest)).Dispose();
        return Task.FromResult(true);
    }

    public Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct) =>
        Task.FromResult<Stream>(Open(Blob(digest)));

    private static string Blob(Digest digest) => Path.Combine("blobs", digest.Value.Split(':')[0], digest.Hex);

    // Symbolic links cannot leave the folder, and opening a pipe does not block.
    private FileStream Open(string path)
    {
        try
        {
            using var root = Linux.OpenFolder(folder);
            using var found = Linux.OpenInRoot(root, path, Linux.PathOnly)
                ?? throw new ImageException($"{folder} is not a complete image: it has no {path}");
            if (Linux.Look(found, "") is not { Kind: FileKind.File })
                throw new ImageException($"{folder} is not an image: its {path} is not a regular file");
            return new(Linux.Open(Linux.PathOf(found), Linux.ReadOnly | Linux.NonBlock), FileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{folder} is not a complete image: {e.Message}", cause: e);
        }
    }
}
