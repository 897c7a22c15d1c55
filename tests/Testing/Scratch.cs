namespace Paddock.Testing;

/// <summary>
/// Folders for data that nobody needs after a test: in memory, where this machine has room for them there.
/// </summary>
/// <remarks>
/// On a disk, the half thousand files of a new PostgreSQL database take 0.5 s to make, in memory 0.02 s.
/// </remarks>
internal static class Scratch
{
    private const string InMemory = "/dev/shm";
    private const long RoomWanted = 4L << 30;

    private static readonly bool IsRoomy =
        Directory.Exists(InMemory) && new DriveInfo(InMemory).AvailableFreeSpace >= RoomWanted && IsWritable();

    /// <summary>Makes a folder of a name that nobody has yet.</summary>
    /// <param name="prefix">What its name begins with.</param>
    /// <param name="durable">On the disk, for what is measured or survives a power cut.</param>
    /// <returns>Its full path.</returns>
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
