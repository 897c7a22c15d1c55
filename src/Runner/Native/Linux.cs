using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Paddock.Runner.Native;

/// <summary>
/// System calls that .NET does not offer. Each throws a <see cref="LinuxException"/> that names the failed action.
/// </summary>
internal static partial class Linux
{
    public const int ReadOnly = 0,
        WriteOnly = 1,
        Create = 0x40,
        Exclusive = 0x80,
        NonBlock = 0x800,
        Directory = 0x10000,
        NoFollow = 0x20000,
        CloseOnExec = 0x80000,
        PathOnly = 0x200000;
    public const int ENOENT = 2,
        EAGAIN = 11,
        EEXIST = 17,
        ENOTDIR = 20,
        EISDIR = 21,
        EINVAL = 22,
        ELOOP = 40,
        EBUSY = 16,
        ENODATA = 61,
        EINTR = 4,
        ENXIO = 6,
        EPIPE = 32;

    private const int AtSymlinkNoFollow = 0x100,
        AtRemoveDir = 0x200,
        UnmountNoFollow = 8,
        IdlePatienceMs = 5000;
    private const ulong ResolveNoMagicLinks = 0x02,
        ResolveInRoot = 0x10;

    /// <summary>
    /// Opens a path as if the folder were "/": neither ".." nor any symbolic link, absolute or relative, leaves it.
    /// </summary>
    public static SafeFileHandle? OpenInRoot(SafeFileHandle root, string path, int flags, uint mode = 0)
    {
        var how = new OpenHow
        {
            Flags = (ulong)(flags | CloseOnExec),
            Mode = mode,
            Resolve = ResolveInRoot | ResolveNoMagicLinks,
        };
        var fd = (int)openat2(437, Fd(root), path, in how, (nuint)Marshal.SizeOf<OpenHow>());
        if (fd >= 0)
            return new(fd, ownsHandle: true);
        return Marshal.GetLastPInvokeError() is ENOENT ? null : throw new LinuxException($"opening {path}");
    }

    public static SafeFileHandle Open(string path, int flags, uint mode = 0)
    {
        var fd = open(path, flags | CloseOnExec, mode);
        return fd >= 0 ? new(fd, ownsHandle: true) : throw new LinuxException($"opening {path}");
    }

    /// <summary>Opens the write end of a named pipe; null when no process has it open for reading.</summary>
    public static SafeFileHandle? OpenToWrite(string pipe)
    {
        var fd = open(pipe, WriteOnly | NonBlock | CloseOnExec, 0);
        if (fd >= 0)
            return new(fd, ownsHandle: true);
        return Marshal.GetLastPInvokeError() == ENXIO ? null : throw new LinuxException($"opening {pipe}");
    }

    /// <returns>False when no process reads the pipe any more.</returns>
    public static bool WriteByte(SafeFileHandle pipe)
    {
        while (true)
        {
            if (write(Fd(pipe), [0], 1) == 1)
                return true;
            if (Marshal.GetLastPInvokeError() is var error && error != EINTR)
                return error == EPIPE ? false : throw new LinuxException("writing to a pipe", error);
        }
    }

    public static SafeFileHandle OpenFolder(string path) => Open(path, PathOnly | Directory);

    public static SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags, uint mode)
    {
        var fd = openat(Fd(folder), name, flags | CloseOnExec | NoFollow, mode);
        return fd >= 0 ? new(fd, ownsHandle: true) : throw new LinuxException($"opening {name}");
    }

    /// <summary>A path through which .NET's own methods can reach entries of an open folder.</summary>
    public static string PathOf(SafeFileHandle folder, string name = "") =>
        name.Length == 0 ? $"/proc/self/fd/{Fd(folder)}" : $"/proc/self/fd/{Fd(folder)}/{name}";

    public static bool MakeFolder(SafeFileHandle folder, string name, uint mode)
    {
        if (mkdirat(Fd(folder), name, mode) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == EEXIST ? false : throw new LinuxException($"making the folder {name}");
    }

    public static void MakeLink(SafeFileHandle folder, string name, string target) =>
        Check(symlinkat(target, Fd(folder), name), "linking {0}", name);

    public static void MakeHardLink(SafeFileHandle fromFolder, string from, SafeFileHandle folder, string name) =>
        Check(linkat(Fd(fromFolder), from, Fd(folder), name, 0), "linking {0}", name);

    public static void MakeFifo(SafeFileHandle folder, string name, uint mode) =>
        Check(mknodat(Fd(folder), name, 0x1000 | mode, 0), "making the pipe {0}", name);

    public static void MakeWhiteout(SafeFileHandle folder, string name) =>
        Check(mknodat(Fd(folder), name, 0x2000, 0), "hiding {0}", name);

    public static void Unlink(SafeFileHandle folder, string name) =>
        Check(unlinkat(Fd(folder), name, 0), "removing {0}", name);

    public static void RemoveFolder(string path) => Check(unlinkat(-100, path, AtRemoveDir), "removing {0}", path);

    public static void RemoveFolder(SafeFileHandle folder, string name) =>
        Check(unlinkat(Fd(folder), name, AtRemoveDir), "removing {0}", name);

    public static void Own(SafeFileHandle folder, string name, uint uid, uint gid) =>
        Check(fchownat(Fd(folder), name, uid, gid, AtSymlinkNoFollow), "owning {0}", name);

    public static void Mode(SafeFileHandle folder, string name, uint mode) =>
        Check(fchmodat(Fd(folder), name, mode, 0), "setting the mode of {0}", name);

    public static void SetAttribute(SafeFileHandle folder, string name, string attribute, ReadOnlySpan<byte> value) =>
        Check(
            lsetxattr(PathOf(folder, name), attribute, value, (nuint)value.Length, 0),
            "setting an attribute of {0}",
            name
        );

    public static void Touch(SafeFileHandle folder, string name, DateTimeOffset at)
    {
        var ticks = at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        ReadOnlySpan<long> times = [seconds, rest * 100, seconds, rest * 100];
        Check(utimensat(Fd(folder), name, times, AtSymlinkNoFollow), "setting the time of {0}", name);
    }

    /// <summary>The kind of a folder's entry, without following links; null when the entry does not exist.</summary>
    public static FileKind? Kind(SafeFileHandle folder, string name) => Look(folder, name)?.Kind;

    public static Look? Look(SafeFileHandle folder, string name)
    {
        if (statx(Fd(folder), name, AtSymlinkNoFollow | (name.Length == 0 ? 0x1000 : 0), 0x7ff, out var found) == 0)
            return new((FileKind)(found.Mode & 0xf000), (long)found.Size, found.RdevMajor == 0 && found.RdevMinor == 0);
        return Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR
            ? null
            : throw new LinuxException($"looking at {name}");
    }

    public static void Mount(string? source, string target, string? type, MountFlags flags, string? options) =>
        Check(mount(source, target, type, (nuint)flags, options), "mounting {0}", target);

    /// <returns>True when something was mounted there.</returns>
    public static bool Unmount(string target, bool lazily = false)
    {
        if (umount2(target, (lazily ? 2 : 0) | UnmountNoFollow) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is EINVAL or ENOENT
            ? false
            : throw new LinuxException($"unmounting {target}");
    }

    /// <summary>
    /// Unmounts an unused folder, and retries while it is busy. A program that is just being started holds this
    /// process's open files until its exec, so the kernel may briefly report the mount as busy.
    /// </summary>
    public static bool UnmountWhenIdle(string target)
    {
        for (var end = Environment.TickCount64 + IdlePatienceMs; ; Thread.Sleep(1))
        {
            if (umount2(target, UnmountNoFollow) == 0)
                return true;
            var error = Marshal.GetLastPInvokeError();
            if (error is EINVAL or ENOENT)
                return false;
            if (error != EBUSY || Environment.TickCount64 >= end)
                throw new LinuxException($"unmounting {target}");
        }
    }

    /// <summary>Flushes everything written so far to the file system that holds the folder.</summary>
    public static void SyncDisk(string folder)
    {
        using var handle = Open(folder, ReadOnly | Directory);
        Check(syncfs(Fd(handle)), "writing {0} to disk", folder);
    }

    /// <summary>Flushes a folder's entries, so that new names in it survive a crash.</summary>
    public static void SyncFolder(string folder)
    {
        using var handle = Open(folder, ReadOnly | Directory);
        Check(fsync(Fd(handle)), "writing {0} to disk", folder);
    }

    /// <summary>The byte ranges of a sparse file that hold data.</summary>
    public static IEnumerable<(long Start, long End)> Data(SafeFileHandle file, long length)
    {
        const int SeekData = 3,
            SeekHole = 4;
        for (long end = 0; end < length; )
        {
            var start = lseek(Fd(file), end, SeekData);
            if (start < 0)
                yield break; // The rest is a hole.
            end = lseek(Fd(file), start, SeekHole);
            if (end < 0)
                end = length;
            yield return (start, end);
        }
    }

    public static int Fd(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    internal static void Check(int result, string what, string name)
    {
        if (result < 0)
            throw new LinuxException(string.Format(System.Globalization.CultureInfo.InvariantCulture, what, name));
    }

    private struct OpenHow
    {
        public ulong Flags,
            Mode,
            Resolve;
    }

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(128)]
        public uint RdevMajor;

        [FieldOffset(132)]
        public uint RdevMinor;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint openat2(nint number, nint folder, string path, in OpenHow how, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int folder, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int folder, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int folder, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlinkat(string target, int folder, string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int linkat(int fromFolder, string from, int folder, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknodat(int folder, string path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchownat(int folder, string path, uint uid, uint gid, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchmodat(int folder, string path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lsetxattr(string path, string name, ReadOnlySpan<byte> value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int utimensat(int folder, string path, ReadOnlySpan<long> times, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out Statx found);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string? source, string target, string? type, nuint flags, string? options);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, ReadOnlySpan<byte> bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int fd);
}

/// <summary>A failed system call.</summary>
internal sealed class LinuxException(string what, int error)
    : IOException($"{what}: {new Win32Exception(error).Message}")
{
    public LinuxException(string what)
        : this(what, Marshal.GetLastPInvokeError()) { }

    public int Error { get; } = error;
}

/// <param name="IsWhiteout">True for device 0/0, overlayfs's mark for a deleted entry; only valid for character
/// devices.</param>
internal readonly record struct Look(FileKind Kind, long Size, bool IsWhiteout);

internal enum FileKind
{
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    File = 0x8000,
    Link = 0xa000,
    Socket = 0xc000,
}

[Flags]
internal enum MountFlags
{
    None = 0,
    ReadOnly = 1,
    NoSuid = 2,
    NoDevices = 4,
    NoAccessTime = 1024,
    Bind = 4096,
    Private = 1 << 18,
}
