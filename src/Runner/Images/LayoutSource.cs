namespace Paddock.Runner.Images;

/// <summary>An image in a folder, as the OCI image layout has it. Its one reference is the index of the folder.</summary>
internal sealed class LayoutSource(string folder) : IImageSource
{
    public const string Index = "index.json";

    public static bool Is(string folder) => File.Exists(Path.Combine(folder, Index));

    public async Task<byte[]> ManifestAsync(string reference, CancellationToken ct)
    {
        await using var stream = Open(reference == Index ? Index : Blob(Digest.Parse(reference)));
        if (stream.Length > Manifest.BytesMax) throw new ImageException($"The manifest {reference} is longer than {Manifest.BytesMax} bytes");
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, ct);
        return bytes;
    }

    public Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct) => Task.FromResult<Stream>(Open(Blob(digest)));

    private static string Blob(Digest digest) => Path.Combine("blobs", digest.Text.Split(':')[0], digest.Hex);

    private FileStream Open(string path)
    {
        try { return File.OpenRead(Path.Combine(folder, path)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new ImageException($"{folder} is not a whole image: {e.Message}", cause: e); }
    }
}
