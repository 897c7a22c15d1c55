namespace Paddock.Runner.Sandbox;

/// <summary>One way to keep a benchmark apart from the machine. Safe for several runs at once.</summary>
internal interface ISandbox
{
    /// <summary>Its word on the wire: container, microvm or host.</summary>
    string Name { get; }

    /// <summary>What carries it out, for the record of a job's environment: "runc 1.1.5", "QEMU 7.2.1".</summary>
    string Runtime { get; }

    /// <summary>Whether this machine can do it, found out by doing it.</summary>
    Task<Finding> ProbeAsync(CancellationToken ct);

    /// <summary>
    /// Runs one command to its end and leaves nothing behind but <see cref="SandboxRun.Scratch"/>, which the caller
    /// removes.
    /// </summary>
    /// <param name="abort">Kills the command at once; the result then says <see cref="Ending.Aborted"/>. Never throws
    /// for it.</param>
    /// <returns>Whatever went wrong, too: what is thrown is a bug.</returns>
    Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken abort);

    /// <summary>
    /// Removes what runs of a killed runner left: processes, mounts, control groups. Called once, before the first run.
    /// </summary>
    /// <param name="scratch">The folder that holds the scratch folders of all runs.</param>
    Task SweepAsync(string scratch, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>What one look at the machine found.</summary>
/// <param name="Sentence">What was found, or why it does not work and what would help.</param>
internal sealed record Finding(string Name, bool Ok, string Sentence);

/// <summary>One command in one sandbox.</summary>
internal sealed record SandboxRun
{
    /// <summary>Short and unique on this machine: letters, digits and hyphens, at most 40.</summary>
    public required string Id { get; init; }

    /// <summary>The image as one read-only folder: its layers merged by a mount that outlives the run.</summary>
    public required string Root { get; init; }

    /// <summary>
    /// The same as the folders of its layers, lowest first, in overlayfs form (0/0 devices for whiteouts,
    /// trusted.overlay.opaque). Read-only.
    /// </summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>An empty folder for this run only, on a disk: writable views, disk images, sockets.</summary>
    public required string Scratch { get; init; }

    /// <summary>
    /// The program and its arguments, at least one. A name without slash is looked up in the PATH of
    /// <see cref="Environment"/> inside the sandbox.
    /// </summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>All of it; nothing is inherited from the host.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Absolute; made if the image lacks it.</summary>
    public required string WorkingDirectory { get; init; }

    public RunUser User { get; init; } = RunUser.Root;

    public required Limits Limits { get; init; }

    /// <summary>The cores it runs on, and no others; null where it is not tied to any.</summary>
    public IReadOnlyList<int>? Cores { get; init; }

    /// <summary>How long the command may take; then TERM, after <see cref="Grace"/> KILL.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>
    /// How long everything may take, what comes before the command included; null where only the command is limited.
    /// </summary>
    public TimeSpan? Everything { get; init; }

    /// <summary>Where output and files are kept, beyond the life of <see cref="Scratch"/>.</summary>
    public string Outputs
    {
        get => field ?? Path.Combine(Scratch, "out");
        init;
    }

    /// <summary>Where whoever follows the job learns what it writes; null where nobody does.</summary>
    public LiveOutput? Live { get; init; }

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What to read after the command has ended; relative ones against the working directory. Those that are missing
    /// are left out.
    /// </summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>Whom the command runs as, by number.</summary>
internal sealed record RunUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    public static readonly RunUser Root = new(0, 0, []);
}

/// <summary>How much a run may take of everything.</summary>
/// <param name="Cpus">As the spec says; equal to the number of cores where it is tied to cores.</param>
/// <param name="MemoryBytes">With no swap beyond it.</param>
/// <param name="DiskBytes">What it may write to its file system.</param>
/// <param name="Network">Whether it reaches anything beyond its own loopback, which is always up.</param>
internal sealed record Limits(int Cpus, long MemoryBytes, long DiskBytes, bool Network)
{
    /// <summary>Processes and threads.</summary>
    public int Pids { get; init; } = 4096;

    /// <summary>Each of stdout and stderr; what comes after is read and dropped.</summary>
    public long OutputBytes { get; init; } = 25 << 20;

    /// <summary>All files together.</summary>
    public long FileBytes { get; init; } = 25 << 20;

    public int Files { get; init; } = 255;

    /// <summary>Whether it may read performance counters, of its own processes only.</summary>
    public bool Counters { get; init; }
}

/// <summary>How a run came to its end.</summary>
internal enum Ending
{
    /// <summary>By itself, or by a signal that was not ours.</summary>
    Exited,

    TimedOut,

    /// <summary>The kernel killed it, or a part of it that it did not survive, for the memory it took.</summary>
    OutOfMemory,

    Aborted,

    /// <summary>The sandbox could not be made; the command never began.</summary>
    NotStarted,

    /// <summary>The sandbox broke while the command ran, which says nothing about the command.</summary>
    Broken,
}

/// <summary>What a run left. What was written before a time-out or an abort is there, too.</summary>
/// <param name="ExitCode">As a shell says it: 128 + n for signal n, 127 not found, 126 not executable. Null where there
/// is none.</param>
/// <param name="Duration">Of the command alone, from its start to its end.</param>
/// <param name="Sentence">Why, for a person, wherever it did not just exit.</param>
internal sealed record SandboxResult(
    Ending Ending,
    int? ExitCode,
    Captured Stdout,
    Captured Stderr,
    IReadOnlyList<CollectedFile> Files,
    TimeSpan Duration,
    string? Sentence
)
{
    public static SandboxResult NotStarted(string sentence) =>
        new(Ending.NotStarted, null, Captured.Nothing, Captured.Nothing, [], TimeSpan.Zero, sentence);

    /// <summary>The most that was in memory at once, where the sandbox can tell.</summary>
    public long? MemoryPeakBytes { get; init; }
}
