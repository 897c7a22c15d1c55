namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>The programs, folders and limits for microVMs on this machine.</summary>
internal sealed record MicroVmOptions
{
    public string Qemu { get; init; } = "qemu-system-x86_64";

    /// <summary>The kernel that guests run; null for the distribution's.</summary>
    public string? Kernel { get; init; }

    /// <summary>A statically linked busybox.</summary>
    public string Busybox { get; init; } = "/bin/busybox";

    public string KvmDevice { get; init; } = "/dev/kvm";

    /// <summary>
    /// True when QEMU may emulate guests on a machine without KVM. Twenty times slower, so only for tests.
    /// </summary>
    public bool AllowEmulation { get; init; }

    /// <summary>The cache of disks made from images.</summary>
    public required string Folder { get; init; }

    /// <summary>The control group of all runs, which may own the benchmark cores.</summary>
    public required string Group { get; init; }

    public long DisksBytesMax { get; init; } = 64L << 30;

    /// <summary>The folder that caches probe results until the machine reboots.</summary>
    public string Remembered { get; init; } = "/run/paddock-runner";

    /// <summary>Boots a trial guest even when a cached result exists.</summary>
    public bool LookAgain { get; init; }

    /// <summary>How long a guest may take to boot.</summary>
    public TimeSpan BootPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="BootPatience"/>
    public TimeSpan EmulatedBootPatience { get; init; } = TimeSpan.FromSeconds(90);
}
