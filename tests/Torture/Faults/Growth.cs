using System.Globalization;

namespace Paddock.Torture.Faults;

/// <summary>Checks for leaks: normal work only, during which the server's resources must not grow over time.</summary>
internal static class Growth
{
    private const int RoundMilliseconds = 3000;
    private const int HandlesMore = 40;
    private const long LogBytesMax = 64L << 20;
    private const double MemoryTimesMax = 1.34;
    private const long MemoryMin = 250L << 20; // Growth up to this size is the filling of caches.

    private sealed record Sample(long Memory, int Handles, int Threads, int Files, long LogBytes)
    {
        public override string ToString() =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Memory >> 20} MiB, {Handles} open files, {Threads} threads, {Files} files beside blobs, log "
                    + $"{LogBytes >> 10} KiB"
            );
    }

    public static async Task<(int Times, string Outcome)> RunAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(setup, findings);
        var samples = new List<Sample>();
        var times = 0;
        for (; goesOn(times); times++)
        {
            await ordeal.RoundAsync(() => Task.Delay(RoundMilliseconds));
            samples.Add(Look(ordeal.Server));
        }
        await ordeal.CheckDatabaseAsync();
        var (first, middle, last) = (samples[0], samples[samples.Count / 2], samples[^1]);
        if (last.Memory > Math.Max(MemoryMin, middle.Memory * MemoryTimesMax))
            findings.Add($"GROWTH: memory, from {middle} to {last}");
        if (last.Handles > middle.Handles + HandlesMore || last.Threads > middle.Threads + HandlesMore)
            findings.Add($"GROWTH: open files or threads, from {middle} to {last}");
        if (last.LogBytes > LogBytesMax || last.Files > first.Files + HandlesMore)
            findings.Add($"GROWTH: files, from {first} to {last}");
        return (times, $"at first {first}; in the middle {middle}; at the end {last}; {ordeal.Crowd.Confirmed}");
    }

    private static Sample Look(ServerProcess server)
    {
        var process = $"/proc/{server.Id}";
        long Number(string name) =>
            long.Parse(
                File.ReadLines($"{process}/status")
                    .First(line => line.StartsWith(name, StringComparison.Ordinal))
                    .Split('\t', ' ')
                    .First(part => part.Length > 0 && char.IsAsciiDigit(part[0])),
                CultureInfo.InvariantCulture
            );
        var blobs = Path.Combine(server.DataFolder, "blobs");
        var files = Directory.GetFiles(server.DataFolder, "*", SearchOption.AllDirectories);
        var log = new FileInfo(Path.Combine(server.DataFolder, "paddock.db-wal"));
        return new(
            Number("VmRSS") << 10,
            Directory.GetFileSystemEntries($"{process}/fd").Length,
            (int)Number("Threads"),
            // A draft (.part) that stays is a leak.
            files.Count(file =>
                !file.StartsWith(blobs, StringComparison.Ordinal) || file.EndsWith(".part", StringComparison.Ordinal)
            ),
            log.Exists ? log.Length : 0
        );
    }
}
