using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Catalog.Benchmarks;

/// <summary>
/// A benchmark as a run refers to it: by a UUID or slug that a user wrote, or by the full name that a harness prints.
/// </summary>
/// <param name="Kind">For a name, <paramref name="Text"/> is the full name.</param>
internal readonly record struct BenchmarkKey(NameIdKind Kind, string Text);

/// <summary>
/// Finds a run's benchmarks by their full names, so that a benchmark keeps its history and its short name whatever else
/// the run contains. A short name belongs to the full name that had it first; another full name gets a different short
/// name.
/// </summary>
internal static class BenchmarkIdentities
{
    /// <param name="wanted">Full names, each with the short name that the adapter suggests.</param>
    /// <returns>The benchmarks by full name. Missing ones are created; archived ones are unarchived.</returns>
    public static async Task<Dictionary<string, BenchmarkRow>> GetOrCreateAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyDictionary<string, BenchmarkName> wanted,
        DateTimeOffset now
    )
    {
        var found = new Dictionary<string, BenchmarkRow>(wanted.Count);
        var known = NamedTable.Known<BenchmarkRow>(sql);
        var asked = new List<string>();
        foreach (var full in wanted.Keys)
            if (known?.FindIdentity(project.Id, full) is { } row)
                found[full] = row;
            else
                asked.Add(full);
        if (asked.Count == 0)
            return found;

        var stored = await StoredAsync(sql, project, asked);
        foreach (var (full, row) in stored)
            found[full] = row;
        var fresh = asked.FindAll(full => !found.ContainsKey(full));
        if (fresh.Count > 0)
            await BindAsync(sql, project, fresh, wanted, found, now);
        await NamedTable.UnarchiveAsync(sql, found, now);
        foreach (var full in asked)
            known?.KeepIdentity(project.Id, full, found[full]);
        return found;
    }

    /// <summary>The given benchmarks by full name.</summary>
    public static async Task<Dictionary<string, BenchmarkRow>> OfAsync(Sql sql, IReadOnlyCollection<BenchmarkRow> some)
    {
        var rows = some.ToDictionary(row => row.Id.Value);
        return (
            await sql.ListAsync(
                $"SELECT full_name, benchmark_id FROM benchmark_identities WHERE benchmark_id IN {rows.Keys.ToArray()}",
                row => (Full: row.Text(), Row: rows[row.Id<Benchmark>()])
            )
        ).ToDictionary(one => one.Full, one => one.Row);
    }

    private static async Task<List<(string Full, BenchmarkRow Row)>> StoredAsync(
        Sql sql,
        ProjectRow project,
        List<string> fulls
    ) =>
        await sql.ListAsync(
            $"""
            SELECT {BenchmarkRow.Columns}, identity.full_name FROM (SELECT * FROM {ProjectRows.WithTexts(
                sql.Engine,
                new("benchmark_identities"),
                project.Id,
                new("full_name"),
                fulls
            )}) identity JOIN benchmarks ON benchmarks.id = identity.benchmark_id
            """,
            row =>
            {
                var benchmark = BenchmarkRow.Read(row);
                return (row.Text(), benchmark);
            }
        );

    // Assigns each new full name to a benchmark of that name without a full name yet, or to a new benchmark.
    private static async Task BindAsync(
        Sql sql,
        ProjectRow project,
        List<string> fresh,
        IReadOnlyDictionary<string, BenchmarkName> wanted,
        Dictionary<string, BenchmarkRow> found,
        DateTimeOffset now
    )
    {
        var (bound, names) = await PlanAsync(sql, project, fresh, wanted, found);
        if (names.Count > 0)
        {
            var references = names.Values.Select(Reference).ToList();
            var made = await BenchmarkTable.GetOrCreateAsync(sql, project, references, now);
            foreach (var (full, name) in names)
                bound.Add((full, made[Reference(name)]));
        }
        await StoreAsync(sql, project, bound);
        foreach (var (full, row) in bound)
            found[full] = row with { IsBound = true };
    }

    /// <summary>
    /// The full names for which a run would create benchmarks, each with the short name that its benchmark would get.
    /// </summary>
    public static async Task<Dictionary<string, string>> MissingAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyDictionary<string, BenchmarkName> wanted
    )
    {
        var found = (await StoredAsync(sql, project, [.. wanted.Keys])).ToDictionary(
            stored => stored.Full,
            stored => stored.Row
        );
        var fresh = wanted.Keys.Where(full => !found.ContainsKey(full)).ToList();
        return (await PlanAsync(sql, project, fresh, wanted, found)).Names;
    }

    /// <summary>
    /// Creates benchmarks for some of the full names that <see cref="MissingAsync"/> found. Names that a concurrent run
    /// has created meanwhile are left out.
    /// </summary>
    public static async Task<List<BenchmarkRow>> CreateAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<(string Full, string Name)> some,
        DateTimeOffset now
    )
    {
        var stored = (await StoredAsync(sql, project, [.. some.Select(one => one.Full)]))
            .Select(one => one.Full)
            .ToHashSet();
        var taken = (await NamedTable.ByNameAsync<BenchmarkRow>(sql, project, [.. some.Select(one => one.Name)]))
            .Select(row => row.Name)
            .ToHashSet();
        var free = some.Where(one => !stored.Contains(one.Full) && !taken.Contains(one.Name)).ToList();
        var made = await BenchmarkTable.GetOrCreateAsync(
            sql,
            project,
            free.ConvertAll(one => Reference(one.Name)),
            now
        );
        var bound = free.ConvertAll(one => (one.Full, made[Reference(one.Name)]));
        await StoreAsync(sql, project, bound);
        foreach (var (full, row) in bound)
            NamedTable.Known<BenchmarkRow>(sql)?.KeepIdentity(project.Id, full, row with { IsBound = true });
        return [.. made.Values];
    }

    // Bound: full names assigned to an existing benchmark. Names: the names of the benchmarks to create, by full name.
    private static async Task<(
        List<(string Full, BenchmarkRow Row)> Bound,
        Dictionary<string, string> Names
    )> PlanAsync(
        Sql sql,
        ProjectRow project,
        List<string> fresh,
        IReadOnlyDictionary<string, BenchmarkName> wanted,
        Dictionary<string, BenchmarkRow> found
    )
    {
        var used = found.Values.Select(row => row.Id.Value).ToHashSet();
        var byName = (
            await NamedTable.ByNameAsync<BenchmarkRow>(
                sql,
                project,
                [.. fresh.Concat(fresh.Select(full => wanted[full].Value)).Distinct()]
            )
        ).ToDictionary(row => row.Name);
        var bound = new List<(string Full, BenchmarkRow Row)>();
        var names = new Dictionary<string, string>();
        var taken = byName.Keys.ToHashSet();
        foreach (var full in fresh)
        {
            if (Find(full) is { } row)
            {
                used.Add(row.Id);
                bound.Add((full, row));
            }
            else
            {
                names.Add(full, NewName(full));
                taken.Add(names[full]);
            }
        }
        return (bound, names);

        // A result with only a name matches any benchmark of that name. A result with a longer full name matches only a
        // benchmark that has no full name yet.
        BenchmarkRow? Find(string full)
        {
            var name = wanted[full].Value;
            if (
                full != name
                && byName.TryGetValue(full, out var byFull)
                && !byFull.IsBound
                && !used.Contains(byFull.Id)
            )
                return byFull;
            return
                byName.TryGetValue(name, out var byShort)
                && !used.Contains(byShort.Id)
                && (full == name || !byShort.IsBound)
                ? byShort
                : null;
        }

        string NewName(string full)
        {
            var name = wanted[full].Value;
            if (taken.Contains(name))
                name = full;
            for (var i = 2; taken.Contains(name); i++)
            {
                var suffix = $" ({i})";
                name = ShortenedTo(full, BenchmarkName.BytesMax - suffix.Length) + suffix;
            }
            return name;
        }
    }

    private static NameId<BenchmarkName> Reference(string name) =>
        NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>(name));

    private static string ShortenedTo(string text, int bytesMax)
    {
        while (System.Text.Encoding.UTF8.GetByteCount(text) > bytesMax)
            text = text[..^(char.IsLowSurrogate(text[^1]) ? 2 : 1)];
        return text;
    }

    // When two runs bring the same full name at once, the second one's insert conflicts and its unit of work is
    // retried.
    private static async Task StoreAsync(Sql sql, ProjectRow project, List<(string Full, BenchmarkRow Row)> bound)
    {
        if (bound.Count == 0)
            return;
        var ordered = bound.OrderBy(one => one.Full, StringComparer.Ordinal).ToList();
        var rows = new NewRows("benchmark_identities", ordered.Count)
            .With("project_id", project.Id)
            .With("full_name", [.. ordered.Select(one => one.Full)])
            .With("benchmark_id", [.. ordered.Select(one => one.Row.Id)]);
        await sql.InsertAllAsync(rows, new("benchmark_id"), row => row.Long());
        long[] waiting = [.. bound.Where(one => !one.Row.IsBound).Select(one => one.Row.Id).Distinct()];
        if (waiting.Length > 0)
            await sql.ExecuteAsync($"UPDATE benchmarks SET bound = 1 WHERE id IN {waiting}");
    }
}
