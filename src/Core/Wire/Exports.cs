using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>
/// A line of an export: one report. Lines are in the order in which the project received its reports.
/// </summary>
/// <param name="IdempotencyKey">
/// The report's own key, or its UUID where it has none. An import recognizes the report by it.
/// </param>
/// <param name="Results">By iteration, then by benchmark and measure.</param>
/// <param name="Units">The units of each measure.</param>
/// <param name="StartPoint">
/// Only on the first report of a head that has a start point or that replaced another head.
/// </param>
public sealed record ExportedReport(
    Guid IdempotencyKey,
    string Branch,
    string Testbed,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    Adapter Adapter,
    IReadOnlyList<Dictionary<string, Dictionary<string, ExportedValue>>> Results,
    Dictionary<string, string> Units,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GitHash? Hash = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NewStartPoint? StartPoint = null
);

public sealed record ExportedValue(
    double Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LowerValue = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? UpperValue = null
);
