namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>What micro VMs are made of on this machine.</summary>
internal sealed record MicroVmOptions
{
    public string Qemu { get; init; } = "qemu-system-x86_64";

    /// <summary>The kernel that guests run; null takes the distribution's.</summary>
    public string? Kernel { get; init; }

    /// <summary>A statically linked one.</summary>
    public string Busybox { get; init; } = "/bin/busybox";

    public string KvmDevice { get; init; } = "/dev/kvm";

    /// <summary>
    /// Without hardware that runs guests QEMU may compute them, twenty times slower and good for tests only.
    /// </summary>
    public bool AllowEmulation { get; init; }

    /// <summary>Keeps the disks that images were made into.</summary>
    public required string Folder { get; init; }

    /// <summary>The control group of all runs, which may own the cores of benchmarks.</summary>
    public required string Group { get; init; }

    public long DisksBytesMax { get; init; } = 64L << 30;

    /// <summary>Where it is kept what the machine turned out to be able to, until it is started anew.</summary>
    public string Remembered { get; init; } = "/run/paddock-runner";

    /// <summary>Boot a guest to find out, also where that was found out before.</summary>
    public bool LookAgain { get; init; }

    /// <summary>How long a guest may take to boot.</summary>
    public TimeSpan BootPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="BootPatience"/>
    public TimeSpan EmulatedBootPatience { get; init; } = TimeSpan.FromSeconds(90);
}
