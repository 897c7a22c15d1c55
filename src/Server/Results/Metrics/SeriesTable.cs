using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Metrics;

/// <summary>The key of a series within a head and testbed: its benchmark and measure.</summary>
internal readonly record struct SeriesKey(Id<Benchmark> BenchmarkId, Id<Measure> MeasureId)
{
    // Written by hand for speed: every metric of a report is looked up by this key.
    public bool Equals(SeriesKey other) => BenchmarkId == other.BenchmarkId && MeasureId == other.MeasureId;

    public override int GetHashCode() => BenchmarkId.GetHashCode() * -1521134295 + MeasureId.GetHashCode();
}

/// <summary>
/// A cache of the series that recently got metrics, kept by the single writer of the embedded database. Series never
/// change, and disappear only by a DELETE.
/// </summary>
internal sealed class KnownSeries
{
    private const int SeriesMax = 500_000; // 20 MB, slightly more with many groups.
    private readonly Dictionary<
        (Id<Head> HeadId, Id<Testbed> TestbedId, Id<Spec>? SpecId),
        Dictionary<SeriesKey, Id<Series>>
    > groups = [];
    private int held;

    public Dictionary<SeriesKey, Id<Series>> Of(Id<Head> headId, Id<Testbed> testbedId, Id<Spec>? specId) =>
        groups.TryGetValue((headId, testbedId, specId), out var series)
            ? series
            : groups[(headId, testbedId, specId)] = [];

    /// <param name="count">The number of series just added to one of the groups.</param>
    public void Grew(int count)
    {
        if ((held += count) <= SeriesMax)
            return;
        groups.Clear();
        held = 0;
    }
}

/// <summary>The table of series: a benchmark and measure on a head, testbed and spec.</summary>
internal static class SeriesTable
{
    /// <summary>Assigns each of these metrics its series, creating missing ones.</summary>
    public static async Task AssignAsync(Sql sql, RunPlace place, IReadOnlyCollection<ReportMetric> metrics)
    {
        if (metrics.Count == 0)
            return;
        var keys = metrics.Select(m => new SeriesKey(m.Benchmark.Id, m.Measure.Id)).Distinct().ToList();
        var series = await GetOrCreateAsync(sql, place.HeadId, place.TestbedId, place.SpecId, keys);
        foreach (var metric in metrics)
            metric.SeriesId = series[new(metric.Benchmark.Id, metric.Measure.Id)];
    }

    /// <summary>Returns the ids of the series that these metrics belong to, creating new series.</summary>
    public static async Task<Dictionary<SeriesKey, Id<Series>>> GetOrCreateAsync(
        Sql sql,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted
    )
    {
        var known = sql.Memory<KnownSeries>();
        var series = known?.Of(headId, testbedId, specId) ?? new(wanted.Count);
        var missing = wanted.Where(key => !series.ContainsKey(key)).ToArray();
        if (missing.Length == 0)
            return series;
        known?.Grew(missing.Length);
        await FindAsync(sql, headId, testbedId, specId, missing, series);
        missing = [.. missing.Where(key => !series.ContainsKey(key))];
        if (missing.Length == 0)
            return series;
        var rows = new NewRows("series", missing.Length)
            .With("head_id", headId)
            .With("testbed_id", testbedId)
            .With("spec_id", specId?.Value ?? 0)
            .With("benchmark_id", [.. missing.Select(key => key.BenchmarkId.Value)])
            .With("measure_id", [.. missing.Select(key => key.MeasureId.Value)]);
        foreach (
            var (key, id) in await sql.InsertAllAsync(rows, new("benchmark_id, measure_id, id"), row =>
                (new SeriesKey(row.Id<Benchmark>(), row.Id<Measure>()), row.Id<Series>())
            )
        )
            series[key] = id;
        return series;
    }

    private static Task FindAsync(
        Sql sql,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted,
        Dictionary<SeriesKey, Id<Series>> found
    ) =>
        sql.ReadAsync(
            sql.Engine == Engine.Postgres
                ? SqlText.Of(
                    $"""
                    SELECT wanted.benchmark_id, wanted.measure_id, series.id FROM {SeriesJoin.Wanted(wanted)}
                    CROSS JOIN LATERAL (SELECT id FROM series
                        WHERE head_id = {headId} AND testbed_id = {testbedId} AND spec_id = {specId?.Value ?? 0}
                          AND measure_id = wanted.measure_id AND benchmark_id = wanted.benchmark_id LIMIT 1) series
                    """
                )
                : SqlText.Of(
                    $"""
                    SELECT benchmark_id, measure_id, id FROM series
                    WHERE head_id = {headId} AND testbed_id = {testbedId} AND spec_id = {specId?.Value ?? 0}
                      AND measure_id IN {wanted.Select(key => key.MeasureId.Value).Distinct().ToArray()}
                      AND benchmark_id IN {wanted.Select(key => key.BenchmarkId.Value).Distinct().ToArray()}
                    """
                ),
            row =>
            {
                found[new(row.Id<Benchmark>(), row.Id<Measure>())] = row.Id<Series>();
                return true;
            }
        );
}
