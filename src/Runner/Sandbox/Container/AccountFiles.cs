using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// The files of an image that an OCI runtime reads while it makes the container. It opens whatever lies there: a pipe
/// keeps it waiting, and a device gives it bytes without end.
/// </summary>
internal static class AccountFiles
{
    private const long BytesMax = 1 << 20;
    private static readonly string[] Files = ["etc/passwd", "etc/group"],
        Elsewhere = ["/dev/", "/proc/", "/sys/"];

    /// <summary>Why the runtime must not read them; null where it may.</summary>
    /// <param name="root">What the container will see as "/", before anything is mounted in it.</param>
    public static string? Refusal(string root)
    {
        using var folder = Linux.OpenFolder(root);
        return Files.Select(path => Refusal(folder, root, path)).FirstOrDefault(refusal => refusal is not null);
    }

    private static string? Refusal(Microsoft.Win32.SafeHandles.SafeFileHandle folder, string root, string path)
    {
        try
        {
            using var found = Linux.OpenInRoot(folder, path, Linux.PathOnly);
            if (found is null)
            {
                // A link to nowhere may lead somewhere in the container, which has devices.
                using var link = Linux.OpenInRoot(folder, path, Linux.PathOnly | Linux.NoFollow);
                return link is null ? null : No("is a link that leads nowhere");
            }
            if (Linux.Look(found, "") is not { Kind: FileKind.File } look)
                return No("is not a regular file");
            if (look.Size > BytesMax)
                return No($"has {look.Size} bytes; at most {BytesMax} are read");
            var real = new FileInfo(Linux.PathOf(found)).LinkTarget ?? "";
            return Elsewhere.Any(other => real.StartsWith(root + other, StringComparison.Ordinal))
                ? No("leads to where the container has other files than the image")
                : null;
        }
        catch (LinuxException e)
        {
            return No($"cannot be opened ({e.Message})");
        }

        string No(string why) => $"The image's /{path} {why}.";
    }
}
