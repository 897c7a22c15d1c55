using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Thresholds;

/// <summary>A new head gets the thresholds of its start point's branch, and only those.</summary>
internal sealed class CloneThresholds : ITakenFromStartPoint
{
    public static CloneThresholds Instance { get; } = new();

    public Task CopyAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> fromBranchId,
        Id<Branch> toBranchId,
        DateTimeOffset now
    ) => SetThresholds.CloneAsync(sql, project, fromBranchId, toBranchId, now);
}
