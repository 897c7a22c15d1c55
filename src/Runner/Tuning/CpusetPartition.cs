using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// A control group that owns the cores of benchmarks, so that the scheduler puts nothing else there (cgroup v2, cpuset
/// partitions). In version 1 there is no such thing: runs have a cpuset of their own, but others may use its cores.
/// </summary>
internal static class CpusetPartition
{
    private static readonly string[] Controllers = ["cpuset", "cpu", "memory", "pids"];

    public static bool IsPossible(HostRoots roots) =>
        HostRoots.Read($"{Root(roots)}/cgroup.controllers")?.Split(' ').Contains("cpuset") == true;

    /// <param name="group">The name of the group below which runs have theirs.</param>
    /// <param name="record">Hears of the folder before it is made.</param>
    /// <returns>The kind of partition, or why there is none.</returns>
    public static (string? Kind, string? Why) Make(HostRoots roots, string group, CpuLayout layout, Action<Deed> record)
    {
        var folder = $"{Root(roots)}/{group}";
        // Other groups may come to rely on it, so this is not taken back.
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
            // What is not there cannot be limited, which a sandbox finds out.
            KernelFile.Write($"{folder}/cgroup.subtree_control", $"+{controller}");

        // In an isolated partition threads stay on the core that they were born on, which only suits a single one.
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
            $"the kernel does not make it a partition{(said is null ? "" : $" ({said})")}; other programs may run on "
                + $"the cores of benchmarks"
        );
    }

    private static bool Delegated(string root) =>
        HostRoots.Read($"{root}/cgroup.subtree_control")?.Split(' ').Contains("cpuset") == true;

    private static string Root(HostRoots roots) => $"{roots.Sys}/fs/cgroup";
}
