using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>One value as it travels; the UUID is computed from where the metric lies.</summary>
public sealed record Metric(Guid Uuid, double Value, double? LowerValue, double? UpperValue);

/// <param name="Results">By iteration, then by benchmark name; absent in lists that did not ask for it.</param>
/// <param name="Job">The job that fills it, where a runner does.</param>
/// <param name="Environment">What the machine looked like. Ours.</param>
/// <param name="Remarks">What was read of each output that was sent; absent in lists.</param>
/// <param name="Notices">What was not done as asked, and what was done instead. Ours.</param>
/// <param name="Changes">What the verdicts say together; absent in lists. Ours.</param>
public sealed record Report(
    Guid Uuid,
    PublicUser? User,
    Project Project,
    Branch Branch,
    Testbed Testbed,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    Adapter Adapter,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<IReadOnlyList<ReportResult>>? Results,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Alert>? Alerts,
    ReportCounts Counts,
    Guid? Job,
    DateTimeOffset Created,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunEnvironment? Environment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Remark>? Remarks = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Notice>? Notices = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReportChanges? Changes = null
);

public sealed record ReportResult(uint Iteration, Benchmark Benchmark, IReadOnlyList<ReportMeasure> Measures);

/// <param name="NoLimits">Why the threshold yielded no limits, where that is known. Ours.</param>
/// <param name="Verdict">What is said about the series, of which all iterations are one value. Ours.</param>
public sealed record ReportMeasure(
    Measure Measure,
    Metric Metric,
    MetricThreshold? Threshold,
    Boundary? Boundary,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NoLimits? NoLimits = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ResultVerdict? Verdict = null
);

public sealed record ReportCounts(IReadOnlyList<IterationCounts> Results, AlertCounts Alerts);

public sealed record IterationCounts(uint Benchmarks, uint Measures);

public sealed record AlertCounts(uint Total, uint Active);

/// <param name="Measures">Which measures to record; what the project says when absent.</param>
/// <param name="Pattern">For the adapter pattern; the project's when absent.</param>
public sealed record ReportSettings(
    Adapter? Adapter = null,
    Average? Average = null,
    Fold? Fold = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Measures? Measures = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LinePattern? Pattern = null
);

/// <summary>
/// Models by measure, set before the results are judged; with a reset every other threshold of the branch and testbed
/// loses its model.
/// </summary>
public sealed record ReportThresholds(Dictionary<NameId<ResourceName>, Model>? Models = null, bool? Reset = null);

public sealed record NewReport(
    NameId<BranchName> Branch,
    NameId<ResourceName> Testbed,
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset StartTime,
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset EndTime,
    IReadOnlyList<Utf8Text> Results,
    GitHash? Hash = null,
    NewStartPoint? StartPoint = null,
    ReportThresholds? Thresholds = null,
    ReportSettings? Settings = null
);

public sealed record NewRun(
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset StartTime,
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset EndTime,
    IReadOnlyList<Utf8Text> Results,
    ResourceId? Project = null,
    Guid? IdempotencyKey = null,
    NameId<BranchName>? Branch = null,
    GitHash? Hash = null,
    NewStartPoint? StartPoint = null,
    NameId<ResourceName>? Testbed = null,
    bool? SpecReset = null,
    ReportThresholds? Thresholds = null,
    ReportSettings? Settings = null,
    Dictionary<string, string>? Context = null,
    NewJob? Job = null
);

/// <summary>The keys of a run's context, which say where it was made.</summary>
public static class RunContext
{
    private const string Root = "bencher.dev/v0"; // A word of the protocol: existing clients send it.
    public const string RepoName = Root + "/repo/name";
    public const string RepoHash = Root + "/repo/hash";
    public const string BranchRef = Root + "/branch/ref";
    public const string BranchRefName = Root + "/branch/ref/name";
    public const string BranchHash = Root + "/branch/hash";
    public const string TestbedOs = Root + "/testbed/os";
    public const string TestbedFingerprint = Root + "/testbed/fingerprint";

    /// <summary>
    /// Where the repository was cloned from, as in "github.com/acme/rocket"; a shallow clone does not know its first
    /// commit. Ours.
    /// </summary>
    public const string RepoRemote = "paddock/v0/repo/remote";

    /// <summary>
    /// The first line of the message of the commit in <see cref="BranchHash"/>, and its author. Ours.
    /// </summary>
    public const string CommitSubject = "paddock/v0/commit/subject";
    public const string CommitAuthor = "paddock/v0/commit/author";

    /// <summary>The name of a project that is made for this run. Ours.</summary>
    public const string ProjectName = "paddock/v0/project/name";

    /// <summary>
    /// What the machine looks like that the benchmark ran on: a <see cref="RunEnvironment"/> as JSON. Ours.
    /// </summary>
    public const string Environment = "paddock/v0/environment";

    /// <summary>Where the benchmark ran, if what it printed has files by their whole paths. Ours.</summary>
    public const string Folder = "paddock/v0/folder";

    /// <summary>
    /// "true": the start point's hash may lie before a reset; as <see cref="NewStartPoint.Former"/>. Ours.
    /// </summary>
    public const string FormerStartPoint = "paddock/v0/former_start_point";

    /// <summary>
    /// The exit code of the last benchmark command that failed, where its results were sent all the same. Ours.
    /// </summary>
    public const string ExitCode = "paddock/v0/exit_code";

    /// <summary>
    /// How many outputs in a row make one result: "2,2" for two iterations of two files. Ours; without it each is one.
    /// </summary>
    public const string SetSizes = "paddock/v0/set_sizes";
}
