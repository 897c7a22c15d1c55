using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Maps the names of benchmarks and measures in a run's results to the project's rows. A UUID or a slug was written by
/// a person who means exactly that row; a benchmark's name comes from a harness and is matched by its full name.
/// Collecting the names needs no database, so that happens before the unit of work that resolves them.
/// </summary>
internal sealed class RunNames
{
    private readonly Dictionary<BenchmarkKey, Entry> entries = [];
    private readonly HashSet<NameId<ResourceName>> measureKeys = [];
    private readonly IReadOnlyList<HarnessResults> results;
    private Dictionary<NameId<BenchmarkName>, BenchmarkRow> byReference = [];
    private Dictionary<string, BenchmarkRow> byFullName = [];
    private Dictionary<NameId<ResourceName>, MeasureRow> byMeasure = [];

    /// <param name="thresholds">Their measures are included. Creating them later, under the branch's lock, could
    /// deadlock with a run that has created the same measure and waits for the branch.</param>
    /// <param name="isPast">True for imported history, whose names are short: their benchmarks take the first full name
    /// that a harness gives them.</param>
    public RunNames(IReadOnlyList<HarnessResults> results, ReportThresholds? thresholds, bool isPast = false)
    {
        this.results = results;
        if (thresholds?.Models is { } models)
            measureKeys.UnionWith(models.Keys);
        foreach (var benchmark in results.SelectMany(result => result.Benchmarks))
        {
            var key = KeyOf(benchmark);
            if (!entries.ContainsKey(key))
                entries.Add(
                    key,
                    isPast ? Audible(benchmark.Name, key) with { FullName = null } : Audible(benchmark.Name, key)
                );
            foreach (var (measure, _) in benchmark.Metrics)
                measureKeys.Add(measure);
        }
        References = [.. entries.Values.Where(entry => entry.FullName is null).Select(entry => entry.Name).Distinct()];
        var fullNames = new Dictionary<string, BenchmarkName>();
        foreach (var entry in entries.Values)
            if (entry.FullName is { } full)
                fullNames.TryAdd(full, Text.Parse<BenchmarkName>(entry.Name.Value));
        FullNames = fullNames;
    }

    /// <param name="Name">The short name, or the reference as written.</param>
    /// <param name="FullName">Null for a reference.</param>
    private readonly record struct Entry(NameId<BenchmarkName> Name, string? FullName, bool IsSilent);

    /// <summary>The benchmarks given by UUID, by slug, or by a name written as a reference.</summary>
    public IReadOnlyList<NameId<BenchmarkName>> References { get; }

    /// <summary>The benchmarks given by full name, each with the short name that the adapter suggests.</summary>
    public IReadOnlyDictionary<string, BenchmarkName> FullNames { get; }

    public IReadOnlyCollection<NameId<ResourceName>> Measures => measureKeys;

    public int Count => entries.Count + measureKeys.Count;

    /// <summary>
    /// The number of names that the writer of an embedded database has not cached; null if there is no cache.
    /// </summary>
    public int? CountForgotten(Sql sql, ProjectRow project)
    {
        if (
            sql.Engine == Engine.Postgres
            || NamedTable.Known<BenchmarkRow>(sql) is not { } benchmarks
            || NamedTable.Known<MeasureRow>(sql) is not { } measures
        )
            return null;
        return References.Count(name => benchmarks.Find(project.Id, name.Kind, name.Value) is null)
            + FullNames.Keys.Count(full => benchmarks.FindIdentity(project.Id, full) is null)
            + measureKeys.Count(name => measures.Find(project.Id, name.Kind, name.Value) is null);
    }

    public async Task ResolveAsync(Sql sql, ProjectRow project, DateTimeOffset now)
    {
        byReference = await BenchmarkTable.GetOrCreateAsync(sql, project, References, now);
        byFullName = await BenchmarkIdentities.GetOrCreateAsync(sql, project, FullNames, now);
        byMeasure = await MeasuresAsync(sql, project, measureKeys, now);
    }

    /// <summary>
    /// Finds the names among the rows of a report, without creating any. A name that is not found has no row.
    /// </summary>
    public async Task FindAsync(
        Sql sql,
        IReadOnlyCollection<BenchmarkRow> benchmarks,
        IReadOnlyCollection<MeasureRow> measures
    )
    {
        byFullName = await BenchmarkIdentities.OfAsync(sql, benchmarks);
        foreach (var row in benchmarks)
            byFullName.TryAdd(row.Name, row);
        foreach (var reference in References)
            if (benchmarks.FirstOrDefault(row => IsNamed(reference, row.Uuid, row.Slug, row.Name)) is { } benchmark)
                byReference[reference] = benchmark;
        foreach (var reference in measureKeys)
            if (measures.FirstOrDefault(row => IsNamed(reference, row.Uuid, row.Slug, row.Name)) is { } measure)
                byMeasure[reference] = measure;
    }

    private static bool IsNamed<TName>(NameId<TName> reference, Guid uuid, string slug, string name)
        where TName : class, IText<TName> =>
        reference.Kind == NameIdKind.Uuid ? reference.Uuid == uuid : reference.Value == slug || reference.Value == name;

    /// <summary>The row, if <see cref="FindAsync"/> found it.</summary>
    public BenchmarkRow? FindRow(BenchmarkResults benchmark)
    {
        var entry = entries[KeyOf(benchmark)];
        return entry.FullName is { } full
            ? byFullName.GetValueOrDefault(full)
            : byReference.GetValueOrDefault(entry.Name);
    }

    /// <inheritdoc cref="FindRow(BenchmarkResults)"/>
    public MeasureRow? FindRow(NameId<ResourceName> measure) => byMeasure.GetValueOrDefault(measure);

    /// <summary>Returns the rows of some of the measures, creating missing ones.</summary>
    public Task<Dictionary<NameId<ResourceName>, MeasureRow>> MeasuresAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<ResourceName>> some,
        DateTimeOffset now
    ) =>
        MeasureTable.GetOrCreateAsync(sql, project, some, now, measure =>
            results.Select(result => result.UnitsOf(measure)).FirstOrDefault(units => units is not null)
        );

    /// <summary>The row, and whether the benchmark's name asks for no alerts.</summary>
    public (BenchmarkRow Row, bool IsSilent) RowOf(BenchmarkResults benchmark)
    {
        var entry = entries[KeyOf(benchmark)];
        return (entry.FullName is { } full ? byFullName[full] : byReference[entry.Name], entry.IsSilent);
    }

    public MeasureRow RowOf(NameId<ResourceName> measure) => byMeasure[measure];

    private static BenchmarkKey KeyOf(BenchmarkResults benchmark) =>
        benchmark.Name.Kind == NameIdKind.Name
            ? new(NameIdKind.Name, benchmark.FullName)
            : new(benchmark.Name.Kind, benchmark.Name.Value);

    // Strips the suffix that asks for no alerts. A slug without its suffix becomes a name.
    private static Entry Audible(NameId<BenchmarkName> given, BenchmarkKey key)
    {
        if (given.Kind == NameIdKind.Uuid)
            return new(given, FullName: null, IsSilent: false);
        var (name, silent) = BenchmarkName.StripIgnore(given.Value);
        if (!silent)
            return new(given, given.Kind == NameIdKind.Name ? key.Text : null, IsSilent: false);
        return new(
            NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>(name)),
            BenchmarkName.StripIgnore(key.Text).Name,
            IsSilent: true
        );
    }
}
