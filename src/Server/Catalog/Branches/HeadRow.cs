using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Catalog.Branches;

/// <param name="StartPoint">The version from which the head began, or null.</param>
internal sealed record HeadRow(
    Id<Head> Id,
    Guid Uuid,
    DateTimeOffset Created,
    DateTimeOffset? Replaced,
    Id<Head>? StartHeadId,
    Id<VersionRow>? StartVersionId,
    StartPoint? StartPoint
)
{
    public static readonly Raw Columns = new(
        """
        heads.id, heads.uuid, heads.created, heads.replaced, heads.start_head_id, heads.start_version_id,
        start_branches.uuid, start_heads.uuid, start_versions.number, start_versions.hash
        """
    );

    /// <summary>Appended to a FROM clause that contains heads.</summary>
    public static readonly Raw Joins = new(
        """
        LEFT JOIN heads start_heads ON start_heads.id = heads.start_head_id
        LEFT JOIN branches start_branches ON start_branches.id = start_heads.branch_id
        LEFT JOIN versions start_versions ON start_versions.id = heads.start_version_id
        """
    );

    public static HeadRow Read(Row row)
    {
        var (id, uuid, created, replaced, startHeadId, startVersionId) = (
            row.Id<Head>(),
            row.Uuid(),
            row.Time(),
            row.TimeOrNull(),
            row.IdOrNull<Head>(),
            row.IdOrNull<VersionRow>()
        );
        var (branch, head, number, hash) = (row.UuidOrNull(), row.UuidOrNull(), row.UIntOrNull(), row.TextOrNull());
        return new(
            id,
            uuid,
            created,
            replaced,
            startHeadId,
            startVersionId,
            branch is null || head is null || number is null
                ? null
                : new(branch.Value, head.Value, new(number.Value, hash))
        );
    }

    public Head ToWire(Version? version) => new(Uuid, StartPoint, version, Created, Replaced);
}
