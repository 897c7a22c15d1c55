using System.Runtime.InteropServices;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Alerts;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Results.Perf;

/// <summary>Loads the data of a plot in a fixed number of queries, however many lines and points it has.</summary>
internal static class PerfTable
{
    private sealed record Combination(
        BranchRow Branch,
        HeadRow Head,
        TestbedRow Testbed,
        SpecRow? Spec,
        BenchmarkRow Benchmark,
        MeasureRow Measure
    );

    private readonly record struct SeriesRange(
        Id<Head> HeadId,
        Id<Testbed> TestbedId,
        Id<Spec> SpecId,
        Id<Benchmark> BenchmarkId,
        Id<Measure> MeasureId,
        Id<Series> SeriesId,
        long VersionMin,
        long VersionMax,
        long Packed
    );

    /// <param name="withReports">True to load the data of the points' reports, too.</param>
    /// <param name="pointsMax">Limits the memory that one request can take.</param>
    /// <exception cref="Refusal">There are more than <paramref name="pointsMax"/> points.</exception>
    public static async Task<PerfData> LoadAsync(
        Sql sql,
        ProjectRow project,
        PerfQuery query,
        int pointsMax,
        CancellationToken ct,
        bool withReports = true
    )
    {
        var combinations = await CombinationsAsync(sql, project, query, ct);
        var series = await SeriesAsync(sql, combinations, ct);
        var packed = series.DistinctBy(s => s.SeriesId).ToDictionary(s => s.SeriesId.Value, s => s.Packed);
        long[] seriesIds = [.. packed.Keys];
        var points = await ReadPoints.RunAsync(sql, packed, query.StartTime, pointsMax, ct);
        var worthPacking = PackPoints.Worth(points, packed);
        var reports = withReports || query.EndTime is not null ? await ReportsAsync(sql, points, ct) : [];
        if (query.EndTime is { } end)
            points = points.FindAll(p => reports[p.ReportId].EndTime <= end);
        var models = await ReportMetrics.ModelsAsync(sql, ModelIds(points), ct);
        return new(
            project,
            query,
            Lines(combinations, series, points),
            reports,
            models,
            await AlertTable.RaisedAsync(sql, SqlText.Of($"series_id IN {seriesIds}"), ct)
        )
        {
            Points = points,
            WorthPacking = worthPacking,
        };
    }

    private static async Task<List<Combination>> CombinationsAsync(
        Sql sql,
        ProjectRow project,
        PerfQuery query,
        CancellationToken ct
    )
    {
        var heads = await HeadsAsync(sql, project, query, ct);
        var testbeds = (
            await sql.ListAsync(
                $"SELECT {TestbedRow.Columns} FROM testbeds WHERE project_id = {project.Id} AND uuid IN "
                    + $"{query.Testbeds}",
                TestbedRow.Read,
                ct
            )
        ).ToDictionary(t => t.Uuid);
        var specs = (
            await sql.ListAsync(
                $"SELECT {SpecRow.Columns} FROM specs WHERE uuid IN {query.Specs.OfType<Guid>().ToList()}",
                SpecRow.Read,
                ct
            )
        ).ToDictionary(s => s.Uuid);
        var benchmarks = (
            await sql.ListAsync(
                $"SELECT {BenchmarkRow.Columns} FROM benchmarks WHERE project_id = {project.Id} AND uuid IN "
                    + $"{query.Benchmarks}",
                BenchmarkRow.Read,
                ct
            )
        ).ToDictionary(b => b.Uuid);
        var measures = (
            await sql.ListAsync(
                $"SELECT {MeasureRow.Columns} FROM measures WHERE project_id = {project.Id} AND uuid IN "
                    + $"{query.Measures}",
                MeasureRow.Read,
                ct
            )
        ).ToDictionary(m => m.Uuid);

        var combinations = new List<Combination>();
        // Counts all requested combinations, found or not, so that the same query always shows the same lines.
        var left = PerfQuery.SeriesMax;
        for (var b = 0; b < query.Branches.Count; b++)
        for (var t = 0; t < query.Testbeds.Count; t++)
            foreach (var benchmarkUuid in query.Benchmarks)
            foreach (var measureUuid in query.Measures)
            {
                if (left-- == 0)
                    return combinations;
                var spec =
                    t < query.Specs.Count && query.Specs[t] is { } specUuid ? specs.GetValueOrDefault(specUuid) : null;
                if (spec is null && t < query.Specs.Count && query.Specs[t] is not null)
                    continue; // An unknown spec has no results.
                if (
                    heads[b] is { } found
                    && testbeds.TryGetValue(query.Testbeds[t], out var testbed)
                    && benchmarks.TryGetValue(benchmarkUuid, out var benchmark)
                    && measures.TryGetValue(measureUuid, out var measure)
                    && query.Choice.Shows([
                        found.Branch.Uuid,
                        found.Head.Uuid,
                        testbed.Uuid,
                        spec?.Uuid ?? Guid.Empty,
                        benchmark.Uuid,
                        measure.Uuid,
                    ])
                )
                    combinations.Add(new(found.Branch, found.Head, testbed, spec, benchmark, measure));
            }
        return combinations;
    }

    // Finds a head for each branch of the query: the requested head, or else the current one. Null if the branch or
    // head does not exist.
    private static async Task<(BranchRow Branch, HeadRow Head)?[]> HeadsAsync(
        Sql sql,
        ProjectRow project,
        PerfQuery query,
        CancellationToken ct
    )
    {
        var rows = await sql.ListAsync(
            $"""
            SELECT {BranchRow.Columns}, {HeadRow.Columns} FROM branches JOIN heads ON heads.branch_id = branches.id {HeadRow.Joins}
            WHERE branches.project_id = {project.Id} AND branches.uuid IN {query.Branches}
              AND (heads.id = branches.head_id OR heads.uuid IN {query.Heads.OfType<Guid>().ToList()})
            """,
            row => (Branch: BranchRow.Read(row), Head: HeadRow.Read(row)),
            ct
        );
        var heads = new (BranchRow, HeadRow)?[query.Branches.Count];
        for (var i = 0; i < heads.Length; i++)
        {
            var wanted = i < query.Heads.Count ? query.Heads[i] : null;
            var found = rows.Find(r =>
                r.Branch.Uuid == query.Branches[i]
                && (wanted is null ? r.Head.Id == r.Branch.HeadId : r.Head.Uuid == wanted)
            );
            heads[i] = found.Branch is null ? null : found;
        }
        return heads;
    }

    private static async Task<List<SeriesRange>> SeriesAsync(
        Sql sql,
        List<Combination> combinations,
        CancellationToken ct
    ) =>
        combinations.Count == 0
            ? []
            : await sql.ListAsync(
                $"""
                SELECT h.head_id, series.testbed_id, series.spec_id, series.benchmark_id, series.measure_id, series.id,
                    h.version_min, h.version_max, series.packed
                FROM head_histories h JOIN series ON series.head_id = h.source_head_id
                WHERE h.head_id IN {Keys(combinations, c => c.Head.Id)} AND series.testbed_id IN {Keys(
                    combinations,
                    c => c.Testbed.Id
                )}
                  AND series.measure_id IN {Keys(combinations, c => c.Measure.Id)} AND series.benchmark_id IN {Keys(
                    combinations,
                    c => c.Benchmark.Id
                )}
                """,
                row => new SeriesRange(
                    row.Id<Head>(),
                    row.Id<Testbed>(),
                    row.Id<Spec>(),
                    row.Id<Benchmark>(),
                    row.Id<Measure>(),
                    row.Id<Series>(),
                    row.Long(),
                    row.Long(),
                    row.Long()
                ),
                ct
            );

    private static long[] Keys(List<Combination> combinations, Func<Combination, long> key) =>
        [.. combinations.Select(key).Distinct()];

    private static HashSet<Id<ModelRow>> ModelIds(List<Point> points)
    {
        var (ids, last) = (new HashSet<Id<ModelRow>>(), default(Id<ModelRow>));
        foreach (ref readonly var point in CollectionsMarshal.AsSpan(points))
            if (point.ModelId != last && !point.ModelId.IsNone)
                ids.Add(last = point.ModelId);
        return ids;
    }

    private static async Task<Dictionary<long, PointReport>> ReportsAsync(
        Sql sql,
        List<Point> points,
        CancellationToken ct
    )
    {
        var (ids, last) = (new HashSet<long>(), 0L);
        foreach (ref readonly var point in CollectionsMarshal.AsSpan(points))
            if (point.ReportId.Value != last)
                ids.Add(last = point.ReportId);
        var reports = new Dictionary<long, PointReport>(ids.Count);
        await sql.ReadAsync(
            $"""
            SELECT reports.id, reports.uuid, reports.start_time, reports.end_time, versions.number, versions.hash,
                versions.subject, versions.author
            FROM reports JOIN versions ON versions.id = reports.version_id WHERE reports.id IN {ids}
            """,
            row =>
            {
                reports.Add(
                    row.Long(),
                    new(
                        row.Uuid(),
                        row.Time(),
                        row.Time(),
                        new(row.UInt(), row.TextOrNull()),
                        row.TextOrNull(),
                        row.TextOrNull()
                    )
                );
                return true;
            },
            ct
        );
        return reports;
    }

    private static List<Line> Lines(List<Combination> combinations, List<SeriesRange> series, List<Point> points)
    {
        var bySeries = ReadPoints.Slices(points);
        var ranges = series.ToLookup(s => (s.HeadId, s.TestbedId, s.BenchmarkId, s.MeasureId));
        var lines = new List<Line>(combinations.Count);
        foreach (var c in combinations)
        {
            var parts = ranges[(c.Head.Id, c.Testbed.Id, c.Benchmark.Id, c.Measure.Id)]
                .Where(s => c.Spec is null || s.SpecId == c.Spec.Id)
                .Select(s => InRange(points, bySeries.GetValueOrDefault(s.SeriesId), s.VersionMin, s.VersionMax))
                .Where(part => part.Count > 0)
                .ToList();
            if (parts.Count == 0)
                continue;
            var line =
                parts.Count == 1
                    ? parts[0]
                    : new LinePoints([
                        .. parts
                            .SelectMany(p => p)
                            .OrderBy(p => p.VersionId.Value)
                            .ThenBy(p => p.StartTime)
                            .ThenBy(p => p.ReportId.Value)
                            .ThenBy(p => p.Iteration),
                    ]);
            lines.Add(new(c.Branch, c.Head, c.Testbed, c.Spec, c.Benchmark, c.Measure, line));
        }
        return lines;
    }

    private static LinePoints InRange(
        List<Point> points,
        (int Start, int Count) slice,
        long versionMin,
        long versionMax
    )
    {
        var (start, end) = (slice.Start, slice.Start + slice.Count);
        while (start < end && points[start].VersionId < versionMin)
            start++;
        while (start < end && points[end - 1].VersionId > versionMax)
            end--;
        return new(points, start, end - start);
    }
}
