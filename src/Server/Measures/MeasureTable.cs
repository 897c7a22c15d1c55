using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;

namespace Paddock.Server.Measures;

internal sealed record MeasureRow(
    long Id, Guid Uuid, string Name, string Slug, string Units, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
{
    public static readonly Raw Columns = new(
        "measures.id, measures.uuid, measures.name, measures.slug, measures.units, measures.created, measures.modified, measures.archived");

    public static MeasureRow Read(Row row) =>
        new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.Text(), row.Time(), row.Time(), row.TimeOrNull());

    public Measure ToWire(ProjectRow project) => new(Uuid, project.Uuid, Name, Slug, Units, Created, Modified, Archived);
}
