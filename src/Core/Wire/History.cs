using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>A run that was measured in the past and may come from another system.</summary>
/// <param name="IdempotencyKey">
/// Derived from the source, so it is the same each time, and importing the run again records nothing.
/// </param>
/// <param name="Results">One output for each iteration, as in a report.</param>
/// <param name="StartPoint">Where the branch's head began; on the first run of a head.</param>
public sealed record PastRun(
    Guid IdempotencyKey,
    NameId<BranchName> Branch,
    NameId<ResourceName> Testbed,
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset StartTime,
    [property: JsonConverter(typeof(EnteredTime))] DateTimeOffset EndTime,
    IReadOnlyList<Utf8Text> Results,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GitHash? Hash = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Adapter? Adapter = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NewStartPoint? StartPoint = null
);

/// <summary>A part of a project's past, the oldest run first.</summary>
public sealed record NewHistory(IReadOnlyList<PastRun> Runs);

/// <summary>The outcome of recording a <see cref="NewHistory"/>.</summary>
/// <param name="Known">How many runs the project already had.</param>
/// <param name="Metrics">How many values were recorded.</param>
/// <param name="Accepted">
/// How many changes were found in the past. Each is accepted, so that it does not fail a job now.
/// </param>
public sealed record HistoryRecorded(uint Recorded, uint Known, uint Metrics, uint Accepted);

/// <summary>
/// The outcome of importing a Bencher database. Records that the server already had count only as known.
/// </summary>
/// <param name="Known">How many reports the server already had.</param>
/// <param name="LeftOut">Sentences about the data that is not imported.</param>
public sealed record BencherImported(
    uint Users,
    uint Organizations,
    uint Projects,
    uint Reports,
    uint Metrics,
    uint Alerts,
    uint Known,
    IReadOnlyList<string> LeftOut
);
