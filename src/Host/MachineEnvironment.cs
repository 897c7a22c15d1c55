using Paddock.Core.Wire;

namespace Paddock.Host;

/// <summary>Reads from the kernel's files what a machine is and how it is configured.</summary>
public static class MachineEnvironment
{
    /// <summary>
    /// Everything except values that depend on the cores in use. The governor is that of the first processor.
    /// </summary>
    public static RunEnvironment Read(HostRoots roots) =>
        new(
            CpuModel: Platform.CpuInfo(roots, "model name"),
            Microcode: Platform.CpuInfo(roots, "microcode"),
            Kernel: HostRoots.Read($"{roots.Proc}/sys/kernel/osrelease"),
            Governor: HostRoots.Read($"{roots.Sys}/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            Turbo: HostRoots.Read($"{roots.Sys}/devices/system/cpu/intel_pstate/no_turbo") is { } off
                ? off == "0"
                : IsOn(HostRoots.Read($"{roots.Sys}/devices/system/cpu/cpufreq/boost")),
            Smt: IsOn(HostRoots.Read($"{roots.Sys}/devices/system/cpu/smt/active")),
            Aslr: IsOn(HostRoots.Read($"{roots.Proc}/sys/kernel/randomize_va_space")),
            Virtualized: Platform.Read(roots).Hypervisor is not null
        );

    private static bool? IsOn(string? value) => value is null ? null : value != "0";
}
