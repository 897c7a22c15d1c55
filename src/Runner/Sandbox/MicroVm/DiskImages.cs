using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// The cached disks that microVMs start from: one ext4 file per image and size. Any number of guests share it, as each
/// guest's writes go to its own file.
/// </summary>
internal sealed class DiskImages(string folder, long bytesMax) : IDisposable
{
    private const string Suffix = ".ext4";
    private const long BlockBytes = 4096,
        InodeBytes = 256,
        BytesPerInode = 16 << 10,
        SpareBytes = 16 << 20;
    private readonly SemaphoreSlim one = new(1);

    /// <returns>The disk with the image on it and room for <paramref name="room"/> bytes more.</returns>
    /// <exception cref="IOException">The disk could not be created; the message says why.</exception>
    public async Task<string> PrepareAsync(IReadOnlyList<string> layers, string root, long room, CancellationToken ct)
    {
        // The paths identify the content: a layer's folder is named by its digest and never changes.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', layers))))[..32];
        var name = string.Create(CultureInfo.InvariantCulture, $"{key}-{room}");
        await one.WaitAsync(ct);
        try
        {
            Directory.CreateDirectory(folder);
            if (Directory.GetFiles(folder, $"{name}-*{Suffix}") is not [var path])
                return await MakeAsync(name, root, room, ct);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return path;
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<string> MakeAsync(string name, string root, long room, CancellationToken ct)
    {
        foreach (var half in Directory.GetFiles(folder, "*.new"))
            File.Delete(half);
        var (bytes, count) = Measure(root);
        RemoveOldest(bytesMax - bytes);
        var inodes = count + count / 8 + room / BytesPerInode + 1024;
        var size = (bytes + room + inodes * InodeBytes) / 100 * 104 + SpareBytes;
        // The name records the image's size, which is what the sparse file occupies on the host.
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{bytes}{Suffix}"));
        var making = $"{path}.new";
        await using (var file = new FileStream(making, FileMode.Create))
            file.SetLength(size / BlockBytes * BlockBytes);
        // Without a journal: the disk is never read after a crash, and a journal would write at arbitrary times.
        string[] arguments =
        [
            "-q",
            "-F",
            "-t",
            "ext4",
            "-b",
            "4096",
            "-m",
            "0",
            "-N",
            inodes.ToString(CultureInfo.InvariantCulture),
            "-O",
            "^has_journal,^resize_inode",
            "-E",
            "lazy_itable_init=1,nodiscard,root_owner=0:0",
            "-d",
            root,
            making,
        ];
        var (code, error) = await OneShot.RunAsync("mkfs.ext4", arguments, ct);
        if (code != 0)
        {
            File.Delete(making);
            throw new IOException($"No disk could be created from the image: mkfs.ext4 failed: {error}");
        }
        using (var file = File.OpenHandle(making, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(file);
        File.Move(making, path);
        Linux.SyncFolder(folder);
        return path;
    }

    // Evicts the least recently used disks. A guest that has a deleted disk open can read it until the guest ends.
    private void RemoveOldest(long bytesMax)
    {
        var taken = 0L;
        foreach (
            var disk in new DirectoryInfo(folder).GetFiles($"*{Suffix}").OrderByDescending(f => f.LastWriteTimeUtc)
        )
        {
            taken += long.TryParse(
                Path.GetFileNameWithoutExtension(disk.Name).Split('-')[^1],
                CultureInfo.InvariantCulture,
                out var bytes
            )
                ? bytes
                : bytesMax;
            if (taken > bytesMax)
                disk.Delete();
        }
    }

    private static (long Bytes, long Count) Measure(string root)
    {
        var sizes = new FileSystemEnumerable<long>(
            root,
            (ref FileSystemEntry e) =>
                IsPlain(ref e) ? (e.Length + BlockBytes - 1) / BlockBytes * BlockBytes : BlockBytes,
            new()
            {
                AttributesToSkip = 0,
                RecurseSubdirectories = true,
                IgnoreInaccessible = false,
            }
        )
        {
            ShouldRecursePredicate = (ref FileSystemEntry e) =>
                e.IsDirectory && !e.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        var (bytes, count) = (0L, 0L);
        foreach (var size in sizes)
            (bytes, count) = (bytes + size, count + 1);
        return (bytes, count);
    }

    private static bool IsPlain(ref FileSystemEntry entry) =>
        !entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    public void Dispose() => one.Dispose();
}
