using Paddock.Runner.Native;

namespace Paddock.Runner.Daemon;

/// <summary>The folder for a runner's images, scratch space and results. One process at a time can hold it.</summary>
internal sealed class DataFolder : IDisposable
{
    public const string Standard = "/var/lib/paddock-runner";
    private readonly FileStream claim;

    private DataFolder(string path, FileStream claim) => (Path, this.claim) = (path, claim);

    public string Path { get; }

    /// <summary>Holds the scratch folders of running jobs.</summary>
    public string Runs => System.IO.Path.Combine(Path, "runs");

    /// <summary>Holds the output of jobs until it is written to their result message.</summary>
    public string Outputs => System.IO.Path.Combine(Path, "outputs");

    /// <summary>A name unique to this folder, for machine-wide resources such as control groups.</summary>
    public string Tag => TagOf(Path);

    internal static string TagOf(string path) =>
        Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))
        )[..8];

    /// <exception cref="Failure">The folder cannot be used, or another process holds it.</exception>
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
            throw new Failure($"{path} cannot be written to: {e.Message} Give another folder with --data.", e);
        }
        catch (IOException e)
        {
            throw new Failure(
                $"{path} is in use by another paddock-runner, or cannot be used: {e.Message} Give another folder "
                    + "with --data.",
                e
            );
        }
    }

    /// <summary>Clears the scratch folders after a killed runner. Its sandboxes must have ended.</summary>
    public void Clear()
    {
        Mounts.UnmountBelow(Path);
        foreach (var left in Directory.EnumerateDirectories(Runs).Concat(Directory.EnumerateDirectories(Outputs)))
            Directory.Delete(left, recursive: true);
    }

    public void Dispose() => claim.Dispose();
}
