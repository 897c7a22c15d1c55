using System.Globalization;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>
/// The control groups of containers, for cgroup v1 (a tree per controller) and v2 (one tree).
/// </summary>
/// <param name="parent">The parent of all of a runner's groups; each data folder has its own.</param>
internal sealed class ControlGroups(string parent)
{
    private const string Root = "/sys/fs/cgroup";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Needed = ["cpuset", "memory", "pids"];

    public static bool IsUnified => File.Exists($"{Root}/cgroup.controllers");

    /// <summary>Why limits cannot work; null when they can.</summary>
    public static string? Missing()
    {
        if (!Directory.Exists(Root))
            return $"{Root} is not mounted";
        var there = IsUnified
            ? File.ReadAllText($"{Root}/cgroup.controllers").Split((char[])[' ', '\n'])
            : Needed.Where(name => File.Exists($"{Root}/{name}/cgroup.procs"));
        var missing = Needed.Except(there).ToList();
        return missing.Count == 0
            ? null
            : $"the kernel does not support the control group{(missing.Count > 1 ? "s" : "")} "
                + $"{string.Join(", ", missing)}";
    }

    /// <summary>Why a runtime fails on a machine with both cgroup versions; null when that is not the reason.</summary>
    public static string? MixedFor(string runtime)
    {
        const string Second = $"{Root}/unified";
        if (!runtime.StartsWith("crun", StringComparison.Ordinal) || !File.Exists($"{Second}/cgroup.controllers"))
            return null;
        var controllers = File.ReadAllText($"{Second}/cgroup.controllers")
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return controllers.Length == 0
            ? null
            : $"it does not support cgroup v1 together with controllers in cgroup v2 "
                + $"({string.Join(", ", controllers)} in {Second}); use runc, or start the kernel with "
                + "cgroup_no_v1=all";
    }

    /// <summary>True when memory and swap can be limited together; otherwise swap is unlimited.</summary>
    public static bool LimitsSwap => IsUnified || File.Exists($"{Root}/memory/memory.memsw.limit_in_bytes");

    /// <summary>The group's path as a runtime's configuration names it.</summary>
    public string PathOf(string id) => $"/{parent}/{id}";

    /// <summary>How many processes of the group the kernel killed for lack of memory.</summary>
    public int OutOfMemoryKills(string id) =>
        Number(
            IsUnified ? $"{Root}/{parent}/{id}/memory.events" : $"{Root}/memory/{parent}/{id}/memory.oom_control",
            "oom_kill "
        )
            is { } kills
            ? (int)kills
            : 0;

    public long? MemoryPeak(string id) =>
        Number(
            IsUnified ? $"{Root}/{parent}/{id}/memory.peak" : $"{Root}/memory/{parent}/{id}/memory.max_usage_in_bytes",
            ""
        );

    /// <summary>
    /// Moves a process with all its threads into a child group, so that it may use the cores that a cpuset partition
    /// reserves for the group. Without a partition, nothing is done.
    /// </summary>
    /// <returns>True when a group was created, which the caller removes when the process has ended.</returns>
    public bool Join(string id, int process)
    {
        var partition = $"{Root}/{parent}/cpuset.cpus.partition";
        if (!IsUnified || !File.Exists(partition) || File.ReadAllText(partition).Trim() is not ("root" or "isolated"))
            return false;
        var folder = Directory.CreateDirectory($"{Root}/{parent}/{id}").FullName;
        File.WriteAllText($"{folder}/cgroup.procs", process.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>Signals every current process of the group, but not those that join it later.</summary>
    public void Signal(string id, int signal)
    {
        foreach (var process in Processes(Folders(id).First()))
            Native.Processes.Signal(process, signal);
    }

    /// <summary>Kills the group's remaining processes, and removes the group.</summary>
    /// <returns>True when the group is removed.</returns>
    public async Task<bool> RemoveAsync(string id)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var left = Folders(id).Where(Directory.Exists).ToList();
            foreach (var folder in left)
                Empty(folder);
            if (!Folders(id).Any(Directory.Exists))
                return true;
            if (DateTime.UtcNow > deadline)
                return false;
            await Task.Delay(2); // The kernel needs time to reap the killed processes.
        }
    }

    /// <summary>Removes the groups that a killed runner left, and kills the processes in them.</summary>
    public async Task SweepAsync()
    {
        foreach (
            var id in Trees
                .Select(tree => $"{tree}/{parent}")
                .Where(Directory.Exists)
                .SelectMany(Directory.GetDirectories)
                .Select(Path.GetFileName)
                .Distinct()
                .ToList()
        )
            await RemoveAsync(id!);
        foreach (var tree in Trees)
            RemoveFolder($"{tree}/{parent}");
    }

    /// <summary>Removes the parent group if it is empty.</summary>
    public void Close()
    {
        foreach (var tree in Trees)
            RemoveFolder($"{tree}/{parent}");
    }

    private static IEnumerable<string> Trees =>
        IsUnified ? [Root] : Directory.GetDirectories(Root).Where(tree => File.Exists($"{tree}/cgroup.procs"));

    private IEnumerable<string> Folders(string id) => Trees.Select(tree => $"{tree}/{parent}/{id}");

    private static void Empty(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var below in Folders(folder, deepestFirst: true))
        {
            foreach (var process in Processes(below))
                Native.Processes.Signal(process, Native.Processes.Kill);
            RemoveFolder(below);
        }
    }

    private static IEnumerable<string> Folders(string folder, bool deepestFirst)
    {
        var all = Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Append(folder);
        return deepestFirst ? all.OrderByDescending(f => f.Length) : all;
    }

    private static List<int> Processes(string folder)
    {
        try
        {
            return
            [
                .. File.ReadLines($"{folder}/cgroup.procs")
                    .Select(line => int.Parse(line, CultureInfo.InvariantCulture))
                    .Where(pid => pid > 0),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        } // The group is gone, or threaded.
    }

    private static void RemoveFolder(string folder)
    {
        try
        {
            Linux.RemoveFolder(folder);
        }
        catch (LinuxException) { } // Busy; the caller retries.
    }

    private static long? Number(string file, string name)
    {
        try
        {
            var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return
                line is not null
                && long.TryParse(line.AsSpan(name.Length), CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
