using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;
using Paddock.Server.Specs;

namespace Paddock.Server.Testbeds;

internal sealed record TestbedRow(
    long Id, Guid Uuid, string Name, string Slug, long? SpecId, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
    : INamedRow<TestbedRow>
{
    public static string Noun => "testbed";
    public static Raw Table => new("testbeds");
    public static Raw Columns { get; } = new(
        "testbeds.id, testbeds.uuid, testbeds.name, testbeds.slug, testbeds.spec_id, testbeds.created, testbeds.modified, testbeds.archived");

    public static TestbedRow Read(Row row) =>
        new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.LongOrNull(), row.Time(), row.Time(), row.TimeOrNull());

    public TestbedRow Unarchived(DateTimeOffset now) => this with { Archived = null, Modified = now };

    /// <param name="spec">The testbed's own spec, or in a report the report's.</param>
    public Testbed ToWire(ProjectRow project, SpecRow? spec) => new(Uuid, project.Uuid, Name, Slug, spec?.ToWire(), Created, Modified, Archived);
}

internal static class TestbedTable
{
    /// <summary>The testbed that a report names; see <see cref="NamedTable"/>.</summary>
    public static async Task<TestbedRow> GetOrCreateAsync(Sql sql, ProjectRow project, NameId<ResourceName> reference, DateTimeOffset now)
    {
        var rows = await NamedTable.GetOrCreateAsync<ResourceName, TestbedRow>(sql, project, [reference],
            _ => new(reference.Value, reference.WantedSlug(now)), testbed => Insert(project, testbed, spec: null, now), now);
        return rows[reference];
    }

    public static Task<TestbedRow?> FindAsync(Sql sql, ProjectRow project, NameId<ResourceName> reference, CancellationToken ct = default) =>
        NamedTable.FindAsync<ResourceName, TestbedRow>(sql, project, reference, ct);

    private static SqlText Insert(ProjectRow project, WantedName testbed, SpecRow? spec, DateTimeOffset now) => SqlText.Of(
        $"""
        INSERT INTO testbeds (uuid, project_id, name, slug, spec_id, created, modified)
        VALUES ({Guid.CreateVersion7(now)}, {project.Id}, {testbed.Name}, {testbed.Slug.Value}, {spec?.Id}, {now}, {now})
        """);
}
