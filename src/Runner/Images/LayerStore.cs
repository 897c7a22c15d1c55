using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Names;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Images;

/// <summary>
/// Stores unpacked layers by OCI chain ID, which covers the layer and all layers below it. A layer is unpacked into a
/// temporary folder, flushed and then renamed, so that a folder with the final name is complete. One process at a time
/// uses the store.
/// </summary>
internal sealed class LayerStore
{
    private const int ReadBytes = 256 << 10;
    private const string Files = "fs",
        SizeFile = "size",
        Unfinished = "new-";

    private readonly string folder;
    private readonly ImageLimits limits;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> making = new();
    private readonly Dictionary<string, int> uses = [];
    private readonly Lock gate = new();

    /// <summary>Opens the folder, and removes layers that a killed process left unfinished.</summary>
    public LayerStore(string folder, ImageLimits limits)
    {
        (this.folder, this.limits) = (folder, limits);
        // Private, because layers contain setuid programs.
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Mounts.UnmountBelow(folder);
        foreach (var unfinished in Directory.EnumerateDirectories(folder, Unfinished + "*"))
            Directory.Delete(unfinished, recursive: true);
    }

    /// <summary>The chain ID of a layer on top of another.</summary>
    public static string Chain(string? below, Digest diff) =>
        below is null ? Hex(diff.Value) : Hex($"{below} {diff.Value}");

    public string PathOf(string chain) => Path.Combine(folder, chain, Files);

    /// <summary>Protects layers from eviction until the result is disposed; they need not exist yet.</summary>
    public IDisposable Use(IReadOnlyList<string> chains)
    {
        lock (gate)
            foreach (var chain in chains)
                uses[chain] = uses.GetValueOrDefault(chain) + 1;
        return new Uses(this, chains);
    }

    /// <summary>Creates a layer unless it exists. Of concurrent calls, one does the work and the others wait.</summary>
    /// <param name="below">The layers below it, lowest first, which exist.</param>
    /// <param name="open">Opens the stream of the layer as transferred.</param>
    /// <returns>How many entries and bytes were unpacked; null when the layer existed.</returns>
    public async Task<(int Entries, long Bytes)?> EnsureAsync(
        string chain,
        IReadOnlyList<string> below,
        Digest diff,
        Descriptor layer,
        UnpackLimits left,
        Func<CancellationToken, Task<Stream>> open,
        CancellationToken ct
    )
    {
        if (IsThere(chain) && IsFrom(chain, layer))
            return null;
        var turn = making.GetOrAdd(chain, _ => new(1));
        await turn.WaitAsync(ct);
        try
        {
            if (IsThere(chain) && IsFrom(chain, layer))
                return null;
            await using var stream = await open(ct);
            using var cut = ct.Register(stream.Dispose); // The only way to stop a read blocked on the network.
            return await Task.Run(
                (int, long)? () =>
                {
                    if (!IsThere(chain))
                        return Make(chain, below, diff, layer, left, stream);
                    // A different blob, perhaps compressed differently. Unpacking it proves that it has the same
                    // content.
                    Read(stream, layer, diff, left, _ => { });
                    File.WriteAllText(Path.Combine(folder, chain, From(layer)), "");
                    return (0, 0);
                },
                CancellationToken.None
            );
        }
        catch (Exception e) when (ct.IsCancellationRequested && e is not OperationCanceledException)
        {
            throw new OperationCanceledException(ct);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Evicts the least recently used layers until the rest is within the limit.</summary>
    public void Evict()
    {
        var kept = Directory
            .EnumerateDirectories(folder)
            .Where(f => !Path.GetFileName(f).StartsWith(Unfinished, StringComparison.Ordinal))
            .Select(f => new FileInfo(Path.Combine(f, SizeFile)))
            .Where(f => f.Exists)
            .Select(f =>
                (
                    Chain: f.Directory!.Name,
                    Used: f.LastWriteTimeUtc,
                    Bytes: long.Parse(File.ReadAllText(f.FullName), CultureInfo.InvariantCulture)
                )
            )
            .OrderBy(f => f.Used)
            .ToList();
        var total = kept.Sum(f => f.Bytes);
        foreach (var (chain, _, bytes) in kept)
        {
            if (total <= limits.StoreBytesMax)
                return;
            if (Remove(chain))
                total -= bytes;
        }
    }

    /// <summary>True when the layer exists and this blob is known to unpack into it.</summary>
    public bool IsFrom(string chain, Digest blob) =>
        File.Exists(Path.Combine(folder, chain, SizeFile)) && File.Exists(Path.Combine(folder, chain, From(blob)));

    private bool IsFrom(string chain, Descriptor layer) => File.Exists(Path.Combine(folder, chain, From(layer)));

    private static string From(Descriptor layer) => From(ImageDigest.Parse(layer.Digest));

    private static string From(Digest blob) => $"from-{blob.Value.Replace(':', '-')}";

    private bool IsThere(string chain)
    {
        var size = Path.Combine(folder, chain, SizeFile);
        if (!File.Exists(size))
            return false;
        File.SetLastWriteTimeUtc(size, DateTime.UtcNow);
        return true;
    }

    private bool Remove(string chain)
    {
        var gone = Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("n"));
        lock (gate)
        {
            if (uses.ContainsKey(chain))
                return false;
            Directory.Move(Path.Combine(folder, chain), gone);
        }
        Directory.Delete(gone, recursive: true);
        return true;
    }

    private (int Entries, long Bytes) Make(
        string chain,
        IReadOnlyList<string> below,
        Digest diff,
        Descriptor layer,
        UnpackLimits left,
        Stream stream
    )
    {
        var work = Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("n"));
        var files = Path.Combine(work, Files);
        Directory.CreateDirectory(files);
        try
        {
            var (entries, bytes) = Unpack(work, files, below, diff, layer, left, stream);
            File.WriteAllText(Path.Combine(work, SizeFile), bytes.ToString(CultureInfo.InvariantCulture));
            File.WriteAllText(Path.Combine(work, From(layer)), "");
            Linux.SyncDisk(folder);
            Directory.Move(work, Path.Combine(folder, chain));
            Linux.SyncFolder(folder);
            return (entries, bytes);
        }
        catch
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
            throw;
        }
    }

    private (int Entries, long Bytes) Unpack(
        string work,
        string files,
        IReadOnlyList<string> below,
        Digest diff,
        Descriptor layer,
        UnpackLimits left,
        Stream stream
    )
    {
        var view = below.Count == 0 ? files : MountOver(work, files, below);
        List<string> gone,
            opaque;
        (int, long) sums;
        try
        {
            using var root = Linux.OpenFolder(view);
            using var unpacker = new LayerUnpacker(root, left);
            Read(stream, layer, diff, left, unpacker.Unpack);
            if (below.Count > 0)
                BringUp(root, [.. unpacker.Opaque, .. unpacker.Gone.Select(Above)]);
            (gone, opaque, sums) = (unpacker.Gone, unpacker.Opaque, (unpacker.Entries, unpacker.Bytes));
        }
        finally
        {
            if (below.Count > 0)
                Linux.UnmountWhenIdle(view);
        }
        if (below.Count > 0)
            Whiteouts.Write(files, gone, opaque);
        foreach (var beside in Directory.EnumerateDirectories(work).Where(f => f != files))
            Directory.Delete(beside, recursive: true);
        return sums;
    }

    private string MountOver(string work, string files, IReadOnlyList<string> below)
    {
        var (view, scratch) = (Path.Combine(work, "view"), Path.Combine(work, "work"));
        Directory.CreateDirectory(view);
        Directory.CreateDirectory(scratch);
        Overlay.Mount([.. below.Select(PathOf)], files, scratch, view);
        return view;
    }

    // A folder in which an entry is to be hidden must exist in this layer, too, with its attributes from below.
    private static void BringUp(Microsoft.Win32.SafeHandles.SafeFileHandle root, IEnumerable<string> folders)
    {
        foreach (var path in folders.Distinct())
            if (Linux.OpenInRoot(root, path.Length == 0 ? "." : path, Linux.PathOnly | Linux.Directory) is { } folder)
                using (folder)
                    File.SetLastWriteTimeUtc(Linux.PathOf(folder), File.GetLastWriteTimeUtc(Linux.PathOf(folder)));
    }

    // Decompresses and hashes a layer while it is transferred.
    private static void Read(
        Stream stream,
        Descriptor layer,
        Digest diff,
        UnpackLimits left,
        Action<BoundedStream> take
    )
    {
        using var verified = new VerifiedStream(
            new BufferedStream(stream, ReadBytes),
            layer,
            $"The layer {layer.Digest}"
        );
        using var open = Compression.Open(verified);
        using var ahead = new AheadStream(open, stream.Dispose);
        using var tar = new BoundedStream(ahead, left.BytesMax);
        var found = Digest.Of(HashAlgorithmName.SHA256, []);
        Read(
            () =>
            {
                take(tar);
                found = tar.Finish();
                verified.Finish();
            },
            verified,
            layer
        );
        diff.Verify(found, $"The unpacked content of the layer {layer.Digest}");
    }

    // The network and decompression fail in many ways; to the caller, all mean that the layer cannot be pulled.
    private static void Read(Action read, VerifiedStream verified, Descriptor layer)
    {
        try
        {
            read();
        }
        catch (Exception e) when (verified.IsShort && e is ImageException or IOException or InvalidDataException)
        {
            throw verified.Shortness();
        }
        catch (InvalidDataException e)
        {
            throw new ImageException($"The layer {layer.Digest} is damaged: {e.Message}", cause: e);
        }
        catch (Exception e)
            when (e
                    is IOException
                        and not LinuxException
                        or System.Net.Http.HttpRequestException
                        or ObjectDisposedException
            )
        {
            throw new ImageException($"Reading the layer {layer.Digest} failed: {e.Message}", again: true, e);
        }
    }

    private static string Above(string path) => path.LastIndexOf('/') is > 0 and var at ? path[..at] : "";

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private void Release(IReadOnlyList<string> chains)
    {
        lock (gate)
            foreach (var chain in chains)
                if (--uses[chain] == 0)
                    uses.Remove(chain);
    }

    private sealed class Uses(LayerStore store, IReadOnlyList<string> chains) : IDisposable
    {
        private int released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref released, 1) == 0)
                store.Release(chains);
        }
    }
}
