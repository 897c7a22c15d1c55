using System.Globalization;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;

namespace Paddock.Runner.Daemon;

/// <summary>Checks one aspect of the machine.</summary>
/// <param name="data">Null when the folder cannot be opened without root.</param>
internal delegate Task<IReadOnlyList<Finding>> Probe(MachineOptions options, DataFolder? data, CancellationToken ct);

/// <summary>The probes of <c>check</c>, in display order.</summary>
internal static class Probes
{
    private const long RoomMin = 10L << 30;

    public static readonly IReadOnlyList<Probe> All =
    [
        Root,
        ControlGroup,
        OverlayMounts,
        Disk,
        SandboxesAsync,
        QuietProbes.Cores,
        QuietProbes.Knobs,
        QuietProbes.Warnings,
        QuietProbes.NoiseAsync,
    ];

    private static Task<IReadOnlyList<Finding>> Root(MachineOptions options, DataFolder? data, CancellationToken ct) =>
        One(
            "root",
            data is not null,
            data is not null
                ? "paddock-runner runs as root"
                : "paddock-runner must run as root: it mounts images and limits the programs in them; run this check "
                    + "as root for the remaining findings"
        );

    private static Task<IReadOnlyList<Finding>> ControlGroup(
        MachineOptions options,
        DataFolder? data,
        CancellationToken ct
    ) =>
        One(
            "cgroups",
            ControlGroups.Missing() is null,
            ControlGroups.Missing()
                ?? $"cpuset, memory{(ControlGroups.LimitsSwap ? " and swap" : ", but not swap,")} and pids can be "
                    + $"limited, by cgroup {(ControlGroups.IsUnified ? "v2" : "v1")}"
        );

    private static Task<IReadOnlyList<Finding>> OverlayMounts(
        MachineOptions options,
        DataFolder? data,
        CancellationToken ct
    )
    {
        if (data is null)
            return Task.FromResult<IReadOnlyList<Finding>>([]);
        var folder = Directory.CreateDirectory(Path.Combine(data.Runs, $"overlay-{Environment.ProcessId}")).FullName;
        try
        {
            foreach (var name in (ReadOnlySpan<string>)["lower", "upper", "work", "view"])
                Directory.CreateDirectory(Path.Combine(folder, name));
            Overlay.Mount(
                [Path.Combine(folder, "lower")],
                Path.Combine(folder, "upper"),
                Path.Combine(folder, "work"),
                Path.Combine(folder, "view")
            );
            Linux.UnmountWhenIdle(Path.Combine(folder, "view"));
            return One("overlay", true, $"image layers can be mounted as an overlay in {data.Path}");
        }
        catch (LinuxException e)
        {
            return One("overlay", false, $"image layers cannot be mounted as an overlay in {data.Path}: {e.Message}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<IReadOnlyList<Finding>> Disk(MachineOptions options, DataFolder? data, CancellationToken ct)
    {
        if (data is null)
            return Task.FromResult<IReadOnlyList<Finding>>([]);
        var free = new DriveInfo(data.Path).AvailableFreeSpace;
        return One(
            "disk",
            free >= RoomMin,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{free >> 30} GiB are free in "
                    + $"{data.Path}"
                    + $"{(free < RoomMin ? $"; images and benchmark output need at least {RoomMin >> 30}" : "")}"
            )
        );
    }

    private static async Task<IReadOnlyList<Finding>> SandboxesAsync(
        MachineOptions options,
        DataFolder? data,
        CancellationToken ct
    )
    {
        if (data is null)
            return [];
        var findings = new List<Finding>();
        foreach (var sandbox in await Machine.FindAsync(options, data, ct))
        {
            findings.Add(await sandbox.ProbeAsync(ct));
            (sandbox as IDisposable)?.Dispose();
        }
        if (!findings.Exists(f => f.Name == "container"))
            findings.Insert(0, new("container", Ok: false, "no OCI runtime is installed (Debian: runc or crun)"));
        return findings;
    }

    private static Task<IReadOnlyList<Finding>> One(string name, bool ok, string sentence) =>
        Task.FromResult<IReadOnlyList<Finding>>([new(name, ok, sentence)]);
}
