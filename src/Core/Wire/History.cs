using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>A run that was measured earlier, and perhaps kept elsewhere.</summary>
/// <param name="IdempotencyKey">The same each time that the run is read from its source, so that importing it again
/// records nothing.</param>
/// <param name="Results">One output for each iteration, as in a report.</param>
/// <param name="StartPoint">Where the head of the branch began, on the first run of a head.</param>
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

/// <summary>What became of the runs of a <see cref="NewHistory"/>.</summary>
/// <param name="Known">How many the project had already.</param>
/// <param name="Metrics">How many values were recorded.</param>
/// <param name="Accepted">How many changes were found in the past; each is accepted, because what is past should not
/// fail a job.</param>
public sealed record HistoryRecorded(uint Recorded, uint Known, uint Metrics, uint Accepted);

/// <summary>What was made of a Bencher database. What the server had already counts only as known.</summary>
/// <param name="Known">How many reports the server had already.</param>
/// <param name="LeftOut">What is not imported, in sentences.</param>
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
