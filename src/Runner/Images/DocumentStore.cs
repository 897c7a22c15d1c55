using Paddock.Runner.Native;

namespace Paddock.Runner.Images;

/// <summary>Manifests and configurations by digest: small, verified whenever they are read, the oldest removed when there are many.</summary>
internal sealed class DocumentStore
{
    private const int CountMax = 4096;
    private readonly string folder;

    public DocumentStore(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <param name="fetch">Where it is not here yet.</param>
    public async Task<byte[]> GetAsync(Digest digest, Func<Task<byte[]>> fetch, CancellationToken ct)
    {
        var file = Path.Combine(folder, digest.Hex);
        if (File.Exists(file))
        {
            var kept = await File.ReadAllBytesAsync(file, ct);
            try
            {
                digest.Verify(kept, digest.Text);
                return kept;
            }
            catch (ImageException) { File.Delete(file); } // A power cut, say.
        }
        var bytes = await fetch();
        digest.Verify(bytes, "What the source gave");
        Thin();
        var unfinished = $"{file}.{Guid.NewGuid():n}";
        await File.WriteAllBytesAsync(unfinished, bytes, ct);
        File.Move(unfinished, file, overwrite: true);
        Linux.SyncFolder(folder);
        return bytes;
    }

    private void Thin()
    {
        var files = new DirectoryInfo(folder).GetFiles();
        if (files.Length < CountMax) return;
        foreach (var old in files.OrderBy(f => f.LastWriteTimeUtc).Take(CountMax / 4)) old.Delete();
    }
}
