using System.Text.Json.Serialization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>A line of an export: one report, in the order in which a project got its reports.</summary>
/// <param name="IdempotencyKey">The report's own key, or its UUID where it has none: what an import knows it
/// by.</param>
/// <param name="Results">By iteration, then by benchmark and measure.</param>
/// <param name="Units">Of each measure.</param>
/// <param name="StartPoint">On the first report of a head that begins somewhere, or that replaced another one.</param>
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
