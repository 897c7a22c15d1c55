using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Dimensions;

/// <summary>A branch, testbed, benchmark or measure, as its page needs it.</summary>
/// <param name="Units">The units of a measure.</param>
/// <param name="Spec">The spec of a testbed.</param>
/// <param name="Head">The shown head of a branch.</param>
internal sealed record DimensionRow(
    long Id,
    Guid Uuid,
    string Name,
    string Slug,
    DateTimeOffset Created,
    DateTimeOffset? Archived,
    string? Units = null,
    SpecRow? Spec = null,
    HeadRow? Head = null
)
{
    /// <summary>Loads a page of the rows of a kind, ordered by name.</summary>
    public static async Task<(List<DimensionRow> Rows, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        DimensionKind kind,
        NamedFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        if (kind == DimensionKind.Branch)
        {
            var (branches, count) = await BranchTable.ListAsync(
                sql,
                project.Id,
                filter.Name,
                filter.Search,
                filter.Archived,
                page,
                ct
            );
            return ([.. branches.Select(pair => Of(pair.Branch, pair.Head))], count);
        }
        if (kind == DimensionKind.Testbed)
        {
            var (testbeds, count) = await NamedTable.ListAsync<TestbedRow>(sql, project, filter, page, ct);
            var specs = await SpecTable.OfAsync(sql, [.. testbeds.Select(row => row.SpecId).OfType<Id<Spec>>()], ct);
            return (testbeds.ConvertAll(row => Of(row, row.SpecId is { } spec ? specs[spec] : null)), count);
        }
        if (kind == DimensionKind.Measure)
        {
            var (measures, count) = await NamedTable.ListAsync<MeasureRow>(sql, project, filter, page, ct);
            return (measures.ConvertAll(Of), count);
        }
        var (benchmarks, total) = await NamedTable.ListAsync<BenchmarkRow>(sql, project, filter, page, ct);
        return (benchmarks.ConvertAll(Of), total);
    }

    /// <param name="variant">The head of a branch or the spec of a testbed to show; null for the current one.</param>
    /// <exception cref="Refusal">The row does not exist.</exception>
    public static async Task<DimensionRow> FindAsync(
        Sql sql,
        ProjectRow project,
        DimensionKind kind,
        ResourceId id,
        Guid? variant,
        CancellationToken ct
    )
    {
        if (kind == DimensionKind.Branch)
        {
            var (branch, head) = await BranchTable.FindAsync(sql, project.Id, id, ct)
                ?? throw Refusal.NotFound(kind.Noun, id);
            if (variant is { } past)
                head = await HeadTable.FindAsync(sql, branch.Id, past, ct) ?? throw Refusal.NotFound("head", past);
            return Of(branch, head);
        }
        if (kind == DimensionKind.Testbed)
        {
            var testbed = await NamedTable.FindAsync<TestbedRow>(sql, project, id, ct)
                ?? throw Refusal.NotFound(kind.Noun, id);
            return Of(
                testbed,
                variant is { } spec
                    ? await SpecTable.GetAsync(sql, ResourceId.Of(spec))
                    : await SpecTable.OfAsync(sql, testbed.SpecId)
            );
        }
        return kind == DimensionKind.Measure
            ? Of(await NamedTable.FindAsync<MeasureRow>(sql, project, id, ct) ?? throw Refusal.NotFound(kind.Noun, id))
            : Of(
                await NamedTable.FindAsync<BenchmarkRow>(sql, project, id, ct) ?? throw Refusal.NotFound(kind.Noun, id)
            );
    }

    private static DimensionRow Of(BranchRow row, HeadRow head) =>
        new(row.Id, row.Uuid, row.Name, row.Slug, row.Created, row.Archived, Head: head);

    private static DimensionRow Of(TestbedRow row, SpecRow? spec) =>
        new(row.Id, row.Uuid, row.Name, row.Slug, row.Created, row.Archived, Spec: spec);

    private static DimensionRow Of(MeasureRow row) =>
        new(row.Id, row.Uuid, row.Name, row.Slug, row.Created, row.Archived, row.Units);

    private static DimensionRow Of(BenchmarkRow row) =>
        new(row.Id, row.Uuid, row.Name, row.Slug, row.Created, row.Archived);
}

/// <summary>The usage of a branch, testbed or measure.</summary>
/// <param name="Reports">Null for measures: reports are not counted by measure.</param>
/// <param name="Last">The time of the newest report.</param>
internal sealed record DimensionUse(long? Reports, DateTimeOffset? Last, long Thresholds, long? Benchmarks)
{
    /// <summary>Loads the usage of these rows in a fixed number of queries.</summary>
    public static async Task<Dictionary<long, DimensionUse>> OfAsync(
        Sql sql,
        DimensionKind kind,
        IReadOnlyCollection<long> ids,
        CancellationToken ct
    )
    {
        if (ids.Count == 0 || kind == DimensionKind.Benchmark)
            return ids.ToDictionary(id => id, _ => new DimensionUse(null, null, 0, null));
        var thresholds = (
            await sql.ListAsync(
                $"SELECT {new Raw(kind.Noun)}_id, count(*) FROM thresholds WHERE {new Raw(kind.Noun)}_id IN {ids} "
                    + $"GROUP BY {new Raw(kind.Noun)}_id",
                row => KeyValuePair.Create(row.Long(), row.Long()),
                ct
            )
        ).ToDictionary();
        if (kind == DimensionKind.Measure)
        {
            var benchmarks = (
                await sql.ListAsync(
                    $"SELECT measure_id, count(DISTINCT benchmark_id) FROM series WHERE measure_id IN {ids} GROUP BY "
                        + $"measure_id",
                    row => KeyValuePair.Create(row.Long(), row.Long()),
                    ct
                )
            ).ToDictionary();
            return ids.ToDictionary(
                id => id,
                id => new DimensionUse(null, null, thresholds.GetValueOrDefault(id), benchmarks.GetValueOrDefault(id))
            );
        }
        var (column, from) =
            kind == DimensionKind.Branch
                ? (new Raw("heads.branch_id"), new Raw("reports JOIN heads ON heads.id = reports.head_id"))
                : (new Raw("reports.testbed_id"), new Raw("reports"));
        var reports = await sql.ListAsync(
            $"SELECT {column}, count(*), max(reports.id) FROM {from} WHERE {column} IN {ids} GROUP BY {column}",
            row => (Id: row.Long(), Count: row.Long(), Last: row.Long()),
            ct
        );
        long[] newest = [.. reports.Select(one => one.Last)];
        var times =
            newest.Length == 0
                ? []
                : (
                    await sql.ListAsync(
                        $"SELECT id, start_time FROM reports WHERE id IN {newest}",
                        row => KeyValuePair.Create(row.Long(), row.Time()),
                        ct
                    )
                ).ToDictionary();
        var byId = reports.ToDictionary(one => one.Id);
        return ids.ToDictionary(
            id => id,
            id =>
                byId.TryGetValue(id, out var found)
                    ? new DimensionUse(found.Count, times[found.Last], thresholds.GetValueOrDefault(id), null)
                    : new DimensionUse(0, null, thresholds.GetValueOrDefault(id), null)
        );
    }
}
