using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>What a machine is and how it is set: the part of a job's record that is read from the kernel's files.</summary>
internal static class HostEnvironment
{
    /// <param name="cores">Those of the benchmark; null for all.</param>
    public static RunEnvironment Read(HostRoots roots, IReadOnlyList<int>? cores)
    {
        var all = cores ?? CpuList.Parse(HostRoots.Read($"{roots.Sys}/devices/system/cpu/online")) ?? [];
        string[] governors = [.. all.Select(cpu => HostRoots.Read(TuningPlan.GovernorFile(roots, cpu))).OfType<string>().Distinct()];
        return new(
            CpuModel: Platform.CpuInfo(roots, "model name"),
            Microcode: Platform.CpuInfo(roots, "microcode"),
            Kernel: HostRoots.Read($"{roots.Proc}/sys/kernel/osrelease"),
            Governor: governors.Length == 0 ? null : string.Join(", ", governors),
            Turbo: HostRoots.Read($"{roots.Sys}/devices/system/cpu/intel_pstate/no_turbo") is { } off ? off == "0" : IsOn(HostRoots.Read($"{roots.Sys}/devices/system/cpu/cpufreq/boost")),
            Smt: IsOn(HostRoots.Read($"{roots.Sys}/devices/system/cpu/smt/active")),
            Aslr: IsOn(HostRoots.Read($"{roots.Proc}/sys/kernel/randomize_va_space")),
            Cpus: cores is null ? null : CpuList.Format(cores),
            Memory: Memory(roots),
            Virtualized: Platform.Read(roots).Hypervisor is not null);
    }

    private static bool? IsOn(string? value) => value is null ? null : value != "0";

    /// <summary>Of the machine, in bytes; a limit of this process is none of a benchmark.</summary>
    public static long? Memory(HostRoots roots)
    {
        const string key = "MemTotal:";
        var line = HostRoots.Read($"{roots.Proc}/meminfo")?.Split('\n').FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.TryParse(line?[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes << 10 : null;
    }
}
