using Paddock.Host;
using Paddock.Runner.Native;

namespace Paddock.Runner.Tuning;

/// <summary>The noise of the very cores that a benchmark is about to run on.</summary>
internal static class CoreNoise
{
    /// <param name="cores">Null for wherever the scheduler puts us.</param>
    /// <param name="folder">On the disk that the benchmark will write to.</param>
    /// <returns>The score; null where it could not be measured there.</returns>
    public static Task<double?> MeasureAsync(
        IReadOnlyList<int>? cores,
        string folder,
        TimeSpan duration,
        CancellationToken ct
    )
    {
        // A thread of its own, which takes its cores to its grave.
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
            } // The benchmark will say more about a disk that is full.
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
            // Cores that are kept for a control group do not let us in.
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
