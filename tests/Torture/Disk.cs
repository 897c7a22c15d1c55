namespace Paddock.Torture;

/// <summary>
/// A small file system mounted over a server's data folder, containing the folder's previous content.
/// </summary>
internal sealed class Disk : IDisposable
{
    private const string Ballast = "ballast";

    private readonly string folder;
    private readonly string? image;

    private Disk(string folder, string? image) => (this.folder, this.image) = (folder, image);

    /// <summary>A file system in memory (tmpfs).</summary>
    public static Disk InMemory(string folder, int megabytes)
    {
        var disk = new Disk(folder, image: null);
        disk.Replace(() => Shell.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=700", "tmpfs", folder));
        return disk;
    }

    /// <summary>A journaling file system (ext4) in a file.</summary>
    public static Disk InFile(string folder, int megabytes)
    {
        var image = folder.TrimEnd('/') + ".img";
        using (var file = File.Create(image))
            file.SetLength((long)megabytes << 20);
        Shell.Run("mkfs.ext4", "-q", "-F", image);
        var disk = new Disk(folder, image);
        disk.Replace(disk.Mount);
        return disk;
    }

    /// <summary>Fills the disk except for this much.</summary>
    public void Fill(long leave)
    {
        using var file = new FileStream(Path.Combine(folder, Ballast), FileMode.OpenOrCreate, FileAccess.Write);
        file.Seek(0, SeekOrigin.End);
        var zeros = new byte[64 << 10];
        try
        {
            while (new DriveInfo(folder).AvailableFreeSpace > leave)
            {
                file.Write(
                    zeros,
                    0,
                    (int)Math.Clamp(new DriveInfo(folder).AvailableFreeSpace - leave, 1, zeros.Length)
                );
                file.Flush();
            }
        }
        catch (IOException) { } // The clients are writing, too, and have taken the rest.
    }

    public void Empty() => File.Delete(Path.Combine(folder, Ballast));

    /// <summary>Blocks all writers until <see cref="Thaw"/>.</summary>
    public void Freeze() => Shell.Run("fsfreeze", "-f", folder);

    public void Thaw() => Shell.Run("fsfreeze", "-u", folder);

    /// <summary>Makes the file system read-only, as the kernel does after a disk error.</summary>
    public void Fail() => Shell.Run("mount", "-o", "remount,abort", folder);

    /// <summary>Repairs a failed disk. No process may have one of its files open.</summary>
    public void Mend()
    {
        Shell.Run("umount", folder);
        Shell.TryRun("fsck.ext4", "-y", image!); // The exit code only says that errors were repaired.
        Mount();
    }

    public void Dispose()
    {
        Shell.TryRun("umount", "-l", folder);
        if (image is not null)
            File.Delete(image);
    }

    private void Mount() => Shell.Run("mount", "-o", "loop", image!, folder);

    private void Replace(Action mount)
    {
        var aside = folder.TrimEnd('/') + ".aside";
        Shell.Run("cp", "-a", folder, aside);
        mount();
        Shell.Run("cp", "-a", aside + "/.", folder);
        Shell.Run("sync", "-f", folder);
        Directory.Delete(aside, recursive: true);
    }
}
