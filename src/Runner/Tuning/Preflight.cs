using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>Finds sources of noise on a host that a runner must not change itself.</summary>
internal static class Preflight
{
    /// <returns>A sentence for each source; none on a host set up for benchmarks.</returns>
    public static IReadOnlyList<string> Warnings(HostRoots roots)
    {
        var warnings = new List<string>();
        if (Runs(roots, "irqbalance"))
            warnings.Add(
                "irqbalance runs and moves interrupts back to the cores of benchmarks. Stop it (systemctl disable "
                    + "--now irqbalance)."
            );
        if (!CpusetPartition.IsPossible(roots))
            warnings.Add(
                "cgroup v2 has no cpuset controller, so other programs cannot be kept off the cores of benchmarks."
            );
        if (Platform.Read(roots).Hypervisor is { } by)
            warnings.Add(
                $"This is a virtual machine{(by == "yes" ? "" : $" ({by})")}: other virtual machines on its host "
                    + "affect the results."
            );
        var line = HostRoots.Read($"{roots.Proc}/cmdline")?.Split(' ') ?? [];
        foreach (var word in new[] { "isolcpus=", "nohz_full=" })
            if (!line.Any(w => w.StartsWith(word, StringComparison.Ordinal)))
                warnings.Add(
                    $"The kernel was started without {word.TrimEnd('=')}, so it also runs its own work on the cores of "
                        + $"benchmarks."
                );
        return warnings;
    }

    private static bool Runs(HostRoots roots, string program)
    {
        try
        {
            return Directory
                .EnumerateDirectories(roots.Proc)
                .Any(p => char.IsAsciiDigit(Path.GetFileName(p)[0]) && HostRoots.Read($"{p}/comm") == program);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
