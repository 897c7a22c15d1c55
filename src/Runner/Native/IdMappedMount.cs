using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Paddock.Runner.Native;

/// <summary>
/// Mounts a folder a second time with other file owners: user 0 on disk becomes the root user of a user namespace.
/// </summary>
internal static partial class IdMappedMount
{
    private const int OpenTreeClone = 1,
        AtEmptyPath = 0x1000,
        MoveFromEmptyPath = 4,
        AtCurrentFolder = -100;
    private const ulong IdMap = 0x100000;

    /// <summary>
    /// Copies nothing: the kernel translates owners on access. Needs Linux 5.19 or newer if overlayfs uses the mount as
    /// a layer.
    /// </summary>
    public static void Attach(string folder, SafeFileHandle userNamespace, string at)
    {
        var tree = (int)open_tree(428, AtCurrentFolder, folder, OpenTreeClone | Linux.CloseOnExec);
        if (tree < 0)
            throw new LinuxException($"copying the mount of {folder}");
        using var handle = new SafeFileHandle(tree, ownsHandle: true);
        var attributes = new MountAttributes { Set = IdMap, UserNamespace = (ulong)Linux.Fd(userNamespace) };
        Linux.Check(
            (int)mount_setattr(442, tree, "", AtEmptyPath, in attributes, (nuint)Marshal.SizeOf<MountAttributes>()),
            "mapping the owners of {0}",
            folder
        );
        Linux.Check((int)move_mount(429, tree, "", AtCurrentFolder, at, MoveFromEmptyPath), "mounting {0}", at);
    }

    // struct mount_attr of linux/mount.h.
    private struct MountAttributes
    {
        public ulong Set,
            Clear,
            Propagation,
            UserNamespace;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint open_tree(nint number, nint folder, string path, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint mount_setattr(
        nint number,
        nint folder,
        string path,
        nint flags,
        in MountAttributes attributes,
        nuint size
    );

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint move_mount(nint number, nint from, string fromPath, nint to, string toPath, nint flags);
}
