namespace Paddock.Runner.Sandbox;

/// <summary>A way to isolate a benchmark from the machine. Safe for concurrent runs.</summary>
internal interface ISandbox
{
    /// <summary>The sandbox's name on the wire: container, microvm or host.</summary>
    string Name { get; }

    /// <summary>The program behind it, for a job's recorded environment: "runc 1.1.5", "QEMU 7.2.1".</summary>
    string Runtime { get; }

    /// <summary>Tests whether the sandbox works on this machine, by running a trial.</summary>
    Task<Finding> ProbeAsync(CancellationToken ct);

    /// <summary>
    /// Runs one command to its end and leaves nothing behind but <see cref="SandboxRun.Scratch"/>, which the caller
    /// removes.
    /// </summary>
    /// <param name="abort">Kills the command at once; the result then says <see cref="Ending.Aborted"/>. Never throws
    /// for it.</param>
    /// <returns>The result; failures are returned, too, so an exception is a bug.</returns>
    Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken abort);

    /// <summary>
    /// Removes processes, mounts and control groups that a killed runner left. Called once, before the first run.
    /// </summary>
    /// <param name="scratch">The folder that holds the scratch folders of all runs.</param>
    Task SweepAsync(string scratch, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>The result of one probe of the machine.</summary>
/// <param name="Sentence">The finding, or why something does not work and what would help.</param>
internal sealed record Finding(string Name, bool Ok, string Sentence);

/// <summary>One command in one sandbox.</summary>
internal sealed record SandboxRun
{
    /// <summary>Short and unique on this machine: letters, digits and hyphens, at most 40.</summary>
    public required string Id { get; init; }

    /// <summary>The image as one read-only folder: its layers merged by a mount that outlives the run.</summary>
    public required string Root { get; init; }

    /// <summary>
    /// The image's layers as folders, lowest first, in overlayfs form (0/0 devices for whiteouts,
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

    /// <summary>The complete environment; nothing is inherited from the host.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>An absolute path; the folder is created if the image lacks it.</summary>
    public required string WorkingDirectory { get; init; }

    public RunUser User { get; init; } = RunUser.Root;

    public required Limits Limits { get; init; }

    /// <summary>The cores that the command is pinned to; null when it may use any.</summary>
    public IReadOnlyList<int>? Cores { get; init; }

    /// <summary>The command's time limit. Then it gets SIGTERM, and after <see cref="Grace"/> SIGKILL.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>
    /// The time limit of the whole run, preparation included; null when only the command's time is limited.
    /// </summary>
    public TimeSpan? Everything { get; init; }

    /// <summary>The folder for output and files. Unless it is the default, it outlives the scratch folder.</summary>
    public string Outputs
    {
        get => field ?? Path.Combine(Scratch, "out");
        init;
    }

    /// <summary>The live output for those who follow the job; null when the server does not ask for it.</summary>
    public LiveOutput? Live { get; init; }

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The files to read after the command has ended. Relative paths start at the working directory; missing files are
    /// left out.
    /// </summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>The numeric user and groups that the command runs as.</summary>
internal sealed record RunUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    public static readonly RunUser Root = new(0, 0, []);
}

/// <summary>The resource limits of a run.</summary>
/// <param name="Cpus">The spec's CPUs; equal to the number of cores when the run is pinned to cores.</param>
/// <param name="MemoryBytes">Memory, with no swap beyond it.</param>
/// <param name="DiskBytes">Bytes that the run may write to its file system.</param>
/// <param name="Network">True when the run has a network besides its own loopback, which is always up.</param>
internal sealed record Limits(int Cpus, long MemoryBytes, long DiskBytes, bool Network)
{
    /// <summary>Most processes and threads.</summary>
    public int Pids { get; init; } = 4096;

    /// <summary>Limit for each of stdout and stderr; the rest is read and dropped.</summary>
    public long OutputBytes { get; init; } = 25 << 20;

    /// <summary>Limit for all files together.</summary>
    public long FileBytes { get; init; } = 25 << 20;

    public int Files { get; init; } = 255;

    /// <summary>True when the run may read performance counters, of its own processes only.</summary>
    public bool Counters { get; init; }
}

/// <summary>How a run ended.</summary>
internal enum Ending
{
    /// <summary>The command exited by itself, or by a signal that the runner did not send.</summary>
    Exited,

    TimedOut,

    /// <summary>The kernel killed the command, or a process it depended on, for lack of memory.</summary>
    OutOfMemory,

    Aborted,

    /// <summary>The sandbox could not be created; the command never began.</summary>
    NotStarted,

    /// <summary>The sandbox broke while the command ran, which says nothing about the command.</summary>
    Broken,
}

/// <summary>The result of a run, with the output from before a timeout or an abort, if any.</summary>
/// <param name="ExitCode">The exit code in a shell's form: 128 + n for signal n, 127 not found, 126 not executable.
/// Null when there is none.</param>
/// <param name="Duration">The time of the command alone, from its start to its end.</param>
/// <param name="Sentence">Why the run ended, for a person, unless the command just exited.</param>
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

    /// <summary>Peak memory use; null when the sandbox cannot tell.</summary>
    public long? MemoryPeakBytes { get; init; }
}
