using System.Text.Json.Serialization;
using Paddock.Core.Analysis;

namespace Paddock.Core.Wire;

[JsonConverter(typeof(WordConverter<AlertStatus>))]
public enum AlertStatus
{
    Active,
    Dismissed,
    Silenced,
}

/// <summary>
/// The statuses a caller may set. Silenced is missing: only the replacement of a head silences an alert.
/// </summary>
[JsonConverter(typeof(WordConverter<AlertPatchStatus>))]
public enum AlertPatchStatus
{
    Active,
    Dismissed,
}

public sealed record Alert(
    Guid Uuid,
    Guid Report,
    uint Iteration,
    Threshold Threshold,
    Benchmark Benchmark,
    Metric Metric,
    BoundaryLimit Limit,
    Boundary Boundary,
    AlertStatus Status,
    DateTimeOffset Created,
    DateTimeOffset Modified
);

public sealed record AlertPatch(AlertPatchStatus? Status = null);

/// <summary>An alert beside its metric.</summary>
public sealed record MetricAlert(Guid Uuid, BoundaryLimit Limit, AlertStatus Status, DateTimeOffset Modified);
