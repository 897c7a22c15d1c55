namespace Paddock.Torture;

/// <summary>A small file system on a server's data folder, with what was in the folder before.</summary>
internal sealed class Disk : IDisposable
{
    private const string Ballast = "ballast";

    private readonly string folder;
    private readonly string? image;

    private Disk(string folder, string? image) => (this.folder, this.image) = (folder, image);

    /// <summary>In memory.</summary>
    public static Disk InMemory(string folder, int megabytes)
    {
        var disk = new Disk(folder, image: null);
        disk.Replace(() => Shell.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=700", "tmpfs", folder));
        return disk;
    }

    /// <summary>A file system with a journal, in a file.</summary>
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

    /// <summary>Takes all room but this much.</summary>
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
        catch (IOException) { } // The clients write, too, and have taken the rest.
    }

    public void Empty() => File.Delete(Path.Combine(folder, Ballast));

    /// <summary>Nothing is written any more, and whoever tries waits, until <see cref="Thaw"/>.</summary>
    public void Freeze() => Shell.Run("fsfreeze", "-f", folder);

    public void Thaw() => Shell.Run("fsfreeze", "-u", folder);

    /// <summary>As the kernel does after an error of the disk: from now on it can only be read.</summary>
    public void Fail() => Shell.Run("mount", "-o", "remount,abort", folder);

    /// <summary>Mends a disk that has failed. Nobody may have a file of it open.</summary>
    public void Mend()
    {
        Shell.Run("umount", folder);
        Shell.TryRun("fsck.ext4", "-y", image!); // Its exit code says that there was something to mend.
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
