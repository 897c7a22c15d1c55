using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// The benchmarks of a run, from what its results call them to the project's rows. A UUID or a slug was written by somebody who means that very
/// row; a name comes from a harness, whose full name decides.
/// </summary>
internal sealed class RunNames
{
    private readonly Dictionary<BenchmarkKey, Entry> entries = [];
    private Dictionary<NameId<BenchmarkName>, BenchmarkRow> byReference = [];
    private Dictionary<string, BenchmarkRow> byFullName = [];

    /// <param name="Name">The short name, or the reference as it was written.</param>
    /// <param name="FullName">Null for a reference.</param>
    private readonly record struct Entry(NameId<BenchmarkName> Name, string? FullName, bool IsSilent);

    public void Add(BenchmarkResults benchmark)
    {
        var key = KeyOf(benchmark);
        if (!entries.ContainsKey(key)) entries.Add(key, Audible(benchmark.Name, key));
    }

    public async Task ResolveAsync(Sql sql, ProjectRow project, DateTimeOffset now)
    {
        var references = entries.Values.Where(entry => entry.FullName is null).Select(entry => entry.Name).Distinct().ToList();
        byReference = await BenchmarkTable.GetOrCreateAsync(sql, project, references, now);
        var wanted = new Dictionary<string, BenchmarkName>();
        foreach (var entry in entries.Values)
            if (entry.FullName is { } full) wanted.TryAdd(full, Text.Parse<BenchmarkName>(entry.Name.Value));
        byFullName = await BenchmarkIdentities.GetOrCreateAsync(sql, project, wanted, now);
    }

    /// <summary>The row, and whether the benchmark's name asks for silence.</summary>
    public (BenchmarkRow Row, bool IsSilent) RowOf(BenchmarkResults benchmark)
    {
        var entry = entries[KeyOf(benchmark)];
        return (entry.FullName is { } full ? byFullName[full] : byReference[entry.Name], entry.IsSilent);
    }

    private static BenchmarkKey KeyOf(BenchmarkResults benchmark) =>
        benchmark.Name.Kind == NameIdKind.Name ? new(NameIdKind.Name, benchmark.FullName) : new(benchmark.Name.Kind, benchmark.Name.Value);

    // Without the suffix that asks for silence. What is left of a slug is a name.
    private static Entry Audible(NameId<BenchmarkName> given, BenchmarkKey key)
    {
        if (given.Kind == NameIdKind.Uuid) return new(given, FullName: null, IsSilent: false);
        var (name, silent) = BenchmarkName.StripIgnore(given.Value);
        if (!silent) return new(given, given.Kind == NameIdKind.Name ? key.Text : null, IsSilent: false);
        return new(NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>(name)), BenchmarkName.StripIgnore(key.Text).Name, IsSilent: true);
    }
}
