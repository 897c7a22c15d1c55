using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>The mounted writable disk of one container.</summary>
/// <param name="Folder">Holds the file system's file and the folder where it is mounted.</param>
internal sealed record WritableDisk(string Folder, long Bytes)
{
    public string File => $"{Folder}/disk.ext4";
    public string Path => $"{Folder}/disk";

    public void Remove()
    {
        if (Directory.Exists(Path))
            try
            {
                Linux.Unmount(Path);
            }
            catch (LinuxException)
            {
                Linux.Unmount(Path, lazily: true);
            } // Still in use; the kernel removes the mount after the last use.
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>
/// Disks for containers: each is an ext4 file system with exactly the allowed size, in a sparse file. Each size is
/// formatted once as a template and copied. Slow work happens in the background: a returned disk is removed later, and
/// when the same size was requested twice in a row, the next disk is prepared in advance. All background work ends
/// before a disk is handed out.
/// </summary>
internal sealed class WritableDisks(string templates, string folder) : IDisposable
{
    private const long BytesMin = 16 << 20,
        Block = 4096;
    private readonly ConcurrentDictionary<long, SemaphoreSlim> making = new();
    private readonly Lock gate = new();
    private Task behind = Task.CompletedTask;
    private WritableDisk? spare;
    private long last,
        beforeLast;

    /// <summary>Why this machine cannot provide disks; null when it can.</summary>
    public static string? Missing() =>
        Mkfs is null ? "mkfs.ext4 is not installed (Debian: e2fsprogs)"
        : !LoopDevice.IsPossible ? "/dev/loop-control does not exist: the kernel's loop module is not loaded"
        : null;

    /// <summary>Completes when no background work is left.</summary>
    public Task Settled
    {
        get
        {
            lock (gate)
                return behind;
        }
    }

    public async Task<WritableDisk> TakeAsync(long bytes, CancellationToken ct)
    {
        bytes = Math.Max(bytes, BytesMin) / Block * Block;
        await Settled.WaitAsync(ct);
        WritableDisk? ready;
        lock (gate)
        {
            (beforeLast, last) = (last, bytes);
            (ready, spare) = (spare, null);
        }
        if (ready?.Bytes == bytes)
            return ready;
        ready?.Remove();
        return await MakeAsync(bytes, ct);
    }

    /// <summary>Returns at once; the disk is removed in the background.</summary>
    public void Return(WritableDisk disk)
    {
        lock (gate)
            behind = RenewAsync(behind, disk);
    }

    /// <summary>Removes disks that a killed runner left.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(folder))
            return;
        Mounts.UnmountBelow(folder);
        Directory.Delete(folder, recursive: true);
    }

    public void Dispose()
    {
        Settled.Wait();
        spare?.Remove();
        spare = null;
    }

    private async Task RenewAsync(Task before, WritableDisk used)
    {
        await before;
        await Task.Run(async () =>
        {
            try
            {
                used.Remove();
                var again = false;
                lock (gate)
                    again = spare is null && last == beforeLast && last == used.Bytes;
                if (!again)
                    return;
                var next = await MakeAsync(used.Bytes, CancellationToken.None);
                lock (gate)
                    spare = next;
            }
            // The next request fails with the same error and reports it.
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        });
    }

    private async Task<WritableDisk> MakeAsync(long bytes, CancellationToken ct)
    {
        var template = await TemplateAsync(bytes, ct);
        var disk = new WritableDisk(Path.Combine(folder, Guid.NewGuid().ToString("n")), bytes);
        try
        {
            Directory.CreateDirectory(disk.Path);
            CopySparse(template, disk.File);
            LoopDevice.MountExt4(disk.File, disk.Path);
            return disk;
        }
        catch
        {
            disk.Remove();
            throw;
        }
    }

    private static string? Mkfs => Programs.OnHost("mkfs.ext4");

    private async Task<string> TemplateAsync(long bytes, CancellationToken ct)
    {
        var template = Path.Combine(templates, string.Create(CultureInfo.InvariantCulture, $"ext4-{bytes}"));
        if (File.Exists(template))
            return template;
        var turn = making.GetOrAdd(bytes, _ => new(1));
        await turn.WaitAsync(ct);
        try
        {
            if (File.Exists(template))
                return template;
            Directory.CreateDirectory(templates);
            var unfinished = $"{template}.new";
            await using (var file = File.Create(unfinished))
                file.SetLength(bytes);
            await FormatAsync(unfinished, ct);
            File.Move(unfinished, template);
            return template;
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task FormatAsync(string file, CancellationToken ct)
    {
        // No journal: the disk is not needed after a crash, and a journal would double every write.
        var start = Programs.Of(
            Mkfs!,
            [
                "-q",
                "-F",
                "-b",
                "4096",
                "-m",
                "0",
                "-O",
                "^has_journal",
                "-E",
                "lazy_itable_init=1,nodiscard,root_owner=0:0",
                file,
            ]
        );
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (error, output) = (process.StandardError.ReadToEndAsync(ct), process.StandardOutput.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        await output;
        if (process.ExitCode != 0)
            throw new IOException($"mkfs.ext4 failed: {(await error).Trim()}");
    }

    // Copies only the data: four megabytes of a ten-gigabyte disk.
    private static void CopySparse(string from, string to)
    {
        using var source = File.OpenHandle(from);
        using var target = File.OpenHandle(to, FileMode.CreateNew, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(source);
        RandomAccess.SetLength(target, length);
        var buffer = new byte[1 << 20];
        foreach (var (start, end) in Linux.Data(source, length))
            for (var at = start; at < end; )
            {
                var count = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
                if (count == 0)
                    break;
                RandomAccess.Write(target, buffer.AsSpan(0, count), at);
                at += count;
            }
    }
}
