using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Catalog.Branches;

/// <param name="HeadId">The current head.</param>
internal sealed record BranchRow(
    Id<Branch> Id,
    Guid Uuid,
    string Name,
    string Slug,
    Id<Head> HeadId,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
)
{
    public static readonly Raw Columns = new(
        "branches.id, branches.uuid, branches.name, branches.slug, branches.head_id, branches.created, "
            + "branches.modified, branches.archived"
    );

    public static BranchRow Read(Row row) =>
        new(
            row.Id<Branch>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.Id<Head>(),
            row.Time(),
            row.Time(),
            row.TimeOrNull()
        );

    /// <param name="version">Only given in reports, alerts and single metrics.</param>
    public Branch ToWire(ProjectRow project, HeadRow head, Version? version = null, Notice? notice = null) =>
        new(
            Uuid,
            project.Uuid,
            Name,
            Slug,
            head.ToWire(version),
            Created,
            Modified,
            Archived,
            notice is null ? null : [notice]
        );
}
