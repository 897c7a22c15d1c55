using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// The host's user and group ids behind ids 0 to 65535 of one container. The range is exclusive: no other container, no
/// user of the machine and no other program uses it.
/// </summary>
internal sealed class IdRange : IDisposable
{
    public const uint Count = 65536;

    // Between systemd's range for containers (up to 0x6fffffff) and its range for foreign files (from 0x7ffe0000).
    private const uint Lowest = 0x7000_0000,
        RangesMax = 4094;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly FileStream claim;

    private IdRange(uint first, FileStream claim, SafeFileHandle userNamespace) =>
        (First, this.claim, UserNamespace) = (first, claim, userNamespace);

    /// <summary>The container's root user, as seen from outside.</summary>
    public uint First { get; }

    /// <summary>A user namespace with this range, for id-mapped mounts.</summary>
    public SafeFileHandle UserNamespace { get; }

    /// <summary>
    /// Why this machine cannot make user namespaces: the kernel or a program is missing. Null when it can.
    /// </summary>
    public static string? Missing() =>
        !File.Exists("/proc/self/ns/user") ? "this kernel has no user namespaces"
        : File.Exists("/proc/sys/user/max_user_namespaces")
        && File.ReadAllText("/proc/sys/user/max_user_namespaces").Trim() == "0"
            ? "user.max_user_namespaces is 0"
        : Programs.OnHost("unshare") is null || Programs.OnHost("cat") is null
            ? "unshare is not installed (Debian: util-linux)"
        : null;

    /// <summary>Claims a range that no other process holds, until it is disposed.</summary>
    /// <exception cref="IOException">The kernel refuses a user namespace, or all ranges are taken.</exception>
    public static async Task<IdRange> ClaimAsync(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        for (var n = 0u; n < RangesMax; n++)
        {
            if (TryClaim(Path.Combine(folder, n.ToString(CultureInfo.InvariantCulture))) is not { } claim)
                continue;
            try
            {
                return new(Lowest + n * Count, claim, await MakeNamespaceAsync(Lowest + n * Count, ct));
            }
            catch
            {
                claim.Dispose();
                throw;
            }
        }
        throw new IOException($"all {RangesMax} user ID ranges for containers are in use ({folder})");
    }

    private static FileStream? TryClaim(string file)
    {
        try
        {
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException)
        {
            return null;
        } // Another runner or container holds it.
    }

    // A namespace lives as long as a handle to it is open. A process must be in it only during its creation.
    private static async Task<SafeFileHandle> MakeNamespaceAsync(uint first, CancellationToken ct)
    {
        using var process = Process.Start(
            Programs.Of(Programs.OnHost("unshare")!, ["--user", "--", Programs.OnHost("cat")!])
        )!;
        var at = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}");
        try
        {
            var own = Link("/proc/self/ns/user");
            for (
                var began = Stopwatch.GetTimestamp();
                Link($"{at}/ns/user") is var made && (made is null || made == own);
                await Task.Delay(1, ct)
            )
                if (process.HasExited || Stopwatch.GetElapsedTime(began) > Patience)
                    throw new IOException(
                        $"a user namespace cannot be created: {(await process.StandardError.ReadToEndAsync(ct)).Trim()}"
                    );
            var map = string.Create(CultureInfo.InvariantCulture, $"0 {first} {Count}\n");
            await File.WriteAllTextAsync($"{at}/uid_map", map, ct);
            await File.WriteAllTextAsync($"{at}/gid_map", map, ct);
            return Linux.Open($"{at}/ns/user", Linux.ReadOnly);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        UserNamespace.Dispose();
        claim.Dispose();
    }
}

/// <summary>A pool of ranges, because creating a range would slow down every container's start.</summary>
internal sealed class IdRanges(string folder) : IDisposable
{
    private readonly ConcurrentBag<IdRange> free = [];

    public async Task<IdRange> TakeAsync(CancellationToken ct) =>
        free.TryTake(out var range) ? range : await IdRange.ClaimAsync(folder, ct);

    public void Return(IdRange range) => free.Add(range);

    public void Dispose()
    {
        while (free.TryTake(out var range))
            range.Dispose();
    }
}
