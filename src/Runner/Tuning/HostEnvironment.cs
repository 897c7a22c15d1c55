using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// Reads the machine's hardware and settings from the kernel's files, for a job's recorded environment.
/// </summary>
internal static class HostEnvironment
{
    /// <param name="cores">The benchmark's cores; null for all.</param>
    public static RunEnvironment Read(HostRoots roots, IReadOnlyList<int>? cores)
    {
        var all = cores ?? CpuList.Parse(HostRoots.Read($"{roots.Sys}/devices/system/cpu/online")) ?? [];
        string[] governors =
        [
            .. all.Select(cpu => HostRoots.Read(TuningPlan.GovernorFile(roots, cpu))).OfType<string>().Distinct(),
        ];
        return MachineEnvironment.Read(roots) with
        {
            Governor = governors.Length == 0 ? null : string.Join(", ", governors),
            Cpus = cores is null ? null : CpuList.Format(cores),
            Memory = Memory(roots),
        };
    }

    /// <summary>The machine's memory in bytes. The process's own limit does not apply to benchmarks.</summary>
    public static long? Memory(HostRoots roots)
    {
        const string key = "MemTotal:";
        var line = HostRoots
            .Read($"{roots.Proc}/meminfo")
            ?.Split('\n')
            .FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.TryParse(
            line?[key.Length..].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture,
            out var kibibytes
        )
            ? kibibytes << 10
            : null;
    }
}
