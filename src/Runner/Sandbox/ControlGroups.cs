using System.Globalization;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>
/// The control groups of containers, in the old form (a tree per controller) and the new one (one tree).
/// </summary>
/// <param name="parent">Below which all of a runner's groups lie; another name for each data folder.</param>
internal sealed class ControlGroups(string parent)
{
    private const string Root = "/sys/fs/cgroup";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Needed = ["cpuset", "memory", "pids"];

    public static bool IsUnified => File.Exists($"{Root}/cgroup.controllers");

    /// <summary>What is missing for limits to work; null where nothing is.</summary>
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
            : $"the kernel does not offer the control group{(missing.Count > 1 ? "s" : "")} "
                + $"{string.Join(", ", missing)}";
    }

    /// <summary>Why a runtime fails on a machine that has both versions, where that is what it fails on.</summary>
    public static string? MixedFor(string runtime)
    {
        const string Second = $"{Root}/unified";
        if (!runtime.StartsWith("crun", StringComparison.Ordinal) || !File.Exists($"{Second}/cgroup.controllers"))
            return null;
        var controllers = File.ReadAllText($"{Second}/cgroup.controllers")
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return controllers.Length == 0
            ? null
            : $"it refuses machines where cgroup v1 is used and v2 has controllers, too "
                + $"({string.Join(", ", controllers)} in {Second}); runc works there, or the kernel with "
                + $"cgroup_no_v1=all";
    }

    /// <summary>Whether memory and swap together can be limited; without, swap is not.</summary>
    public static bool LimitsSwap => IsUnified || File.Exists($"{Root}/memory/memory.memsw.limit_in_bytes");

    /// <summary>As a runtime's configuration names it.</summary>
    public string PathOf(string id) => $"/{parent}/{id}";

    /// <summary>How often the kernel killed a process of the group for its memory.</summary>
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
    /// Brings a process, with all its threads, onto cores that a partition of the group keeps for its members; without
    /// a partition there is nothing to do.
    /// </summary>
    /// <returns>Whether it has got a group, which is to be removed when it has ended.</returns>
    public bool Join(string id, int process)
    {
        var partition = $"{Root}/{parent}/cpuset.cpus.partition";
        if (!IsUnified || !File.Exists(partition) || File.ReadAllText(partition).Trim() is not ("root" or "isolated"))
            return false;
        var folder = Directory.CreateDirectory($"{Root}/{parent}/{id}").FullName;
        File.WriteAllText($"{folder}/cgroup.procs", process.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>Every process in the group gets the signal; those that come later do not.</summary>
    public void Signal(string id, int signal)
    {
        foreach (var process in Processes(Folders(id).First()))
            Native.Processes.Signal(process, signal);
    }

    /// <summary>Kills what is left in the group, and removes it.</summary>
    /// <returns>Whether it is gone.</returns>
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
            await Task.Delay(2); // The kernel takes its time to bury the dead.
        }
    }

    /// <summary>Removes the groups of all containers that a killed runner left, and what runs in them.</summary>
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

    /// <summary>Removes the group that holds the others, where it is empty.</summary>
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
        } // It is gone, or a tree of threads.
    }

    private static void RemoveFolder(string folder)
    {
        try
        {
            Linux.RemoveFolder(folder);
        }
        catch (LinuxException) { } // Busy: tried again.
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
