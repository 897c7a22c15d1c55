using System.Runtime.InteropServices;

namespace Paddock.Server.Ground.Disk;

/// <summary>
/// Keeps what the server stores from other accounts of the machine: folders are for its own account only (0700), and so
/// are files (0600). The mask of the process makes new ones so, whoever writes them; what an earlier version left
/// readable is tightened at the start.
/// </summary>
internal static partial class PrivateFiles
{
    public const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private static readonly string[] Ours = ["paddock.db*", "backup-paddock-*", "secret-key*", "blobs"];

    /// <summary>From now on no file or folder of this process is made for others.</summary>
    public static void MaskOthers()
    {
        if (!OperatingSystem.IsWindows())
            _ = Mask(0b000_111_111);
    }

    /// <summary>Creates a folder that only the server's account may open. One that is there stays as it is.</summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, Folder);
    }

    /// <summary>Tightens the data folder and what is the server's in it.</summary>
    /// <returns>How many files and folders others could open until now.</returns>
    public static int Tighten(string dataFolder)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(dataFolder))
            return 0;
        var tightened = 0;
        var folder = new DirectoryInfo(dataFolder);
        foreach (var entry in Ours.SelectMany(folder.EnumerateFileSystemInfos))
            tightened += Tighten(entry);
        // A folder that all may write to, like /tmp, is not the server's alone.
        return (folder.UnixFileMode & UnixFileMode.StickyBit) == 0 && Close(folder, Folder) ? tightened + 1 : tightened;
    }

    // What is in a folder that was closed before need not be looked at; so a folder is closed last, after all that is
    // in it.
    private static int Tighten(FileSystemInfo entry)
    {
        if (entry.LinkTarget is not null)
            return 0;
        if (entry is not DirectoryInfo folder)
            return Close(entry, File) ? 1 : 0;
        if ((folder.UnixFileMode & Others) == 0)
            return 0;
        var tightened = folder.EnumerateFileSystemInfos().Sum(Tighten);
        return Close(folder, Folder) ? tightened + 1 : tightened;
    }

    private static bool Close(FileSystemInfo entry, UnixFileMode mode)
    {
        if ((entry.UnixFileMode & Others) == 0)
            return false;
        entry.UnixFileMode = mode;
        return true;
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint Mask(uint mask);
}
