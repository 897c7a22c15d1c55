using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;
using Paddock.Server.Specs;

namespace Paddock.Server.Testbeds;

internal sealed record TestbedRow(
    long Id, Guid Uuid, string Name, string Slug, long? SpecId, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
{
    public static readonly Raw Columns = new(
        "testbeds.id, testbeds.uuid, testbeds.name, testbeds.slug, testbeds.spec_id, testbeds.created, testbeds.modified, testbeds.archived");

    public static TestbedRow Read(Row row) =>
        new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.LongOrNull(), row.Time(), row.Time(), row.TimeOrNull());

    /// <param name="spec">The testbed's own spec, or in a report the report's.</param>
    public Testbed ToWire(ProjectRow project, SpecRow? spec) => new(Uuid, project.Uuid, Name, Slug, spec?.ToWire(), Created, Modified, Archived);
}
