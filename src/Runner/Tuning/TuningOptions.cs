namespace Paddock.Runner.Tuning;

/// <summary>The operator's options for tuning the host while the runner is up. The defaults are the quietest.</summary>
internal sealed record TuningOptions
{
    public const int SwappinessMin = 0,
        SwappinessMax = 200,
        ParanoidMin = 2,
        ParanoidMax = 4;

    /// <summary>The values for transparent huge pages; "leave" changes nothing.</summary>
    public static readonly IReadOnlyList<string> HugePageWords = ["never", "madvise", "always", "leave"];

    /// <summary>False leaves the host unchanged; benchmarks are still pinned to their cores.</summary>
    public bool Enabled { get; init; } = true;

    public bool KeepAslr { get; init; }
    public bool KeepNmiWatchdog { get; init; }
    public bool KeepSoftWatchdog { get; init; }
    public bool KeepSmt { get; init; }
    public bool KeepTurbo { get; init; }
    public bool KeepNumaBalancing { get; init; }
    public bool KeepTimerMigration { get; init; }
    public bool KeepSamePageMerging { get; init; }
    public bool KeepCStates { get; init; }
    public int Swappiness { get; init; } = 10;

    /// <summary>
    /// 2 lets a process count its own events only. Lower values are not allowed, because benchmarks could observe each
    /// other.
    /// </summary>
    public int PerfEventParanoid { get; init; } = 2;
    public string Governor { get; init; } = "performance";
    public string HugePages { get; init; } = "never";
    public bool CpusetPartition { get; init; } = true;
    public bool IrqSteering { get; init; } = true;
}
