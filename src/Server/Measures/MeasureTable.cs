using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;

namespace Paddock.Server.Measures;

internal sealed record MeasureRow(
    long Id, Guid Uuid, string Name, string Slug, string Units, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
    : INamedRow<MeasureRow>
{
    public static string Noun => "measure";
    public static Raw Table => new("measures");
    public static Raw Columns { get; } = new(
        "measures.id, measures.uuid, measures.name, measures.slug, measures.units, measures.created, measures.modified, measures.archived");

    public static MeasureRow Read(Row row) =>
        new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.Text(), row.Time(), row.Time(), row.TimeOrNull());

    public MeasureRow Unarchived(DateTimeOffset now) => this with { Archived = null, Modified = now };

    public Measure ToWire(ProjectRow project) => new(Uuid, project.Uuid, Name, Slug, Units, Created, Modified, Archived);
}

internal static class MeasureTable
{
    /// <summary>The measures that a report names; see <see cref="NamedTable"/>. A built-in one comes into being with its own name and units.</summary>
    public static Task<Dictionary<NameId<ResourceName>, MeasureRow>> GetOrCreateAsync(
        Sql sql, ProjectRow project, IReadOnlyCollection<NameId<ResourceName>> references, DateTimeOffset now) =>
        NamedTable.GetOrCreateAsync<ResourceName, MeasureRow>(sql, project, references,
            reference => BuiltIn(reference) is { } measure ? new(measure.Name, measure.Slug) : new(reference.Value, reference.WantedSlug(now)),
            measure => Insert(project, measure, BuiltInMeasure.Find(measure.Name)?.Units ?? BuiltInMeasure.GenericUnits, now), now);

    // Only what the reference will find again: a slug by the slug, a name by the name.
    private static BuiltInMeasure? BuiltIn(NameId<ResourceName> reference) =>
        BuiltInMeasure.Find(reference.Value) is { } measure && reference.Value == (reference.Kind == NameIdKind.Slug ? measure.Slug.Value : measure.Name)
            ? measure
            : null;

    private static SqlText Insert(ProjectRow project, WantedName measure, string units, DateTimeOffset now) => SqlText.Of(
        $"""
        INSERT INTO measures (uuid, project_id, name, slug, units, created, modified)
        VALUES ({Guid.CreateVersion7(now)}, {project.Id}, {measure.Name}, {measure.Slug.Value}, {units}, {now}, {now})
        """);
}
