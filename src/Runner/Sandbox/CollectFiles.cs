using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>Reads what a command left in its root folder, as that command would have: no link leads out of it, and only regular files are read.</summary>
internal static class CollectFiles
{
    /// <param name="root">What was "/" for the command, which has ended.</param>
    public static IReadOnlyList<CollectedFile> From(string root, string workingDirectory, IReadOnlyList<string> paths, Limits limits)
    {
        if (paths.Count == 0) return [];
        var (files, room) = (new List<CollectedFile>(), (long)limits.FileBytes);
        using var folder = Linux.OpenFolder(root);
        foreach (var path in paths.Distinct(StringComparer.Ordinal).Take(limits.Files))
        {
            if (Read(folder, path.StartsWith('/') ? path : $"{workingDirectory}/{path}", room) is not var (bytes, size)) continue;
            files.Add(new(path, bytes, size, Truncated: bytes.Length < size));
            room -= bytes.Length;
        }
        return files;
    }

    private static (byte[] Bytes, long Size)? Read(SafeFileHandle root, string path, long room)
    {
        try
        {
            // Looked at before it is opened: opening a pipe or a device does something.
            using var found = Linux.OpenInRoot(root, path, Linux.PathOnly);
            if (found is null || Linux.Look(found, "") is not { Kind: FileKind.File }) return null;
            using var file = Linux.Open(Linux.PathOf(found), Linux.ReadOnly);
            var size = RandomAccess.GetLength(file);
            var bytes = new byte[Math.Min(size, room)];
            var at = 0;
            while (at < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(at), at) is > 0 and var count) at += count;
            return (bytes[..at], size);
        }
        catch (LinuxException) { return null; } // A name too long, links in a circle: not a file that can be read.
    }
}
