using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// What a container writes to: an ext4 file system of just the size that it may fill, in a sparse file. One of each size is made once and
/// copied, which takes a few milliseconds.
/// </summary>
internal sealed class WritableDisk(string cache)
{
    private const long BytesMin = 16 << 20, Block = 4096;
    private readonly ConcurrentDictionary<long, SemaphoreSlim> making = new();

    /// <summary>Why it cannot be done here; null where it can.</summary>
    public static string? Missing() =>
        Mkfs is null ? "mkfs.ext4 is not installed (Debian: e2fsprogs)"
        : !LoopDevice.IsPossible ? "/dev/loop-control is not there: the kernel's loop module is not loaded"
        : null;

    public async Task MountAsync(long bytes, string file, string at, CancellationToken ct)
    {
        var template = await TemplateAsync(Math.Max(bytes, BytesMin) / Block * Block, ct);
        CopySparse(template, file);
        LoopDevice.MountExt4(file, at);
    }

    private static string? Mkfs => Programs.OnHost("mkfs.ext4");

    private async Task<string> TemplateAsync(long bytes, CancellationToken ct)
    {
        var template = Path.Combine(cache, string.Create(CultureInfo.InvariantCulture, $"ext4-{bytes}"));
        if (File.Exists(template)) return template;
        var turn = making.GetOrAdd(bytes, _ => new(1));
        await turn.WaitAsync(ct);
        try
        {
            if (File.Exists(template)) return template;
            Directory.CreateDirectory(cache);
            var unfinished = $"{template}.new";
            await using (var file = File.Create(unfinished)) file.SetLength(bytes);
            await FormatAsync(unfinished, ct);
            File.Move(unfinished, template);
            return template;
        }
        finally { turn.Release(); }
    }

    private static async Task FormatAsync(string file, CancellationToken ct)
    {
        // No journal: nothing of it is needed after a crash, and every write would be made twice.
        var start = new ProcessStartInfo(Mkfs!, ["-q", "-F", "-b", "4096", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard,root_owner=0:0", file]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var (error, output) = (process.StandardError.ReadToEndAsync(ct), process.StandardOutput.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        await output;
        if (process.ExitCode != 0) throw new IOException($"mkfs.ext4 failed: {(await error).Trim()}");
    }

    // Only what was written: of ten gigabytes, four megabytes.
    private static void CopySparse(string from, string to)
    {
        using var source = File.OpenHandle(from);
        using var target = File.OpenHandle(to, FileMode.CreateNew, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(source);
        RandomAccess.SetLength(target, length);
        var buffer = new byte[1 << 20];
        foreach (var (start, end) in Linux.Data(source, length))
            for (var at = start; at < end;)
            {
                var count = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
                if (count == 0) break;
                RandomAccess.Write(target, buffer.AsSpan(0, count), at);
                at += count;
            }
    }
}
