using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// Checks the image's files that an OCI runtime reads while it creates the container. The runtime opens anything at
/// these paths: a pipe would block it, and a device could supply endless bytes.
/// </summary>
internal static class AccountFiles
{
    private const long BytesMax = 1 << 20;
    private static readonly string[] Files = ["etc/passwd", "etc/group"],
        Elsewhere = ["/dev/", "/proc/", "/sys/"];

    /// <summary>Why the runtime must not read the files; null when it may.</summary>
    /// <param name="root">The container's future "/", before anything is mounted in it.</param>
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
                // A broken link may point to a device inside the container.
                using var link = Linux.OpenInRoot(folder, path, Linux.PathOnly | Linux.NoFollow);
                return link is null ? null : No("is a broken link");
            }
            if (Linux.Look(found, "") is not { Kind: FileKind.File } look)
                return No("is not a regular file");
            if (look.Size > BytesMax)
                return No($"has {look.Size} bytes; at most {BytesMax} are allowed");
            var real = new FileInfo(Linux.PathOf(found)).LinkTarget ?? "";
            return Elsewhere.Any(other => real.StartsWith(root + other, StringComparison.Ordinal))
                ? No("leads to a path that the container replaces")
                : null;
        }
        catch (LinuxException e)
        {
            return No($"cannot be opened ({e.Message})");
        }

        string No(string why) => $"The image's /{path} {why}.";
    }
}
