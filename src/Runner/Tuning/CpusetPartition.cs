using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// A control group that owns the benchmark cores, so that the scheduler runs nothing else on them (a cpuset partition
/// of cgroup v2). cgroup v1 has no partitions: runs have their own cpuset, but other programs may use its cores.
/// </summary>
internal static class CpusetPartition
{
    private static readonly string[] Controllers = ["cpuset", "cpu", "memory", "pids"];

    public static bool IsPossible(HostRoots roots) =>
        HostRoots.Read($"{Root(roots)}/cgroup.controllers")?.Split(' ').Contains("cpuset") == true;

    /// <param name="group">The name of the parent group of all runs.</param>
    /// <param name="record">Called with each change before it is made, for the journal.</param>
    /// <returns>The kind of partition, or why none was made.</returns>
    public static (string? Kind, string? Why) Make(HostRoots roots, string group, CpuLayout layout, Action<Deed> record)
    {
        var folder = $"{Root(roots)}/{group}";
        // Never undone, because other groups may rely on it by then.
        if (!Delegated(Root(roots)) && KernelFile.Write($"{Root(roots)}/cgroup.subtree_control", "+cpuset") is { } why)
            return (null, why);
        if (!Directory.Exists(folder))
        {
            record(new(folder));
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return (null, e.Message.TrimEnd('.'));
            }
        }
        if (KernelFile.Write($"{folder}/cpuset.cpus", CpuList.Format(layout.Benchmark)) is { } cpus)
            return (null, cpus);
        if (
            HostRoots.Read($"{Root(roots)}/cpuset.mems.effective") is { Length: > 0 } nodes
            && KernelFile.Write($"{folder}/cpuset.mems", nodes) is { } mems
        )
            return (null, mems);
        foreach (var controller in Controllers)
            // A failure is ignored here: the sandboxes check which limits work.
            KernelFile.Write($"{folder}/cgroup.subtree_control", $"+{controller}");

        // An isolated partition has no load balancing: threads stay on their first core, which suits only a single
        // core.
        string[] kinds = layout.Benchmark.Count == 1 ? ["isolated", "root"] : ["root"];
        foreach (var kind in kinds)
            if (
                KernelFile.Write($"{folder}/cpuset.cpus.partition", kind) is null
                && HostRoots.Read($"{folder}/cpuset.cpus.partition") == kind
            )
                return (kind, null);
        var said = HostRoots.Read($"{folder}/cpuset.cpus.partition");
        return (
            null,
            $"the kernel does not create the partition{(said is null ? "" : $" ({said})")}; other programs may run on "
                + $"the cores of benchmarks"
        );
    }

    private static bool Delegated(string root) =>
        HostRoots.Read($"{root}/cgroup.subtree_control")?.Split(' ').Contains("cpuset") == true;

    private static string Root(HostRoots roots) => $"{roots.Sys}/fs/cgroup";
}
