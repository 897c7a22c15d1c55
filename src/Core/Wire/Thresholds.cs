using System.Text.Json.Serialization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>One setting of a threshold. It is immutable; a change creates another one.</summary>
/// <param name="Window">Seconds.</param>
/// <param name="Replaced">Time of its replacement; null while it is in force.</param>
public sealed record ThresholdModel(
    Guid Uuid,
    ModelTest Test,
    uint? MinSampleSize,
    uint? MaxSampleSize,
    uint? Window,
    double? LowerBoundary,
    double? UpperBoundary,
    DateTimeOffset Created,
    DateTimeOffset? Replaced
);

/// <param name="Model">Null when the threshold judges nothing at present.</param>
public sealed record Threshold(
    Guid Uuid,
    Guid Project,
    Branch Branch,
    Testbed Testbed,
    Measure Measure,
    ThresholdModel? Model,
    DateTimeOffset Created,
    DateTimeOffset Modified
);

/// <summary>The threshold of a metric, with the model that judged the metric.</summary>
public sealed record MetricThreshold(Guid Uuid, Guid Project, ThresholdModel Model, DateTimeOffset Created);

public sealed record NewThreshold(
    NameId<BranchName> Branch,
    NameId<ResourceName> Testbed,
    NameId<ResourceName> Measure,
    ModelTest Test,
    uint? MinSampleSize = null,
    uint? MaxSampleSize = null,
    uint? Window = null,
    double? LowerBoundary = null,
    double? UpperBoundary = null
);

/// <summary>A full model, or <c>{"test": null}</c> to remove the model.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ThresholdPut
{
    [JsonRequired]
    public required ModelTest? Test { get; init; }
    public uint? MinSampleSize { get; init; }
    public uint? MaxSampleSize { get; init; }
    public uint? Window { get; init; }
    public double? LowerBoundary { get; init; }
    public double? UpperBoundary { get; init; }
}
