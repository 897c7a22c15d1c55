using System.Globalization;
using System.Text.Json;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>Writes the <c>config.json</c> that describes one container to an OCI runtime.</summary>
internal static class Bundle
{
    public const string InitInside = "/run/.paddock-init";

    private static readonly string[] Capabilities =
    [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE",
        "CAP_SYS_CHROOT",
    ];

    // Files that reveal, directly or by inference, what others do on the machine, and files only for drivers.
    private static readonly string[] Masked =
    [
        "/proc/acpi",
        "/proc/asound",
        "/proc/buddyinfo",
        "/proc/diskstats",
        "/proc/interrupts",
        "/proc/kallsyms",
        "/proc/kcore",
        "/proc/keys",
        "/proc/key-users",
        "/proc/latency_stats",
        "/proc/locks",
        "/proc/pagetypeinfo",
        "/proc/pressure",
        "/proc/sched_debug",
        "/proc/schedstat",
        "/proc/scsi",
        "/proc/softirqs",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/proc/vmallocinfo",
        "/proc/zoneinfo",
        "/sys/devices/virtual/block",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        "/sys/fs/bpf",
        "/sys/fs/ext4",
        "/sys/fs/pstore",
        "/sys/kernel/config",
        "/sys/kernel/debug",
        "/sys/kernel/security",
        "/sys/kernel/tracing",
    ];

    private static readonly string[] Fixed =
    [
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/proc/sysrq-trigger",
        "/sys/fs/cgroup",
    ];

    /// <param name="rootfs">The folder that the container sees as "/"; it is already writable.</param>
    /// <param name="init">A static program on the host that becomes process 1 and starts the command; null to make the
    /// command process 1.</param>
    /// <param name="ids">The container's user range; null to use this machine's users.</param>
    public static byte[] Write(
        SandboxRun run,
        string rootfs,
        string controlGroup,
        string? init,
        string hostsFile,
        IdRange? ids = null
    )
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion", "1.0.2");
            json.WriteString("hostname", "paddock");
            Process(json, run, init);
            json.WriteStartObject("root");
            json.WriteString("path", rootfs);
            json.WriteBoolean("readonly", false);
            json.WriteEndObject();
            json.WriteStartArray("mounts");
            Mounts(json, run, init, hostsFile, ids is not null);
            json.WriteEndArray();
            json.WriteStartObject("linux");
            json.WriteString("cgroupsPath", controlGroup);
            Resources(json, run);
            Namespaces(json, run.Limits.Network, ids);
            Words(json, "maskedPaths", Masked);
            Words(json, "readonlyPaths", Fixed);
            Seccomp.Write(json, run.Limits.Counters);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Process(Utf8JsonWriter json, SandboxRun run, string? init)
    {
        json.WriteStartObject("process");
        json.WriteBoolean("terminal", false);
        json.WriteBoolean("noNewPrivileges", true);
        json.WriteNumber("oomScoreAdj", 500); // The kernel kills the benchmark before the runner.
        json.WriteString("cwd", run.WorkingDirectory);
        Words(json, "args", init is null ? run.Command : [InitInside, "--", .. run.Command]);
        Words(json, "env", run.Environment.Select(e => $"{e.Key}={e.Value}"));
        json.WriteStartObject("user");
        json.WriteNumber("uid", run.User.Uid);
        json.WriteNumber("gid", run.User.Gid);
        if (run.User.Groups.Count > 0)
        {
            json.WriteStartArray("additionalGids");
            foreach (var group in run.User.Groups)
                json.WriteNumberValue(group);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteStartObject("capabilities");
        Words(json, "bounding", Capabilities);
        foreach (var set in (ReadOnlySpan<string>)["effective", "permitted"])
            Words(json, set, run.User.Uid == 0 ? Capabilities : []);
        json.WriteEndObject();
        json.WriteStartArray("rlimits");
        Rlimit(json, "RLIMIT_CORE", 0);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Rlimit(Utf8JsonWriter json, string type, long value)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteNumber("hard", value);
        json.WriteNumber("soft", value);
        json.WriteEndObject();
    }

    private static void Mounts(Utf8JsonWriter json, SandboxRun run, string? init, string hostsFile, bool hasUsers)
    {
        var shared = string.Create(CultureInfo.InvariantCulture, $"size={run.Limits.MemoryBytes / 2}");
        Mount(json, "/proc", "proc", "proc", "nosuid", "noexec", "nodev");
        Mount(json, "/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        Mount(
            json,
            "/dev/pts",
            "devpts",
            "devpts",
            "nosuid",
            "noexec",
            "newinstance",
            "ptmxmode=0666",
            "mode=0620",
            "gid=5"
        );
        Mount(json, "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", shared);
        Mount(json, "/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        // Only the owner of the network namespace may mount a new sysfs.
        if (hasUsers && run.Limits.Network)
            Mount(json, "/sys", "bind", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
        else
            Mount(json, "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        Mount(json, "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        Mount(
            json,
            "/etc/hosts",
            "bind",
            run.Limits.Network ? "/etc/hosts" : hostsFile,
            "bind",
            "ro",
            "nosuid",
            "nodev"
        );
        if (run.Limits.Network && File.Exists("/etc/resolv.conf"))
            Mount(json, "/etc/resolv.conf", "bind", "/etc/resolv.conf", "bind", "ro", "nosuid", "nodev");
        if (init is not null)
            Mount(json, InitInside, "bind", init, "bind", "ro", "nosuid", "nodev");
    }

    private static void Mount(
        Utf8JsonWriter json,
        string destination,
        string type,
        string source,
        params string[] options
    )
    {
        json.WriteStartObject();
        json.WriteString("destination", destination);
        json.WriteString("type", type);
        json.WriteString("source", source);
        Words(json, "options", options);
        json.WriteEndObject();
    }

    private static void Resources(Utf8JsonWriter json, SandboxRun run)
    {
        json.WriteStartObject("resources");
        json.WriteStartArray("devices");
        json.WriteStartObject();
        json.WriteBoolean("allow", false);
        json.WriteString("access", "rwm");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("memory");
        json.WriteNumber("limit", run.Limits.MemoryBytes);
        if (ControlGroups.LimitsSwap)
            json.WriteNumber("swap", run.Limits.MemoryBytes); // Memory and swap together.
        json.WriteEndObject();
        json.WriteStartObject("cpu");
        if (run.Cores is { } cores)
            json.WriteString("cpus", string.Join(',', cores));
        else
        {
            json.WriteNumber("period", 100_000);
            json.WriteNumber("quota", run.Limits.Cpus * 100_000L);
        }
        json.WriteEndObject();
        json.WriteStartObject("pids");
        json.WriteNumber("limit", run.Limits.Pids);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Namespaces(Utf8JsonWriter json, bool network, IdRange? ids)
    {
        json.WriteStartArray("namespaces");
        foreach (var type in (ReadOnlySpan<string>)["pid", "ipc", "uts", "mount", "cgroup", "network", "user"])
        {
            if (type == "network" && network || type == "user" && ids is null)
                continue;
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (ids is null)
            return;
        foreach (var kind in (ReadOnlySpan<string>)["uidMappings", "gidMappings"])
        {
            json.WriteStartArray(kind);
            json.WriteStartObject();
            json.WriteNumber("containerID", 0);
            json.WriteNumber("hostID", ids.First);
            json.WriteNumber("size", IdRange.Count);
            json.WriteEndObject();
            json.WriteEndArray();
        }
    }

    private static void Words(Utf8JsonWriter json, string name, IEnumerable<string> words)
    {
        json.WriteStartArray(name);
        foreach (var word in words)
            json.WriteStringValue(word);
        json.WriteEndArray();
    }
}
