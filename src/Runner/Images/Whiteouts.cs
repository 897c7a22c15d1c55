using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Images;

/// <summary>
/// Writes a layer's removals in overlayfs form: a device 0/0 for a removed name, an attribute for a folder whose former
/// content is hidden.
/// </summary>
internal static class Whiteouts
{
    /// <param name="gone">Paths with links resolved. Entries that the layer itself has at such a path stay; only those
    /// of lower layers are hidden.</param>
    public static void Write(string layer, IReadOnlyList<string> gone, IReadOnlyList<string> opaque)
    {
        using var root = Linux.OpenFolder(layer);
        foreach (var path in gone)
        {
            var at = path.LastIndexOf('/');
            using var parent = Linux.OpenInRoot(root, at < 0 ? "." : path[..at], Linux.PathOnly | Linux.Directory);
            if (parent is null)
                continue; // The layer removed the folder, too.
            var name = path[(at + 1)..];
            switch (Linux.Kind(parent, name))
            {
                case null:
                    Linux.MakeWhiteout(parent, name);
                    break;
                case FileKind.Directory:
                    MakeOpaque(parent, name);
                    break;
            }
        }
        foreach (var path in opaque)
            using (var folder = Linux.OpenInRoot(root, path.Length == 0 ? "." : path, Linux.PathOnly | Linux.Directory))
                if (folder is not null)
                    MakeOpaque(folder, ".");
    }

    private static void MakeOpaque(SafeFileHandle folder, string name) =>
        Linux.SetAttribute(folder, name, "trusted.overlay.opaque", "y"u8);
}
