using System.Runtime.InteropServices;

namespace Paddock.Server.Ground.Disk;

/// <summary>
/// Keeps the server's files from other accounts of the machine: folders get mode 0700, files 0600. The process's umask
/// ensures this for new files; files that an earlier version left readable are tightened at the start.
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

    /// <summary>
    /// Sets the umask, so that no new file or folder of this process is accessible to other accounts.
    /// </summary>
    public static void MaskOthers()
    {
        if (!OperatingSystem.IsWindows())
            _ = Mask(0b000_111_111);
    }

    /// <summary>
    /// Creates a folder that only the server's account may open. An existing folder is left unchanged.
    /// </summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, Folder);
    }

    /// <summary>Tightens the permissions of the data folder and of the server's files in it.</summary>
    /// <returns>The number of files and folders that others could open until now.</returns>
    public static int Tighten(string dataFolder)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(dataFolder))
            return 0;
        var tightened = 0;
        var folder = new DirectoryInfo(dataFolder);
        foreach (var entry in Ours.SelectMany(folder.EnumerateFileSystemInfos))
            tightened += Tighten(entry);
        // A shared folder that everyone may write to, like /tmp, is left unchanged.
        return (folder.UnixFileMode & UnixFileMode.StickyBit) == 0 && Close(folder, Folder) ? tightened + 1 : tightened;
    }

    // The contents of an already closed folder are skipped. So a folder is closed last, after everything in it.
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
