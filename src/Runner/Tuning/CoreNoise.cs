using Paddock.Host;
using Paddock.Runner.Native;

namespace Paddock.Runner.Tuning;

/// <summary>Measures the noise on exactly the cores that a benchmark is about to use.</summary>
internal static class CoreNoise
{
    /// <param name="cores">The cores to measure; null to leave the choice to the scheduler.</param>
    /// <param name="folder">A folder on the disk that the benchmark will write to.</param>
    /// <returns>The score; null when it could not be measured on these cores.</returns>
    public static Task<double?> MeasureAsync(
        IReadOnlyList<int>? cores,
        string folder,
        TimeSpan duration,
        CancellationToken ct
    )
    {
        // A dedicated thread, so that its core affinity ends with it.
        var measured = new TaskCompletionSource<double?>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                measured.SetResult(Measure(cores, folder, duration, ct));
            }
            catch (OperationCanceledException)
            {
                measured.SetCanceled(ct);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                measured.SetResult(null);
            } // Probably a full disk; the benchmark will report it better.
            catch (Exception e)
            {
                measured.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "noise",
        }.Start();
        return measured.Task;
    }

    private static double? Measure(IReadOnlyList<int>? cores, string folder, TimeSpan duration, CancellationToken ct)
    {
        const int thisThread = 0;
        if (cores is not null)
        {
            Processes.StayOn(thisThread, cores);
            // The kernel does not let this thread onto cores reserved for a control group.
            if (Allowed() is not { } allowed || !allowed.SequenceEqual(cores))
                return null;
        }
        return Math.Round(NoiseMeter.Measure(duration, folder, new(), ct: ct).Reading.Score, 1);
    }

    private static IReadOnlyList<int>? Allowed()
    {
        const string key = "Cpus_allowed_list:";
        return CpuList.Parse(
            HostRoots
                .Read("/proc/thread-self/status")
                ?.Split('\n')
                .FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))
                ?[key.Length..]
        );
    }
}
