using Paddock.Host;

namespace Paddock.Runner.Tests.Tuning;

/// <summary>A folder tree with the kernel's files, as on a machine with four cores.</summary>
internal sealed class MadeHost : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("paddock-host-").FullName;

    public MadeHost()
    {
        foreach (
            var (path, value) in new[]
            {
                ("proc/sys/kernel/randomize_va_space", "2"),
                ("proc/sys/kernel/nmi_watchdog", "1"),
                ("proc/sys/kernel/soft_watchdog", "0"),
                ("proc/sys/vm/swappiness", "60"),
                ("proc/sys/kernel/perf_event_paranoid", "3"),
                ("proc/sys/kernel/numa_balancing", "1"),
                ("proc/sys/kernel/timer_migration", "1"),
                ("proc/sys/kernel/osrelease", "6.1.0-made"),
                (
                    "proc/cpuinfo",
                    "processor\t: 0\nmodel name\t: Made CPU @ 3.00GHz\nmicrocode\t: 0x42\nflags\t\t: fpu "
                        + "sse2\n\nprocessor\t: 1\nmodel name\t: Other"
                ),
                ("proc/meminfo", "MemTotal:        8000000 kB\nMemFree: 1 kB"),
                ("proc/cmdline", "quiet isolcpus=1-3"),
                ("proc/17/comm", "irqbalance"),
                ("sys/kernel/mm/ksm/run", "1"),
                ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"),
                ("sys/kernel/mm/transparent_hugepage/defrag", "always defer [madvise] never"),
                ("sys/devices/system/cpu/online", "0-3"),
                ("sys/devices/system/cpu/smt/control", "on"),
                ("sys/devices/system/cpu/smt/active", "1"),
                ("sys/devices/system/cpu/intel_pstate/no_turbo", "0"),
                ("proc/irq/default_smp_affinity", "f"),
                ("proc/irq/7/smp_affinity_list", "0-3"),
                ("proc/irq/12/smp_affinity_list", "2"),
                ("sys/devices/virtual/workqueue/cpumask", "0000000f"),
                ("dev/cpu_dma_latency", ""),
            }
        )
            Write(path, value);
        for (var cpu = 0; cpu < 4; cpu++)
            Write($"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor", "powersave");
    }

    public HostRoots Roots => HostRoots.Below(folder);

    public string Path(string path) => System.IO.Path.Combine(folder, path);

    public void Write(string path, string value)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(path))!);
        File.WriteAllText(Path(path), value + "\n");
    }

    public void Remove(string path) => File.Delete(Path(path));

    public string Read(string path) => File.ReadAllText(Path(path)).Trim();

    /// <summary>Every kernel file in the tree, with its value.</summary>
    public IReadOnlyDictionary<string, string> Everything() =>
        new[] { "proc", "sys" }
            .SelectMany(root => Directory.GetFiles(Path(root), "*", SearchOption.AllDirectories))
            .ToDictionary(file => file[folder.Length..], file => File.ReadAllText(file).Trim(), StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
