using System.Runtime.InteropServices;
using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Comparisons;

/// <summary>Restricts a comparison to one testbed or measure; null compares all.</summary>
internal sealed record CompareFilter(NameId<ResourceName>? Testbed, NameId<ResourceName>? Measure);

/// <summary>
/// Compares two branches, commits or reports. The values of a side are the medians of its newest reports, one for each
/// report. They reach back to the last known change of the series, at most twenty versions. The number of queries is
/// fixed, however many benchmarks there are.
/// </summary>
internal static class ReadComparison
{
    private const int VersionsMax = 20;
    private const double FalseShare = 0.05; // The share of reported differences that may be wrong.

    private readonly record struct SeriesKey(
        Id<Testbed> TestbedId,
        Id<Spec> SpecId,
        Id<Benchmark> BenchmarkId,
        Id<Measure> MeasureId
    );

    private sealed record NamedSeries(
        Id<Series> Id,
        SeriesKey Key,
        string Testbed,
        string Benchmark,
        string Measure,
        string Units
    );

    private sealed record Compared(NamedSeries Series, double[] Base, double[] Head, RatioComparison Ratio);

    /// <exception cref="Refusal">A side was not found, or the comparison has too many values.</exception>
    public static async Task<SideBySide> RunAsync(
        Sql sql,
        ProjectRow project,
        string from,
        string to,
        CompareFilter filter,
        int valuesMax,
        CancellationToken ct
    )
    {
        var @base = await CompareSides.FindAsync(sql, project, "base", from, ct);
        var head = await CompareSides.FindAsync(sql, project, "head", to, ct);
        var before = await ValuesAsync(sql, @base, filter, valuesMax, ct);
        var after = await ValuesAsync(sql, head, filter, valuesMax, ct);
        var all = before
            .Keys.Union(after.Keys)
            .Select(key =>
            {
                var (series, old) = before.TryGetValue(key, out var had) ? had : (after[key].Series, []);
                double[] fresh = after.TryGetValue(key, out var has) ? has.Values : [];
                return new Compared(series, old, fresh, RatioComparison.Of(old, fresh));
            })
            .ToList();
        var tests = all.Where(one => !double.IsNaN(one.Ratio.P)).Select(one => one.Ratio.P).ToArray();
        var believed = BenjaminiHochberg.Threshold(tests, tests.Length, FalseShare);
        var results = all.Select(one => ResultOf(one, believed))
            .OrderBy(one => one.State)
            .ThenByDescending(one => Math.Abs(one.Effect ?? 0))
            .ThenBy(one => one.Benchmark, StringComparer.Ordinal)
            .ThenBy(one => one.Measure, StringComparer.Ordinal)
            .ToList();
        int Count(ComparedState state) => results.Count(one => one.State == state);
        return new(
            @base.ToWire(),
            head.ToWire(),
            CompareWords.Sentence(results),
            Count(ComparedState.Worse),
            Count(ComparedState.Better),
            Count(ComparedState.Differs),
            Count(ComparedState.Unclear),
            Count(ComparedState.Same),
            Count(ComparedState.OnlyBase),
            Count(ComparedState.OnlyHead),
            results
        );
    }

    private static async Task<Dictionary<SeriesKey, (NamedSeries Series, double[] Values)>> ValuesAsync(
        Sql sql,
        SideRow side,
        CompareFilter filter,
        int valuesMax,
        CancellationToken ct
    )
    {
        var series = await SeriesAsync(sql, side, filter, ct);
        if (series.Count == 0)
            return [];
        long[] ids = [.. series.Select(one => one.Id)];
        var oldest = await sql.NumberAsync(
            $"SELECT min(id) FROM (SELECT id FROM versions WHERE head_id = {side.HeadId} AND id <= {side.Version.Id} "
                + $"ORDER BY id DESC LIMIT {VersionsMax}) newest",
            ct
        );
        var since = (
            await sql.ListAsync(
                $"""
                SELECT series_id, max(COALESCE(located, since)) FROM change_series WHERE series_id IN {ids} AND COALESCE(located, since) <= {side.Version.Id}
                  AND state IN ({ChangeState.Open}, {ChangeState.Accepted}) GROUP BY series_id
                """,
                row => KeyValuePair.Create(row.Id<Series>(), row.Long()),
                ct
            )
        ).ToDictionary();
        var (values, read) = (new Dictionary<Id<Series>, Dictionary<Id<Report>, List<double>>>(), 0);
        await sql.ReadAsync(
            $"""
            SELECT series_id, version_id, report_id, value FROM metrics
            WHERE series_id IN {ids} AND version_id >= {oldest} AND version_id <= {side.Version.Id}
            """,
            row =>
            {
                if (read++ == valuesMax)
                    throw Refusal.BadInput(
                        $"This comparison has more than {valuesMax} values; ask for one testbed or measure."
                    );
                var (id, version, report, value) = (
                    row.Id<Series>(),
                    row.Id<VersionRow>(),
                    row.Id<Report>(),
                    row.Double()
                );
                if (
                    version < since.GetValueOrDefault(id)
                    || (version == side.Version.Id && side.ReportId is { } only && report != only)
                )
                    return true;
                ref var reports = ref CollectionsMarshal.GetValueRefOrAddDefault(values, id, out _);
                ref var iterations = ref CollectionsMarshal.GetValueRefOrAddDefault(reports ??= [], report, out _);
                (iterations ??= []).Add(value);
                return true;
            },
            ct
        );
        return series
            .Where(one => values.ContainsKey(one.Id))
            .ToDictionary(one => one.Key, one => (one, values[one.Id].Values.Select(Median).ToArray()));
    }

    // Only series of the head itself: inherited results were not measured on this branch.
    private static Task<List<NamedSeries>> SeriesAsync(
        Sql sql,
        SideRow side,
        CompareFilter filter,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"series.head_id = {side.HeadId}");
        if (filter.Testbed is { } testbed)
            where = SqlText.Of($"{where} AND {testbed.Condition("testbeds")}");
        if (filter.Measure is { } measure)
            where = SqlText.Of($"{where} AND {measure.Condition("measures")}");
        return sql.ListAsync(
            $"""
            SELECT series.id, series.testbed_id, series.spec_id, series.benchmark_id, series.measure_id, testbeds.name, benchmarks.name, measures.name, measures.units
            FROM series JOIN testbeds ON testbeds.id = series.testbed_id JOIN benchmarks ON benchmarks.id = series.benchmark_id
            JOIN measures ON measures.id = series.measure_id WHERE {where}
            """,
            row => new NamedSeries(
                row.Id<Series>(),
                new(row.Id<Testbed>(), row.Id<Spec>(), row.Id<Benchmark>(), row.Id<Measure>()),
                row.Text(),
                row.Text(),
                row.Text(),
                row.Text()
            ),
            ct
        );
    }

    private static ComparedResult ResultOf(Compared one, double believed)
    {
        var (series, ratio) = (one.Series, one.Ratio);
        return new(
            StateOf(one, believed),
            series.Benchmark,
            series.Measure,
            series.Units,
            series.Testbed,
            MedianOrNull(one.Base),
            one.Base.Length,
            MedianOrNull(one.Head),
            one.Head.Length,
            Finite(ratio.Effect),
            double.IsNaN(ratio.Low) ? null : new(Finite(ratio.Low), Finite(ratio.High)),
            Finite(ratio.P)
        );
    }

    private static ComparedState StateOf(Compared one, double believed)
    {
        if (one.Head.Length == 0)
            return ComparedState.OnlyBase;
        if (one.Base.Length == 0)
            return ComparedState.OnlyHead;
        if (double.IsNaN(one.Ratio.P))
            return ComparedState.Unclear;
        if (one.Ratio.P > believed || one.Ratio.Effect == 0)
            return ComparedState.Same;
        return (Directions.Of(one.Series.Units), one.Ratio.Effect > 0) switch
        {
            (Direction.Unknown, _) => ComparedState.Differs,
            (Direction.LowerIsBetter, true) or (Direction.HigherIsBetter, false) => ComparedState.Worse,
            _ => ComparedState.Better,
        };
    }

    private static double? MedianOrNull(double[] values) => values.Length == 0 ? null : Median(values);

    private static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2;
    }

    private static double? Finite(double number) => double.IsFinite(number) ? number : null;
}
