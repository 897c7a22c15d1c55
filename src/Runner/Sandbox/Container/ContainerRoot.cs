using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// The mount point of one container's root folder. The container's root user, who has no rights outside, must be able
/// to reach it, but no other user of this machine, because an image may contain setuid programs.
/// </summary>
/// <param name="roots">The folder for the root folders of all containers of this runner.</param>
internal sealed class ContainerRoot(string roots, string id)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
        Passage = Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly string folder = $"{roots}/{id}";

    public string Path => $"{folder}/rootfs";
    public string Hosts => $"{folder}/hosts";

    /// <param name="ids">The container's user range; null to use this machine's users.</param>
    public void Mount(IReadOnlyList<string> layers, WritableDisk disk, IdRange? ids)
    {
        MakePassable(roots);
        Make(folder, ids is null ? Owner : Owner | UnixFileMode.GroupExecute);
        Directory.CreateDirectory(Path);
        File.WriteAllText(Hosts, "127.0.0.1\tlocalhost paddock\n::1\tlocalhost\n");
        File.SetUnixFileMode(Hosts, (UnixFileMode)0x1a4);
        var (upper, work) = (
            Directory.CreateDirectory($"{disk.Path}/upper").FullName,
            Directory.CreateDirectory($"{disk.Path}/work").FullName
        );
        File.SetUnixFileMode(upper, (UnixFileMode)0x1ed);
        if (ids is null)
            Overlay.Mount(layers, upper, work, Path);
        else
        {
            Own(folder, uid: 0, ids.First);
            Own(upper, ids.First, ids.First);
            MountMapped(layers, upper, work, ids);
        }
    }

    /// <summary>
    /// Unmounts the root folder, lazily if it is in use: the kernel then removes the mount after the last use.
    /// </summary>
    public void Remove()
    {
        if (Directory.Exists(Path))
            try
            {
                Linux.Unmount(Path);
            }
            catch (LinuxException)
            {
                Linux.Unmount(Path, lazily: true);
            }
        Remove(folder);
    }

    /// <summary>Removes the root folders that a killed runner left.</summary>
    public static void Sweep(string roots)
    {
        if (!Directory.Exists(roots))
            return;
        foreach (var left in Directory.EnumerateDirectories(roots))
            Remove(left);
    }

    // Removes empty folders one by one, never recursively: if something were still mounted there, a recursive delete
    // would delete the layers of images.
    private static void Remove(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        Mounts.UnmountBelow(folder);
        foreach (var file in Directory.EnumerateFiles(folder))
            File.Delete(file);
        foreach (var mountPoint in Directory.EnumerateDirectories(folder))
            Directory.Delete(mountPoint);
        Directory.Delete(folder);
    }

    // The mounts of the single layers are removed once overlayfs is mounted, because overlayfs keeps its own
    // references.
    private void MountMapped(IReadOnlyList<string> layers, string upper, string work, IdRange ids)
    {
        var mapped = new List<string>(layers.Count);
        try
        {
            foreach (var layer in layers)
            {
                var at = Directory.CreateDirectory($"{folder}/layer{mapped.Count}").FullName;
                IdMappedMount.Attach(layer, ids.UserNamespace, at);
                mapped.Add(at);
            }
            Overlay.Mount(mapped, upper, work, Path);
        }
        finally
        {
            foreach (var at in mapped)
                Linux.Unmount(at, lazily: true);
        }
    }

    /// <summary>
    /// Creates the folder of roots, and lets the users of containers traverse it and the two folders above it, which
    /// belong to the runner.
    /// </summary>
    /// <param name="roots">For example <c>/run/paddock-runner/roots/runc</c>.</param>
    public static void MakePassable(string roots)
    {
        var above = System.IO.Path.GetDirectoryName(roots)!;
        foreach (var path in (ReadOnlySpan<string>)[System.IO.Path.GetDirectoryName(above)!, above, roots])
            Make(path, Passage);
    }

    private static void Own(string path, uint uid, uint gid)
    {
        using var handle = Linux.OpenFolder(System.IO.Path.GetDirectoryName(path)!);
        Linux.Own(handle, System.IO.Path.GetFileName(path), uid, gid);
    }

    private static void Make(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, mode); // Independent of the umask.
    }
}
