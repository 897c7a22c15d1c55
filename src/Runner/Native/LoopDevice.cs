using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Paddock.Runner.Native;

/// <summary>Makes a file usable as a disk.</summary>
internal static partial class LoopDevice
{
    private const uint GetFree = 0x4C82,
        Configure = 0x4C0A;
    private const uint AutoClear = 4;
    private const int Attempts = 50;

    public static bool IsPossible => File.Exists("/dev/loop-control");

    /// <summary>
    /// Mounts the ext4 file system in a file. The kernel detaches the loop device when the file system is unmounted, or
    /// when this process dies before it is mounted.
    /// </summary>
    public static void MountExt4(string file, string at)
    {
        using var backing = Linux.Open(
            file,
            2 /* read and write */
        );
        using var device = Attach(backing, file, out var name);
        // Without noinit_itable, a kernel thread would keep initializing the file system while the benchmark runs.
        Linux.Mount(
            name,
            at,
            "ext4",
            MountFlags.NoSuid | MountFlags.NoDevices | MountFlags.NoAccessTime,
            "noinit_itable,nodiscard"
        );
    }

    private static SafeFileHandle Attach(SafeFileHandle backing, string file, out string name)
    {
        using var control = Linux.Open("/dev/loop-control", 2);
        for (var attempt = 1; ; attempt++)
        {
            var number = ioctl(Linux.Fd(control), GetFree, []);
            if (number < 0)
                throw new LinuxException("finding a free loop device");
            name = $"/dev/loop{number}";
            var device = Linux.Open(name, 2);
            if (ioctl(Linux.Fd(device), Configure, Configuration(backing, file)) == 0)
                return device;
            var failure = new LinuxException($"making {file} a disk");
            device.Dispose();
            if (failure.Error != Linux.EBUSY || attempt == Attempts)
                throw failure; // Another process took the device in between.
        }
    }

    // struct loop_config of linux/loop.h.
    private static byte[] Configuration(SafeFileHandle backing, string file)
    {
        var config = new byte[304];
        MemoryMarshal.Write(config, Linux.Fd(backing));
        MemoryMarshal.Write(config.AsSpan(60), AutoClear);
        var name = Encoding.UTF8.GetBytes(file);
        name.AsSpan(0, Math.Min(63, name.Length)).CopyTo(config.AsSpan(64));
        return config;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, byte[] argument);
}
