using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Branches;

/// <param name="HeadId">Its current head.</param>
internal sealed record BranchRow(
    long Id, Guid Uuid, string Name, string Slug, long HeadId, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
{
    public static readonly Raw Columns = new(
        "branches.id, branches.uuid, branches.name, branches.slug, branches.head_id, branches.created, branches.modified, branches.archived");

    public static BranchRow Read(Row row) => new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.Long(), row.Time(), row.Time(), row.TimeOrNull());

    /// <param name="version">Only given in reports, alerts and single metrics.</param>
    public Branch ToWire(ProjectRow project, HeadRow head, Version? version = null) =>
        new(Uuid, project.Uuid, Name, Slug, head.ToWire(version), Created, Modified, Archived);
}

/// <param name="StartPoint">Where the head began, or null.</param>
internal sealed record HeadRow(long Id, Guid Uuid, DateTimeOffset Created, DateTimeOffset? Replaced, long? StartHeadId, long? StartVersionId, StartPoint? StartPoint)
{
    public static readonly Raw Columns = new("""
        heads.id, heads.uuid, heads.created, heads.replaced, heads.start_head_id, heads.start_version_id,
        start_branches.uuid, start_heads.uuid, start_versions.number, start_versions.hash
        """);

    /// <summary>To be put behind a FROM that has heads.</summary>
    public static readonly Raw Joins = new("""
        LEFT JOIN heads start_heads ON start_heads.id = heads.start_head_id
        LEFT JOIN branches start_branches ON start_branches.id = start_heads.branch_id
        LEFT JOIN versions start_versions ON start_versions.id = heads.start_version_id
        """);

    public static HeadRow Read(Row row)
    {
        var (id, uuid, created, replaced, startHeadId, startVersionId) = (row.Long(), row.Uuid(), row.Time(), row.TimeOrNull(), row.LongOrNull(), row.LongOrNull());
        var (branch, head, number, hash) = (row.UuidOrNull(), row.UuidOrNull(), row.UIntOrNull(), row.TextOrNull());
        return new(id, uuid, created, replaced, startHeadId, startVersionId,
            branch is null || head is null || number is null ? null : new(branch.Value, head.Value, new(number.Value, hash)));
    }

    public Head ToWire(Version? version) => new(Uuid, StartPoint, version, Created, Replaced);
}
