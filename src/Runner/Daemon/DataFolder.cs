using Paddock.Runner.Native;

namespace Paddock.Runner.Daemon;

/// <summary>Where a runner keeps images, scratch space and results. One process at a time has it.</summary>
internal sealed class DataFolder : IDisposable
{
    public const string Standard = "/var/lib/paddock-runner";
    private readonly FileStream claim;

    private DataFolder(string path, FileStream claim) => (Path, this.claim) = (path, claim);

    public string Path { get; }

    /// <summary>Holds the scratch folders of what runs.</summary>
    public string Runs => System.IO.Path.Combine(Path, "runs");

    /// <summary>Holds what jobs wrote, until it has become a message.</summary>
    public string Outputs => System.IO.Path.Combine(Path, "outputs");

    /// <summary>Another name for each folder, for what is the machine's: control groups, say.</summary>
    public string Tag => TagOf(Path);

    internal static string TagOf(string path) =>
        Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))
        )[..8];

    /// <exception cref="Failure">It cannot be used, or another process has it.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var claim = new FileStream(
                System.IO.Path.Combine(path, "lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            var folder = new DataFolder(path, claim);
            Directory.CreateDirectory(folder.Runs);
            Directory.CreateDirectory(folder.Outputs);
            return folder;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new Failure($"{path} cannot be written to: {e.Message} --data names another folder.", e);
        }
        catch (IOException e)
        {
            throw new Failure(
                $"{path} is in use by another paddock-runner, or cannot be used: {e.Message} --data names another "
                    + $"folder.",
                e
            );
        }
    }

    /// <summary>Removes what a killed process left in the scratch folders, once nothing of it runs any more.</summary>
    public void Clear()
    {
        Mounts.UnmountBelow(Path);
        foreach (var left in Directory.EnumerateDirectories(Runs).Concat(Directory.EnumerateDirectories(Outputs)))
            Directory.Delete(left, recursive: true);
    }

    public void Dispose() => claim.Dispose();
}
