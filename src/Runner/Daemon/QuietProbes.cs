using System.Globalization;
using Paddock.Host;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Daemon;

/// <summary>Probes how quiet the machine is and could become. They change nothing.</summary>
internal static class QuietProbes
{
    private static readonly HostRoots Roots = new();

    /// <summary>Reports the cores that benchmarks would get.</summary>
    public static Task<IReadOnlyList<Finding>> Cores(MachineOptions options, DataFolder? data, CancellationToken ct)
    {
        var layout = HostTuning.LayoutOf(TuningFacts.Read(Roots));
        return One(
            new(
                "cores",
                layout.IsSplit,
                layout.IsSplit
                    ? $"{CpuList.Format(layout.Benchmark)} for benchmarks, {CpuList.Format(layout.Housekeeping)} for "
                        + "everything else"
                        + (
                            CpusetPartition.IsPossible(Roots)
                                ? "; other programs are kept off the benchmark cores"
                                : "; other programs can run on the benchmark cores"
                        )
                    : "this machine has only one core, which benchmarks share with everything else"
            )
        );
    }

    /// <summary>Reports the current value of each tuning setting and the value that tuning would set.</summary>
    public static Task<IReadOnlyList<Finding>> Knobs(MachineOptions options, DataFolder? data, CancellationToken ct)
    {
        if (!options.Tuning.Enabled)
            return One(new("tuning", Ok: true, "switched off by --no-tuning"));
        var facts = TuningFacts.Read(Roots);
        TuningPlan[] plans =
        [
            TuningPlan.OfMachine(facts, options.Tuning),
            TuningPlan.OfProcessors(facts, HostTuning.LayoutOf(facts), options.Tuning),
        ];
        var findings = new List<Finding>();
        foreach (var plan in plans)
        {
            foreach (var (knob, value) in plan.InForce)
            {
                var changes = plan.Changes.Where(c => c.Knob == knob).ToList();
                findings.Add(
                    changes.Count == 0
                        ? new(knob, Ok: true, $"is {value}")
                        : new(
                            knob,
                            Ok: IsWritable(changes[0].Path),
                            $"is {changes[0].Old}, would become "
                                + $"{value}{(changes.Count > 1 ? $" ({changes.Count} files)" : "")}"
                                + $"{(IsWritable(changes[0].Path) ? "" : ", but cannot be written")}"
                        )
                );
            }
            findings.AddRange(
                plan.Skipped.Select(s => new Finding(
                    s.Split(':')[0],
                    Ok: false,
                    s[(s.IndexOf(':', StringComparison.Ordinal) + 2)..].TrimEnd('.')
                ))
            );
        }
        var latency = $"{Roots.Dev}/cpu_dma_latency";
        if (!options.Tuning.KeepCStates)
            findings.Add(
                new(
                    "cstates",
                    File.Exists(latency),
                    File.Exists(latency)
                        ? "idle cores would be kept awake"
                        : "this kernel cannot keep idle cores awake: it has no /dev/cpu_dma_latency"
                )
            );
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    /// <summary>Reports sources of noise that only the operator can remove.</summary>
    public static Task<IReadOnlyList<Finding>> Warnings(
        MachineOptions options,
        DataFolder? data,
        CancellationToken ct
    ) =>
        Task.FromResult<IReadOnlyList<Finding>>([
            .. Preflight.Warnings(Roots).Select(w => new Finding("warning", Ok: false, w.TrimEnd('.'))),
        ]);

    /// <summary>Measures the noise on the benchmark cores in the same way as before a job.</summary>
    public static async Task<IReadOnlyList<Finding>> NoiseAsync(
        MachineOptions options,
        DataFolder? data,
        CancellationToken ct
    )
    {
        if (data is null || options.NoiseDuration == TimeSpan.Zero)
            return [];
        var score = await CoreNoise.MeasureAsync(
            HostTuning.LayoutOf(TuningFacts.Read(Roots)).Benchmark,
            data.Runs,
            options.NoiseDuration,
            ct
        );
        if (score is not { } dB)
            return [new("noise", Ok: false, "the noise on the cores of benchmarks could not be measured")];
        var level = Core.Noise.NoiseReading.LevelOfScore(dB);
        return
        [
            new(
                "noise",
                level <= Core.Noise.NoiseLevel.Moderate,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{dB:0.0} dB, {Word(level)}; `paddock noise` measures longer"
                )
            ),
        ];

        static string Word(Core.Noise.NoiseLevel level) =>
            level == Core.Noise.NoiseLevel.VeryNoisy ? "very noisy" : level.ToString().ToLowerInvariant();
    }

    private static bool IsWritable(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Task<IReadOnlyList<Finding>> One(Finding finding) =>
        Task.FromResult<IReadOnlyList<Finding>>([finding]);
}
