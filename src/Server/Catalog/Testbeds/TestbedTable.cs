using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Testbeds;

internal sealed record TestbedRow(
    Id<Testbed> Id,
    Guid Uuid,
    string Name,
    string Slug,
    Id<Spec>? SpecId,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
) : INamedRow<TestbedRow>
{
    long INamedRow<TestbedRow>.Key => Id.Value;

    public static string Noun => "testbed";
    public static Raw Table => new("testbeds");
    public static Raw Columns { get; } =
        new(
            "testbeds.id, testbeds.uuid, testbeds.name, testbeds.slug, testbeds.spec_id, testbeds.created, "
                + "testbeds.modified, testbeds.archived"
        );

    public static TestbedRow Read(Row row) =>
        new(
            row.Id<Testbed>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.IdOrNull<Spec>(),
            row.Time(),
            row.Time(),
            row.TimeOrNull()
        );

    public TestbedRow Unarchived(DateTimeOffset now) => this with { Archived = null, Modified = now };

    /// <param name="spec">The testbed's own spec; in a report, the report's spec.</param>
    public Testbed ToWire(ProjectRow project, SpecRow? spec) =>
        new(Uuid, project.Uuid, Name, Slug, spec?.ToWire(), Created, Modified, Archived);
}

internal static class TestbedTable
{
    /// <summary>Finds or creates the testbed that a report names; see <see cref="NamedTable"/>.</summary>
    public static async Task<TestbedRow> GetOrCreateAsync(
        Sql sql,
        ProjectRow project,
        NameId<ResourceName> reference,
        DateTimeOffset now
    )
    {
        var rows = await ResolveNames.GetOrCreateAsync<ResourceName, TestbedRow>(
            sql,
            project,
            [reference],
            _ => new(reference.Value, reference.WantedSlug()),
            names => NewRows(project, names, spec: null, now),
            now
        );
        return rows[reference];
    }

    public static Task<TestbedRow?> FindAsync(
        Sql sql,
        ProjectRow project,
        NameId<ResourceName> reference,
        CancellationToken ct = default
    ) => NamedTable.FindAsync<ResourceName, TestbedRow>(sql, project, reference, ct);

    /// <exception cref="Refusal">The name is taken, or the spec does not exist.</exception>
    public static async Task<(TestbedRow Testbed, SpecRow? Spec)> CreateAsync(
        Sql sql,
        ProjectRow project,
        NewTestbed testbed,
        DateTimeOffset now
    )
    {
        var spec = testbed.Spec is { } wanted ? await SpecTable.GetAsync(sql, wanted) : null;
        return (
            await NamedTable.CreateAsync<TestbedRow>(sql, project, testbed.Name.Value, testbed.Slug, names =>
                NewRows(project, names, spec, now)
            ),
            spec
        );
    }

    public static async Task<(TestbedRow Testbed, SpecRow? Spec)> UpdateAsync(
        Sql sql,
        ProjectRow project,
        ResourceId id,
        TestbedPatch patch,
        DateTimeOffset now
    )
    {
        var row = await NamedTable.LockAsync<TestbedRow>(sql, project, id);
        var spec = patch.Spec.Value is { } wanted ? await SpecTable.GetAsync(sql, wanted) : null;
        var more = patch.Spec.IsSet ? SqlText.Of($", spec_id = {spec?.Id}") : SqlText.Empty;
        var archived = patch.Archived.IsSet ? patch.Archived.Value : (bool?)null;
        var changed = await NamedTable.UpdateAsync(
            sql,
            project,
            row,
            patch.Name.Value?.Value,
            patch.Slug.Value,
            archived,
            more,
            now
        );
        return (changed, await SpecTable.OfAsync(sql, changed.SpecId));
    }

    /// <exception cref="Refusal">The testbed has reports or thresholds.</exception>
    public static async Task DeleteAsync(Sql sql, ProjectRow project, ResourceId id)
    {
        var row = await NamedTable.LockAsync<TestbedRow>(sql, project, id);
        if (await sql.AnyAsync($"SELECT 1 FROM reports WHERE testbed_id = {row.Id} LIMIT 1"))
            throw Refusal.Conflict(
                $"The testbed {Text.Quote(row.Name)} has reports; delete them first, or archive the testbed."
            );
        if (await sql.AnyAsync($"SELECT 1 FROM thresholds WHERE testbed_id = {row.Id} LIMIT 1"))
            throw Refusal.Conflict(
                $"The testbed {Text.Quote(row.Name)} has thresholds; delete them first, or archive the testbed."
            );
        await NamedTable.DeleteAsync(sql, row);
    }

    /// <summary>Gives the testbed this spec, if it has another one.</summary>
    public static async Task<TestbedRow> OnSpecAsync(Sql sql, TestbedRow row, SpecRow spec, DateTimeOffset now)
    {
        if (row.SpecId == spec.Id)
            return row;
        await sql.ExecuteAsync($"UPDATE testbeds SET spec_id = {spec.Id}, modified = {now} WHERE id = {row.Id}");
        return row with { SpecId = spec.Id, Modified = now };
    }

    private static NewRows NewRows(
        ProjectRow project,
        IReadOnlyList<WantedName> names,
        SpecRow? spec,
        DateTimeOffset now
    )
    {
        var rows = NamedTable.NewRows<TestbedRow>(project, names, now);
        return spec is null ? rows : rows.With("spec_id", spec.Id);
    }
}
