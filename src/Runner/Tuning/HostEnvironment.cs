using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// What a machine is and how it is set: the part of a job's record that is read from the kernel's files.
/// </summary>
internal static class HostEnvironment
{
    /// <param name="cores">Those of the benchmark; null for all.</param>
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

    /// <summary>Of the machine, in bytes; a limit of this process is none of a benchmark.</summary>
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
