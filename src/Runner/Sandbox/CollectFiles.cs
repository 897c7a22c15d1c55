using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>
/// Reads the files that a command left, with paths resolved inside its root folder: no symbolic link leads out of it.
/// Only regular files are read.
/// </summary>
internal static class CollectFiles
{
    /// <param name="root">The folder that was "/" for the command, which has ended.</param>
    public static IReadOnlyList<CollectedFile> From(
        string root,
        string workingDirectory,
        IReadOnlyList<string> paths,
        Limits limits,
        string outputs
    )
    {
        if (paths.Count == 0)
            return [];
        var (files, room) = (new List<CollectedFile>(), limits.FileBytes);
        using var folder = Linux.OpenFolder(root);
        foreach (var path in paths.Distinct(StringComparer.Ordinal).Take(limits.Files))
        {
            var copy = Path.Combine(outputs, string.Create(CultureInfo.InvariantCulture, $"file{files.Count}"));
            if (
                Read(folder, path.StartsWith('/') ? path : $"{workingDirectory}/{path}", room, copy)
                is not var (text, size)
            )
                continue;
            files.Add(new(path, text, size));
            room -= text.Length;
        }
        return files;
    }

    private static (Captured Text, long Size)? Read(SafeFileHandle root, string path, long room, string copy)
    {
        try
        {
            // The kind is checked before the file is opened, because opening a pipe or a device has side effects.
            using var found = Linux.OpenInRoot(root, path, Linux.PathOnly);
            if (found is null || Linux.Look(found, "") is not { Kind: FileKind.File })
                return null;
            using var file = Linux.Open(Linux.PathOf(found), Linux.ReadOnly | Linux.NonBlock);
            var size = RandomAccess.GetLength(file);
            using var sink = new OutputSink(copy, room);
            var buffer = new byte[64 << 10];
            for (
                var at = 0L;
                at < Math.Min(size, room) && RandomAccess.Read(file, buffer, at) is > 0 and var count;
                at += count
            )
                sink.Write(buffer.AsSpan(0, count));
            return (sink.Finish(), size);
        }
        catch (LinuxException)
        {
            return null;
        } // The name is too long, or links form a cycle: not a readable file.
    }
}
