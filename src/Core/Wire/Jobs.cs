using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Jobs;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>The progress of a job. Jobs move through the statuses in the order of the words.</summary>
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
/// A run that a runner executes. The members after <paramref name="Output"/> are Paddock additions, which v0's clients
/// ignore.
/// </summary>
/// <param name="Output">The runner's results, once the job has ended. Only for callers who may see them.</param>
/// <param name="Config">
/// The requested configuration, for members of the project; values of environment variables are masked.
/// </param>
/// <param name="Report">The report that the job's results go to.</param>
/// <param name="Reason">Why the job waits, or why it ended as it did: a sentence.</param>
/// <param name="Position">How many jobs of its spec will be claimed before it. Only while it waits.</param>
/// <param name="Environment">The machine's environment during the job.</param>
/// <param name="Confirmation">Only for a confirming job.</param>
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

/// <summary>The task of a confirming job. Not in v0.</summary>
/// <param name="State">The outcome so far.</param>
/// <param name="Report">The head's report, whose suspicion the job is to confirm or refute.</param>
/// <param name="BaseReport">The report of the base, unless it was deleted.</param>
/// <param name="Side">
/// The side that this job runs, where each side has its own job; absent where one job runs both.
/// </param>
/// <param name="Order">The side of each run, one letter for each run: b (base) or h (head).</param>
public sealed record JobConfirmation(
    ConfirmationState State,
    Guid Report,
    Guid? BaseReport,
    int Pairs,
    string Order,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PairSide? Side = null
);

/// <summary>
/// Open: the job waits or runs. Proven: at least one suspicion is a change. Refuted: no suspicion is one. Undecided:
/// the pairs could not tell. Failed, canceled: the job failed or was canceled.
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

/// <summary>An event for clients that watch a project's jobs: the job now has this status. Not in v0.</summary>
public sealed record JobChange(Guid Uuid, JobStatus Status);

/// <summary>The part of a run that a runner executes.</summary>
/// <param name="Timeout">Seconds.</param>
/// <param name="FilePaths">Files to read the results from after the command has ended, instead of its output.</param>
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

/// <summary>A job's configuration for the runner; an absent member means the runner's default.</summary>
/// <param name="Registry">The registry to pull the image from.</param>
/// <param name="Project">The project's UUID, which is the image's repository name.</param>
/// <param name="Digest">The digest of the image's manifest, pinned when the job was accepted.</param>
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
/// The second image of a confirming job: the base, which runs in turns with the head, the job's own image. Sent only to
/// runners that support pairs. Not in v0.
/// </summary>
/// <param name="Digest">The digest of the base's manifest, in the same repository.</param>
/// <param name="Image">The name that people use for the base's image.</param>
/// <param name="Order">
/// The side of each run, one letter for each run: b (base) or h (head). Each pair has both letters.
/// </param>
public sealed record JobPairs(
    string Digest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image,
    string Order
);

/// <param name="Error">Why the job failed; null where it did not.</param>
public sealed record JobOutput(
    IReadOnlyList<IterationOutput> Results,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null
);

/// <summary>The output of one iteration.</summary>
/// <param name="Output">The text of each requested file, by path.</param>
/// <param name="Duration">Seconds that the command itself took. Not in v0.</param>
/// <param name="Truncated">
/// The outputs that lost their end because they exceeded the limits: stdout, stderr, or a path. Not in v0.
/// </param>
/// <param name="Side">In a confirming job: the version that ran. Not in v0.</param>
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

/// <summary>The environment of a machine while it ran a job. Null members could not be determined.</summary>
/// <param name="Sandbox">container, microvm or host.</param>
/// <param name="Governor">The CPU frequency governor of the benchmark's cores.</param>
/// <param name="Cpus">The cores that the benchmark ran on, in Linux's list format: 1-3,5.</param>
/// <param name="Memory">The machine's memory in bytes.</param>
/// <param name="NoiseScore">0 (quiet) to 100, measured just before the job; see docs/runner.md.</param>
/// <param name="Tuning">The host settings that the runner applied, by knob.</param>
/// <param name="RunnerVersion">The version of the runner's program.</param>
/// <param name="Image">
/// The digest of the image. It changes with each commit, so it does not count as another kind of machine.
/// </param>
/// <param name="Harness">
/// The benchmark harness and its version, where its output states them: "pytest-benchmark 5.1.0".
/// </param>
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
