using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Benchmarks;

/// <param name="IsBound">True when the full name is known; see <see cref="BenchmarkIdentities"/>.</param>
internal sealed record BenchmarkRow(
    Id<Benchmark> Id,
    Guid Uuid,
    string Name,
    string Slug,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived,
    bool IsBound = false
) : INamedRow<BenchmarkRow>
{
    long INamedRow<BenchmarkRow>.Key => Id.Value;

    public static string Noun => "benchmark";
    public static Raw Table => new("benchmarks");
    public static bool Remembered => true;
    public static Raw Columns { get; } =
        new(
            "benchmarks.id, benchmarks.uuid, benchmarks.name, benchmarks.slug, benchmarks.created, "
                + "benchmarks.modified, benchmarks.archived, benchmarks.bound"
        );

    public static BenchmarkRow Read(Row row) =>
        new(
            row.Id<Benchmark>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.Time(),
            row.Time(),
            row.TimeOrNull(),
            row.Bool()
        );

    public BenchmarkRow Unarchived(DateTimeOffset now) => this with { Archived = null, Modified = now };

    public Benchmark ToWire(ProjectRow project) => new(Uuid, project.Uuid, Name, Slug, Created, Modified, Archived);
}

internal static class BenchmarkTable
{
    /// <summary>Finds or creates the benchmarks that a report names; see <see cref="NamedTable"/>.</summary>
    public static Task<Dictionary<NameId<BenchmarkName>, BenchmarkRow>> GetOrCreateAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<BenchmarkName>> references,
        DateTimeOffset now
    ) =>
        ResolveNames.GetOrCreateAsync<BenchmarkName, BenchmarkRow>(
            sql,
            project,
            references,
            Wanted,
            names => NamedTable.NewRows<BenchmarkRow>(project, names, now),
            now
        );

    /// <summary>The references that match no benchmark yet.</summary>
    public static Task<List<NameId<BenchmarkName>>> MissingAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<BenchmarkName>> references
    ) => ResolveNames.MissingAsync<BenchmarkName, BenchmarkRow>(sql, project, references, Wanted);

    private static WantedName Wanted(NameId<BenchmarkName> reference) => new(reference.Value, reference.WantedSlug());

    public static Task<BenchmarkRow> CreateAsync(
        Sql sql,
        ProjectRow project,
        NewBenchmark benchmark,
        DateTimeOffset now
    ) =>
        NamedTable.CreateAsync<BenchmarkRow>(sql, project, benchmark.Name.Value, benchmark.Slug, names =>
            NamedTable.NewRows<BenchmarkRow>(project, names, now)
        );

    public static async Task<BenchmarkRow> UpdateAsync(
        Sql sql,
        ProjectRow project,
        ResourceId id,
        BenchmarkPatch patch,
        DateTimeOffset now
    )
    {
        var row = await NamedTable.LockAsync<BenchmarkRow>(sql, project, id);
        // A renamed benchmark stands for results under its new name too: the next such result sets its full name.
        var more = patch.Name is { } name && name.Value != row.Name ? SqlText.Of($", bound = 0") : SqlText.Empty;
        return await NamedTable.UpdateAsync(
            sql,
            project,
            row,
            patch.Name?.Value,
            patch.Slug,
            patch.Archived,
            more,
            now
        );
    }

    /// <exception cref="Refusal">The benchmark has results.</exception>
    public static async Task DeleteAsync(Sql sql, ProjectRow project, ResourceId id)
    {
        var row = await NamedTable.LockAsync<BenchmarkRow>(sql, project, id);
        if (
            await sql.AnyAsync(
                $"SELECT 1 FROM series JOIN metrics ON metrics.series_id = series.id WHERE series.benchmark_id = "
                    + $"{row.Id} LIMIT 1"
            )
        )
            throw Refusal.Conflict(
                $"The benchmark {Text.Quote(row.Name)} has results; delete their reports first, or archive the "
                    + $"benchmark."
            );
        await NamedTable.DeleteAsync(sql, row);
    }
}
