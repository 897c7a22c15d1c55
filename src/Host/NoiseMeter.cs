using System.Diagnostics;
using System.Runtime.CompilerServices;
using Paddock.Core.Noise;

namespace Paddock.Host;

/// <summary>
/// Measures how much this machine disturbs programs: times loops that always do the same work, and reports the spread
/// of the times.
/// </summary>
public static class NoiseMeter
{
    public static readonly TimeSpan DurationMin = TimeSpan.Zero,
        DurationMax = TimeSpan.FromHours(1);

    private const int SamplesMax = 1 << 22; // 32 MiB; a loop with this many samples ends early.
    private const int SamplesMin = 3; // Taken even when the time is up.
    private const int Rounds = 10_000;
    private const long CacheOtherwise = 8 << 20,
        CacheMax = 1L << 30;
    private const int BlockBytes = 4096;

    /// <summary>Measures on the calling thread, on the cores that the thread may run on.</summary>
    /// <param name="folder">A folder on the disk to measure; a file is created there and removed.</param>
    /// <param name="phase">Receives the name of each phase as it starts.</param>
    /// <exception cref="IOException">The folder cannot be written to, or the disk is full.</exception>
    public static (NoiseReading Reading, double? SwitchesPerSecond) Measure(
        TimeSpan duration,
        string folder,
        HostRoots roots,
        Action<string>? phase = null,
        CancellationToken ct = default
    )
    {
        var before = Now(roots);
        phase?.Invoke("calculating");
        var compute = Compute(duration * 0.3, ct);
        phase?.Invoke("sweeping through the cache");
        var cache = Cache(duration * 0.3, Platform.Read(roots).LastCache ?? CacheOtherwise, ct);
        phase?.Invoke("writing to the disk");
        var io = Io(duration * 0.2, folder, ct);
        phase?.Invoke("watching the machine");
        var (start, watch) = (Now(roots), Stopwatch.StartNew());
        if (ct.WaitHandle.WaitOne(duration * 0.2))
            ct.ThrowIfCancellationRequested(); // While waiting, this process causes no context switch itself.
        var end = Now(roots);
        var switches = end?.ContextSwitches - start?.ContextSwitches;
        // Steal is counted from the first loop on, because a process that wants no processor time loses none.
        return (
            new(compute, cache, io, before is null ? null : end?.StealPercentSince(before)),
            switches / watch.Elapsed.TotalSeconds
        );
    }

    private static ProcessorTime? Now(HostRoots roots) =>
        HostRoots.Read($"{roots.Proc}/stat") is { } stat ? ProcessorTime.Parse(stat) : null;

    private static Jitter Compute(TimeSpan budget, CancellationToken ct)
    {
        var state = 1UL;
        return Loop(budget, () => state = Calculate(state), ct);
    }

    // Compiled once, fully optimized: a switch to a better version during the measurement would look like noise.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static ulong Calculate(ulong state)
    {
        for (var i = 0; i < Rounds; i++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            state ^= state >> 29;
        }
        return state;
    }

    private static Jitter Cache(TimeSpan budget, long cache, CancellationToken ct)
    {
        var words = new ulong[Math.Min(cache, CacheMax) * 3 / 4 / sizeof(ulong)];
        return Loop(budget, () => Sweep(words), ct);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Sweep(ulong[] words)
    {
        for (var i = 0; i < words.Length; i++)
            words[i] = words[i] * 3 + 1;
    }

    private static Jitter Io(TimeSpan budget, string folder, CancellationToken ct)
    {
        var path = Path.Combine(folder, $".noise-{Guid.NewGuid():n}");
        using var file = new FileStream(
            path,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            bufferSize: 0,
            FileOptions.DeleteOnClose
        );
        byte[] block = new byte[BlockBytes],
            back = new byte[BlockBytes];
        return Loop(
            budget,
            () =>
            {
                block[0]++;
                file.Position = 0;
                file.Write(block);
                file.Flush(flushToDisk: true);
                file.Position = 0;
                file.ReadExactly(back);
            },
            ct
        );
    }

    private static Jitter Loop(TimeSpan budget, Action round, CancellationToken ct)
    {
        var samples = new List<long>(1 << 16);
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(budget.TotalSeconds * Stopwatch.Frequency);
        for (var now = start; (now < end || samples.Count < SamplesMin) && samples.Count < SamplesMax; )
        {
            ct.ThrowIfCancellationRequested();
            var begin = Stopwatch.GetTimestamp();
            round();
            now = Stopwatch.GetTimestamp();
            samples.Add((long)((now - begin) * (1e9 / Stopwatch.Frequency)));
        }
        return Jitter.Of(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(samples))!;
    }
}
