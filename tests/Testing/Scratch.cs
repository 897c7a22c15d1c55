namespace Paddock.Testing;

/// <summary>Creates folders for temporary test data: in memory if this machine has room there.</summary>
/// <remarks>The 500 files of a new PostgreSQL database take 0.5 s on a disk, 0.02 s in memory.</remarks>
internal static class Scratch
{
    private const string InMemory = "/dev/shm";
    private const long RoomWanted = 4L << 30;

    private static readonly bool IsRoomy =
        Directory.Exists(InMemory) && new DriveInfo(InMemory).AvailableFreeSpace >= RoomWanted && IsWritable();

    /// <summary>Creates a folder with an unused name.</summary>
    /// <param name="prefix">The beginning of the name.</param>
    /// <param name="durable">True to use the disk: for benchmarks, or data that must survive a power cut.</param>
    /// <returns>The folder's full path.</returns>
    public static string Folder(string prefix, bool durable = false)
    {
        if (durable || !IsRoomy)
            return Directory.CreateTempSubdirectory(prefix).FullName;
        var path = Path.Combine(InMemory, prefix + Path.GetRandomFileName());
        return Directory
            .CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            .FullName;
    }

    private static bool IsWritable()
    {
        try
        {
            Directory.Delete(Directory.CreateDirectory(Path.Combine(InMemory, Path.GetRandomFileName())).FullName);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
