using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Jobs;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>How far a job is; the order of the words is the one in which it moves.</summary>
[JsonConverter(typeof(WordConverter<JobStatus>))]
public enum JobStatus
{
    Pending,
    Claimed,
    Running,
    Completed,
    Processed,
    Failed,
    Canceled,
}

/// <summary>
/// A run that a runner carries out. What is below <paramref name="Output"/> is only ours: v0's clients overlook it.
/// </summary>
/// <param name="Output">What the runner sent, once the job has ended, to callers who may see it.</param>
/// <param name="Config">What was asked for, to members of the project; values of the environment are masked.</param>
/// <param name="Report">The report that it fills.</param>
/// <param name="Reason">Why it ended as it did, or while it waits, why it waits: a sentence.</param>
/// <param name="Position">How many jobs of its spec will be handed out before it, and only while it waits.</param>
/// <param name="Environment">What the machine looked like while it ran.</param>
/// <param name="Confirmation">Of a confirming job: what it confirms.</param>
public sealed record Job(
    Guid Uuid,
    JobStatus Status,
    Spec Spec,
    Guid? Runner,
    DateTimeOffset? Claimed,
    DateTimeOffset? Started,
    DateTimeOffset? Completed,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobOutput? Output = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobConfig? Config = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Report = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Project = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunEnvironment? Environment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobConfirmation? Confirmation = null
);

/// <summary>What a confirming job is to confirm. Ours.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Report">The report whose suspicion it answers: that of the head.</param>
/// <param name="BaseReport">The report of the base, unless it was deleted.</param>
/// <param name="Side">Which side this job runs, where the two are jobs of their own; absent where it runs both.</param>
/// <param name="Order">The side of each run, a letter each: b or h.</param>
public sealed record JobConfirmation(
    ConfirmationState State,
    Guid Report,
    Guid? BaseReport,
    int Pairs,
    string Order,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PairSide? Side = null
);

/// <summary>
/// Open: it waits or runs. Proven: some of what was suspected is a change. Refuted: nothing is. Undecided: it could not
/// tell. Failed, canceled: its job was.
/// </summary>
[JsonConverter(typeof(WordConverter<ConfirmationState>))]
public enum ConfirmationState
{
    Open,
    Proven,
    Refuted,
    Undecided,
    Failed,
    Canceled,
}

/// <summary>What a watcher of a project's jobs is told: a job has this status now. Ours.</summary>
public sealed record JobChange(Guid Uuid, JobStatus Status);

/// <summary>What a run asks of a runner.</summary>
/// <param name="Timeout">Seconds.</param>
/// <param name="FilePaths">What to read after the command has ended, instead of its output.</param>
public sealed record NewJob(
    string Image,
    ResourceId? Spec = null,
    IReadOnlyList<string>? Entrypoint = null,
    IReadOnlyList<string>? Cmd = null,
    IReadOnlyDictionary<string, string>? Env = null,
    int? Timeout = null,
    IReadOnlyList<string>? FilePaths = null,
    bool? BuildTime = null,
    bool? FileSize = null,
    uint? Iter = null,
    bool? AllowFailure = null,
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset? Backdate = null
);

/// <summary>What a runner has to know to carry a job out; absent means its own default.</summary>
/// <param name="Registry">Where the image is pulled from.</param>
/// <param name="Project">The name of the repository that it is pulled from.</param>
/// <param name="Digest">Of the manifest: pinned when the job was accepted.</param>
/// <param name="Timeout">Seconds, for all iterations together.</param>
public sealed record JobConfig(
    string Registry,
    Guid Project,
    string Digest,
    int Timeout,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Entrypoint = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Cmd = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, string>? Env = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? FilePaths = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Average? Average = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? Iter = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Fold? Fold = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AllowFailure = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Backdate = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? BuildTime = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? FileSize = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Measures? Measures = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LinePattern? Pattern = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobPairs? Pairs = null
);

/// <summary>
/// Of a confirming job: its own image is the head's, and another one runs in turns with it. Only a runner that says
/// that it knows pairs is told of them. Ours.
/// </summary>
/// <param name="Digest">Of the base's manifest, in the same repository.</param>
/// <param name="Image">How people call it.</param>
/// <param name="Order">The side of each run, a letter each: b or h. Both letters are in each pair.</param>
public sealed record JobPairs(
    string Digest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image,
    string Order
);

/// <param name="Error">Why it failed, where it did.</param>
public sealed record JobOutput(
    IReadOnlyList<IterationOutput> Results,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null
);

/// <summary>What one iteration wrote.</summary>
/// <param name="Output">The text of each file that was asked for, by path.</param>
/// <param name="Duration">Seconds that the command alone took. Ours.</param>
/// <param name="Truncated">What was longer than the limits allow and lost its end: stdout, stderr, or a path.
/// Ours.</param>
/// <param name="Side">Of a confirming job: which version ran. Ours.</param>
public sealed record IterationOutput(
    int ExitCode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Stdout = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Stderr = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, string>? Output = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Duration = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Truncated = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PairSide? Side = null
);

/// <summary>What a machine looked like while it ran a job; null where it could not be found out.</summary>
/// <param name="Sandbox">container, microvm or host.</param>
/// <param name="Governor">Of the cores that the benchmark ran on.</param>
/// <param name="Cpus">The cores that it ran on, as Linux lists them: 1-3,5.</param>
/// <param name="Memory">Of the machine, in bytes.</param>
/// <param name="NoiseScore">0 (quiet) to 100, measured just before; see docs/runner.md.</param>
/// <param name="Tuning">What was set on the host, by knob.</param>
/// <param name="RunnerVersion">Of the runner's program.</param>
/// <param name="Image">The digest of the image that ran. It changes with each commit, so it makes no other kind of
/// machine.</param>
/// <param name="Harness">With its version, where its output says so: "pytest-benchmark 5.1.0".</param>
public sealed record RunEnvironment(
    string? Sandbox = null,
    string? Runtime = null,
    string? CpuModel = null,
    string? Microcode = null,
    string? Kernel = null,
    string? Governor = null,
    bool? Turbo = null,
    bool? Smt = null,
    bool? Aslr = null,
    string? Cpus = null,
    long? Memory = null,
    bool? Emulated = null,
    bool? Virtualized = null,
    double? NoiseScore = null,
    IReadOnlyDictionary<string, string>? Tuning = null,
    string? RunnerVersion = null,
    string? Image = null,
    string? Harness = null
);
