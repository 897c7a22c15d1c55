using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Runners;

/// <summary>Archives the runners of a deleted organization. Their rows stay, since jobs refer to them.</summary>
internal sealed class ArchiveRunners : IOwnedByOrganization
{
    public Task DeleteAsync(Sql sql, Id<Organization> organizationId, DateTimeOffset now) =>
        RunnerTable.ArchiveOfAsync(sql, organizationId, now);

    public Task EraseAsync(Db db, Id<Organization> organizationId) => Task.CompletedTask;
}
