using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>A run to record, from the API or from a job.</summary>
internal sealed record Run(
    NameId<BranchName> Branch,
    string? Hash,
    NewStartPoint? StartPoint,
    NameId<ResourceName> Testbed,
    bool SpecReset,
    ReportThresholds? Thresholds,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    ReportSettings? Settings,
    IReadOnlyList<HarnessResults> Results,
    IReadOnlyList<Remark> Remarks,
    Guid? IdempotencyKey
)
{
    /// <summary>Notes on where the server deviated from the request.</summary>
    public IReadOnlyList<Notice> Notices { get; init; } = [];

    /// <summary>The message of the commit <see cref="Hash"/>; null when not given.</summary>
    public CommitWords? Commit { get; init; }

    /// <summary>The environment of the machine; null when not given.</summary>
    public RunEnvironment? Environment { get; init; }

    /// <summary>True for a run of an imported history: thresholds do not judge it, so it raises no alerts.</summary>
    public bool IsPast { get; init; }
}

/// <summary>The place of a run in history: head, testbed, spec and version.</summary>
/// <param name="Inherits">True when the head's history includes that of its start point.</param>
internal readonly record struct RunPlace(
    Id<Head> HeadId,
    bool Inherits,
    Id<VersionRow> VersionId,
    Id<Testbed> TestbedId,
    Id<Spec>? SpecId,
    DateTimeOffset StartTime
)
{
    /// <summary>The kind of machine and the harness that measured on it.</summary>
    public EnvironmentKind Environment { get; init; }
}
