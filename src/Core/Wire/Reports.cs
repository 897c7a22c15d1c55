using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>One value. The UUID is computed from the metric's storage key.</summary>
public sealed record Metric(Guid Uuid, double Value, double? LowerValue, double? UpperValue);

/// <param name="Results">By iteration, then by benchmark name; absent in lists unless requested.</param>
/// <param name="Job">The job whose results go to this report; null for a report without a job.</param>
/// <param name="Environment">The machine's environment. Not in v0.</param>
/// <param name="Remarks">What the adapter read from each output; absent in lists.</param>
/// <param name="Notices">Requests that were not carried out as asked, and the replacement. Not in v0.</param>
/// <param name="Changes">The summary of the verdicts; absent in lists. Not in v0.</param>
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

/// <param name="NoLimits">Why the threshold yielded no limits, where that is known. Not in v0.</param>
/// <param name="Verdict">
/// The verdict on the series. All iterations of a report are one value of the series. Not in v0.
/// </param>
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

/// <param name="Measures">The measures to record; the project's setting when absent.</param>
/// <param name="Pattern">For the adapter "pattern"; the project's pattern when absent.</param>
public sealed record ReportSettings(
    Adapter? Adapter = null,
    Average? Average = null,
    Fold? Fold = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Measures? Measures = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LinePattern? Pattern = null
);

/// <summary>
/// Models by measure, set before the results are judged. With a reset, all other thresholds of the branch and testbed
/// lose their model.
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

/// <summary>Keys of a run's context, which describes the run's origin.</summary>
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
    /// The repository's remote, as in "github.com/acme/rocket": an identity for shallow clones, which do not know the
    /// first commit. Not in v0.
    /// </summary>
    public const string RepoRemote = "paddock/v0/repo/remote";

    /// <summary>
    /// The first line of the message of the commit in <see cref="BranchHash"/>, and its author. Not in v0.
    /// </summary>
    public const string CommitSubject = "paddock/v0/commit/subject";
    public const string CommitAuthor = "paddock/v0/commit/author";

    /// <summary>The name for a project that this run creates. Not in v0.</summary>
    public const string ProjectName = "paddock/v0/project/name";

    /// <summary>The environment of the benchmark machine: a <see cref="RunEnvironment"/> as JSON. Not in v0.</summary>
    public const string Environment = "paddock/v0/environment";

    /// <summary>The folder that the benchmark ran in, if its output contains absolute file paths. Not in v0.</summary>
    public const string Folder = "paddock/v0/folder";

    /// <summary>
    /// "true": the start point's hash may lie before a reset, as with <see cref="NewStartPoint.Former"/>. Not in v0.
    /// </summary>
    public const string FormerStartPoint = "paddock/v0/former_start_point";

    /// <summary>
    /// The exit code of the last failed benchmark command, where results were sent although it failed. Not in v0.
    /// </summary>
    public const string ExitCode = "paddock/v0/exit_code";

    /// <summary>
    /// How many consecutive outputs form one result: "2,2" for two iterations of two files. Absent: each output is one
    /// result. Not in v0.
    /// </summary>
    public const string SetSizes = "paddock/v0/set_sizes";
}
