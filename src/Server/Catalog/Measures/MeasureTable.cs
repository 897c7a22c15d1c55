using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Measures;

internal sealed record MeasureRow(
    Id<Measure> Id,
    Guid Uuid,
    string Name,
    string Slug,
    string Units,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
) : INamedRow<MeasureRow>
{
    long INamedRow<MeasureRow>.Key => Id.Value;

    public static string Noun => "measure";
    public static Raw Table => new("measures");
    public static bool Remembered => true;
    public static Raw Columns { get; } =
        new(
            "measures.id, measures.uuid, measures.name, measures.slug, measures.units, measures.created, "
                + "measures.modified, measures.archived"
        );

    public static MeasureRow Read(Row row) =>
        new(
            row.Id<Measure>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.Text(),
            row.Time(),
            row.Time(),
            row.TimeOrNull()
        );

    public MeasureRow Unarchived(DateTimeOffset now) => this with { Archived = null, Modified = now };

    public Measure ToWire(ProjectRow project) =>
        new(Uuid, project.Uuid, Name, Slug, Units, Created, Modified, Archived);
}

internal static class MeasureTable
{
    /// <summary>
    /// Finds or creates the measures that a report names; see <see cref="NamedTable"/>. A built-in measure is created
    /// with its own name and units.
    /// </summary>
    /// <param name="unitsOf">The units of a measure that is not built in, if the harness gave them.</param>
    public static Task<Dictionary<NameId<ResourceName>, MeasureRow>> GetOrCreateAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<ResourceName>> references,
        DateTimeOffset now,
        Func<NameId<ResourceName>, string?>? unitsOf = null
    )
    {
        var units = new Dictionary<string, string>();
        foreach (var reference in unitsOf is null ? [] : references)
            if (unitsOf!(reference) is { } given)
                units.TryAdd(reference.Value, given);
        return ResolveNames.GetOrCreateAsync<ResourceName, MeasureRow>(
            sql,
            project,
            references,
            Wanted,
            names =>
                NewRows(
                    project,
                    names,
                    name =>
                        BuiltInMeasure.Find(name)?.Units
                        ?? units.GetValueOrDefault(name)
                        ?? BuiltInMeasure.GenericUnits,
                    now
                ),
            now
        );
    }

    /// <summary>The references that match no measure yet.</summary>
    public static Task<List<NameId<ResourceName>>> MissingAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<ResourceName>> references
    ) => ResolveNames.MissingAsync<ResourceName, MeasureRow>(sql, project, references, Wanted);

    private static WantedName Wanted(NameId<ResourceName> reference) =>
        BuiltIn(reference) is { } measure
            ? new(measure.Name, measure.Slug)
            : new(reference.Value, reference.WantedSlug());

    public static Task<MeasureRow> CreateAsync(Sql sql, ProjectRow project, NewMeasure measure, DateTimeOffset now) =>
        NamedTable.CreateAsync<MeasureRow>(sql, project, measure.Name.Value, measure.Slug, names =>
            NewRows(project, names, _ => measure.Units.Value, now)
        );

    public static async Task<MeasureRow> UpdateAsync(
        Sql sql,
        ProjectRow project,
        ResourceId id,
        MeasurePatch patch,
        DateTimeOffset now
    )
    {
        var row = await NamedTable.LockAsync<MeasureRow>(sql, project, id);
        var units = patch.Units is { } given ? SqlText.Of($", units = {given.Value}") : SqlText.Empty;
        return await NamedTable.UpdateAsync(
            sql,
            project,
            row,
            patch.Name?.Value,
            patch.Slug,
            patch.Archived,
            units,
            now
        );
    }

    /// <exception cref="Refusal">The measure has metrics or thresholds.</exception>
    public static async Task DeleteAsync(Sql sql, ProjectRow project, ResourceId id)
    {
        var row = await NamedTable.LockAsync<MeasureRow>(sql, project, id);
        if (await sql.AnyAsync($"SELECT 1 FROM thresholds WHERE measure_id = {row.Id} LIMIT 1"))
            throw Refusal.Conflict(
                $"The measure {Text.Quote(row.Name)} has thresholds; delete them first, or archive the measure."
            );
        if (
            await sql.AnyAsync(
                $"SELECT 1 FROM series JOIN metrics ON metrics.series_id = series.id WHERE series.measure_id = "
                    + $"{row.Id} LIMIT 1"
            )
        )
            throw Refusal.Conflict(
                $"The measure {Text.Quote(row.Name)} has results; delete their reports first, or archive the measure."
            );
        await NamedTable.DeleteAsync(sql, row);
    }

    // Matches only in the form by which the reference will be found again: a slug by the slug, a name by the name.
    private static BuiltInMeasure? BuiltIn(NameId<ResourceName> reference) =>
        BuiltInMeasure.Find(reference.Value) is { } measure
        && reference.Value == (reference.Kind == NameIdKind.Slug ? measure.Slug.Value : measure.Name)
            ? measure
            : null;

    private static NewRows NewRows(
        ProjectRow project,
        IReadOnlyList<WantedName> names,
        Func<string, string> unitsOf,
        DateTimeOffset now
    ) =>
        NamedTable
            .NewRows<MeasureRow>(project, names, now)
            .With("units", [.. names.Select(name => unitsOf(name.Name))]);
}
