using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;

namespace Paddock.Server.Results.Reports;

/// <summary>A report with everything that its JSON shows; metrics only if requested.</summary>
/// <param name="Job">The job that fills the report, if any.</param>
/// <param name="Environment">The environment of the runner's machine, as JSON.</param>
internal sealed record StoredReport(
    ReportRow Report,
    PublicUser? User,
    BranchRow Branch,
    HeadRow Head,
    Core.Wire.Version Version,
    TestbedRow Testbed,
    SpecRow? Spec,
    IReadOnlyList<ReportMetric>? Metrics,
    Guid? Job = null,
    string? Environment = null
)
{
    public RunEnvironment? ParsedEnvironment =>
        Environment is null ? null : JsonSerializer.Deserialize(Environment, Wire.Default.RunEnvironment);

    /// <summary>The status of the job that fills the report, if any.</summary>
    public JobStatus? JobStatus { get; init; }

    /// <summary>The confirming job that alternates base and head for this report, if any.</summary>
    public ReportConfirmation? Confirmation { get; init; }

    /// <summary>The remaining slices of a long run that is still being recorded.</summary>
    public RestOfRun? Rest { get; init; }
}

/// <summary>The results of a long run whose first slice was recorded with the report.</summary>
internal sealed record RestOfRun(RunSlices Slices, OpenReport Open);
