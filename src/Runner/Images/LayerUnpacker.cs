using System.Formats.Tar;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Images;

/// <summary>Limits for the unpacked size of an image.</summary>
internal sealed record UnpackLimits(long BytesMax, int EntriesMax)
{
    public static readonly UnpackLimits Default = new(32L << 30, 2_000_000);
}

/// <summary>
/// Unpacks a layer's tar into a folder, and nowhere else: the kernel resolves every path as if the folder were "/", so
/// that links of this or earlier layers lead where they would lead inside the image. The layer's removals are only
/// collected, see <see cref="Gone"/>.
/// </summary>
internal sealed class LayerUnpacker(SafeFileHandle root, UnpackLimits limits) : IDisposable
{
    private const string Mark = ".wh.",
        OpaqueMark = ".wh..wh..opq",
        ReservedMark = ".wh..wh.";
    private const int DepthMax = 3000; // Characters of a real path: deeper entries could not be removed.
    private const int HeaderBytesMax = 1 << 20;

    private readonly List<(string Path, DateTimeOffset Time)> folderTimes = [];
    private readonly List<(string Path, string Target)> linksLeft = [];
    private readonly byte[] buffer = new byte[256 << 10];
    private readonly string rootPath = PathInside(root);
    private (string Path, SafeFileHandle Handle)? parentKnown;

    /// <summary>Paths that the layer removes from lower layers: relative to the folder, with links resolved.</summary>
    public List<string> Gone { get; } = [];

    /// <summary>Folders whose content in lower layers is hidden.</summary>
    public List<string> Opaque { get; } = [];

    public int Entries { get; private set; }

    /// <summary>The approximate size on disk.</summary>
    public long Bytes { get; private set; }

    public void Unpack(BoundedStream tar)
    {
        using var reader = new TarReader(tar, leaveOpen: true);
        while (Next(reader, tar) is { } entry)
        {
            if (++Entries > limits.EntriesMax)
                throw new ImageException(
                    $"The image has more than {limits.EntriesMax} entries, the limit of this runner"
                );
            tar.ExpectContent();
            try
            {
                Write(entry);
            }
            catch (LinuxException e)
            {
                throw new ImageException(
                    $"The entry {Quote(entry.Name)} of a layer cannot be unpacked: {e.Message}",
                    cause: e
                );
            }
            entry.DataStream?.CopyTo(Stream.Null);
        }
        foreach (var (path, target) in linksLeft)
            HardLink(path, target, last: true);
        ForgetParent();
        for (var i = folderTimes.Count - 1; i >= 0; i--) // Inner folders first.
            if (Linux.OpenInRoot(root, folderTimes[i].Path, Linux.PathOnly | Linux.NoFollow) is { } folder)
                using (folder)
                    TouchFolder(folder, folderTimes[i].Time);
    }

    public void Dispose() => ForgetParent();

    private static TarEntry? Next(TarReader reader, BoundedStream tar)
    {
        tar.ExpectHeader(HeaderBytesMax);
        try
        {
            return reader.GetNextEntry();
        }
        catch (EndOfStreamException) when (tar.BytesRead == 0)
        {
            return null;
        } // An empty layer.
        catch (EndOfStreamException e)
        {
            throw new ImageException("A layer ends in the middle of an entry", cause: e);
        }
        catch (NotSupportedException e)
        {
            throw new ImageException($"A layer has an entry of an unsupported type: {e.Message}", cause: e);
        }
        catch (Exception e)
            when (e
                    is InvalidDataException
                        or FormatException
                        or InvalidOperationException
                        or OutOfMemoryException
                        or OverflowException
                        or ArgumentException
            )
        {
            throw new ImageException($"A layer is not a tar archive: {e.Message}", cause: e);
        }
    }

    private void Write(TarEntry entry)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
            return;
        // A sparse entry of a few bytes may expand to terabytes. No tool that builds images writes them.
        if (
            entry is PaxTarEntry pax
            && pax.ExtendedAttributes.Keys.Any(key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
        )
            throw new ImageException(
                $"A layer has the sparse entry {Quote(entry.Name)}; sparse files are not supported"
            );
        var path = Tidy(entry.Name);
        if (path.Length == 0)
        {
            if (entry.EntryType is TarEntryType.Directory)
                Describe(root, "", entry, isLink: false, isFolder: true);
            return;
        }
        var (parentPath, name) = Split(path);
        if (name.StartsWith(Mark, StringComparison.Ordinal))
            Hide(parentPath, name);
        else
            switch (entry.EntryType)
            {
                case TarEntryType.Directory or TarEntryType.DirectoryList:
                    Folder(Parent(parentPath), path, name, entry);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    File(Parent(parentPath), name, entry);
                    break;
                case TarEntryType.SymbolicLink:
                    Link(Parent(parentPath), name, entry);
                    break;
                case TarEntryType.HardLink:
                    HardLink(path, Tidy(entry.LinkName), last: false);
                    break;
                case TarEntryType.Fifo:
                    Replace(Parent(parentPath), name, parent => Linux.MakeFifo(parent, name, 0x180));
                    Describe(Parent(parentPath), name, entry, isLink: false, isFolder: false);
                    break;
                case TarEntryType.CharacterDevice or TarEntryType.BlockDevice:
                    throw new ImageException(
                        $"A layer contains the device {Quote(entry.Name)}; images with devices are refused"
                    );
                default:
                    throw new ImageException(
                        $"A layer has an entry of an unsupported type: {Quote(entry.Name)} " + $"({entry.EntryType})"
                    );
            }
    }

    private void Folder(SafeFileHandle parent, string path, string name, TarEntry entry)
    {
        if (!Linux.MakeFolder(parent, name, 0x1ed) && Linux.Kind(parent, name) != FileKind.Directory)
        {
            Remove(parent, name);
            Linux.MakeFolder(parent, name, 0x1ed);
        }
        Describe(parent, name, entry, isLink: false, isFolder: true);
        folderTimes.Add((path, entry.ModificationTime));
        Bytes += 4096;
    }

    private void File(SafeFileHandle parent, string name, TarEntry entry)
    {
        SafeFileHandle? file = null;
        Replace(parent, name, into =>
            file = Linux.OpenAt(into, name, Linux.WriteOnly | Linux.Create | Linux.Exclusive, 0x180)
        );
        using (file)
        {
            long at = 0;
            while (entry.DataStream?.Read(buffer) is > 0 and var count)
            {
                RandomAccess.Write(file!, buffer.AsSpan(0, count), at);
                at += count;
            }
            Bytes += (at + 4095) & ~4095;
        }
        Describe(parent, name, entry, isLink: false, isFolder: false);
    }

    private void Link(SafeFileHandle parent, string name, TarEntry entry)
    {
        if (entry.LinkName.Length == 0 || entry.LinkName.Contains('\0'))
            throw new ImageException($"The symbolic link {Quote(entry.Name)} of a layer has no valid target");
        Replace(parent, name, into => Linux.MakeLink(into, name, entry.LinkName));
        Describe(parent, name, entry, isLink: true, isFolder: false);
    }

    // A link's target may come later in the archive.
    private void HardLink(string path, string target, bool last)
    {
        if (path == target)
            return;
        var ((targetParent, targetName), (parent, name)) = (Split(target), Split(path));
        using var from = Linux.OpenInRoot(
            root,
            targetParent.Length == 0 ? "." : targetParent,
            Linux.PathOnly | Linux.Directory
        );
        var kind = from is null ? null : Linux.Kind(from, targetName);
        if (kind is null)
        {
            if (last)
                throw new ImageException(
                    $"The hard link {Quote(path)} of a layer points to {Quote(target)}, which does not exist"
                );
            linksLeft.Add((path, target));
            return;
        }
        if (kind is not (FileKind.File or FileKind.Link or FileKind.Fifo))
            throw new ImageException(
                $"The hard link {Quote(path)} of a layer points to {Quote(target)}, which is not a file"
            );
        Replace(Parent(parent), name, into => Linux.MakeHardLink(from!, targetName, into, name));
    }

    private void Hide(string parentPath, string name)
    {
        var parent = Parent(parentPath);
        var real = RealPath(parent);
        if (name == OpaqueMark)
            Opaque.Add(real);
        else if (name.StartsWith(ReservedMark, StringComparison.Ordinal))
            return; // Reserved for another union file system.
        else if (name[Mark.Length..] is var gone && gone is "" or "." or "..")
            throw new ImageException($"A layer has the whiteout {Quote(name)}, which names no entry");
        else
            Gone.Add(real.Length == 0 ? gone : $"{real}/{gone}");
    }

    // Replaces an entry that a lower layer, or an earlier entry of this layer, has at this path.
    private void Replace(SafeFileHandle parent, string name, Action<SafeFileHandle> make)
    {
        try
        {
            make(parent);
        }
        catch (LinuxException e) when (e.Error is Linux.EEXIST)
        {
            Remove(parent, name);
            make(parent);
        }
    }

    private void Remove(SafeFileHandle parent, string name)
    {
        if (parentKnown is { } known && known.Handle != parent)
            ForgetParent(); // Its path may lead through the removed entry.
        if (Linux.Kind(parent, name) is FileKind.Directory)
            Directory.Delete(Linux.PathOf(parent, name), recursive: true); // Does not follow links.
        else
            Linux.Unlink(parent, name);
    }

    private static void Describe(SafeFileHandle folder, string name, TarEntry entry, bool isLink, bool isFolder)
    {
        if (name.Length == 0)
            name = ".";
        if (entry.Uid < 0 || entry.Gid < 0)
            throw new ImageException(
                $"The entry {Quote(entry.Name)} of a layer has an invalid owner: {entry.Uid}:{entry.Gid}"
            );
        Linux.Own(folder, name, (uint)entry.Uid, (uint)entry.Gid);
        if (!isLink)
            Linux.Mode(folder, name, (uint)entry.Mode & 0xfff); // After the owner: changing that clears the setuid bit.
        if (entry is PaxTarEntry pax && !isLink)
            Attributes(folder, name, pax);
        if (!isFolder)
            Linux.Touch(folder, name, entry.ModificationTime);
    }

    // Other attributes affect the host's kernel (overlayfs uses trusted.*) and mean nothing to a benchmark.
    private static void Attributes(SafeFileHandle folder, string name, PaxTarEntry entry)
    {
        const string Prefix = "SCHILY.xattr.";
        foreach (var (key, value) in entry.ExtendedAttributes)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            var attribute = key[Prefix.Length..];
            if (attribute is not "security.capability" && !attribute.StartsWith("user.", StringComparison.Ordinal))
                continue;
            if (value.Contains('�', StringComparison.Ordinal))
                continue; // The value was not valid UTF-8.
            Linux.SetAttribute(folder, name, attribute, Encoding.UTF8.GetBytes(value));
        }
    }

    private SafeFileHandle Parent(string path)
    {
        if (path.Length == 0)
            return root;
        if (parentKnown is { } known && known.Path == path)
            return known.Handle;
        ForgetParent();
        var folder = Linux.OpenInRoot(root, path, Linux.PathOnly | Linux.Directory) ?? MakeParents(path);
        parentKnown = (path, folder);
        _ = RealPath(folder);
        return folder;
    }

    private SafeFileHandle MakeParents(string path)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); ; end = path.IndexOf('/', end + 1))
        {
            var sofar = end < 0 ? path : path[..end];
            var folder = Linux.OpenInRoot(root, sofar, Linux.PathOnly | Linux.Directory);
            if (folder is null)
            {
                var (above, name) = Split(sofar);
                using var parent = Linux.OpenInRoot(
                    root,
                    above.Length == 0 ? "." : above,
                    Linux.PathOnly | Linux.Directory
                );
                if (parent is null || !Linux.MakeFolder(parent, name, 0x1ed))
                    throw new ImageException($"A layer has an entry below {Quote(sofar)}, which is a broken link");
                folder = Linux.OpenInRoot(root, sofar, Linux.PathOnly | Linux.Directory)!;
            }
            if (end < 0)
                return folder;
            folder.Dispose();
        }
    }

    private string RealPath(SafeFileHandle folder)
    {
        var real = PathInside(folder);
        if (real != rootPath && !real.StartsWith(rootPath + "/", StringComparison.Ordinal))
            throw new ImageException("A layer has an entry outside of its root folder");
        if (real.Length - rootPath.Length > DepthMax)
            throw new ImageException($"A layer has a folder whose path is longer than {DepthMax} characters");
        return real.Length == rootPath.Length ? "" : real[(rootPath.Length + 1)..];
    }

    private static string PathInside(SafeFileHandle folder) =>
        System.IO.File.ResolveLinkTarget(Linux.PathOf(folder), returnFinalTarget: false)?.FullName ?? "";

    private void ForgetParent()
    {
        parentKnown?.Handle.Dispose();
        parentKnown = null;
    }

    private static void TouchFolder(SafeFileHandle folder, DateTimeOffset time)
    {
        if (Linux.Kind(folder, "") is FileKind.Directory)
            Linux.Touch(folder, ".", time);
    }

    private static (string Parent, string Name) Split(string path) =>
        path.LastIndexOf('/') is >= 0 and var at ? (path[..at], path[(at + 1)..]) : ("", path);

    /// <summary>A relative path without empty parts and dots. Absolute names start at the image's root.</summary>
    private static string Tidy(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal))
            throw new ImageException($"A layer has an entry whose name contains a NUL character: {Quote(name)}");
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToArray();
        if (parts.Contains(".."))
            throw new ImageException($"A layer has an entry whose path contains \"..\": {Quote(name)}");
        return string.Join('/', parts);
    }

    private static string Quote(string name) =>
        $"\"{(name.Length > 200 ? name[..200] + "…" : name).Replace('\0', '?')}\"";
}
