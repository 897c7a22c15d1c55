using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Metrics;

/// <summary>Builds SQL joins with the series of many keys on a testbed and spec.</summary>
internal static class SeriesJoin
{
    /// <param name="head">The column that holds the head.</param>
    /// <param name="alias">The alias of the series table.</param>
    /// <param name="keys">On SQLite the result also includes series of other pairs of these benchmarks and
    /// measures.</param>
    public static SqlText With(
        Engine engine,
        Raw head,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> keys,
        Raw alias
    ) =>
        engine switch
        {
            Engine.Postgres => SqlText.Of(
                $"""
                CROSS JOIN {Wanted(keys)}
                CROSS JOIN LATERAL (SELECT * FROM series
                    WHERE head_id = {head} AND testbed_id = {testbedId} AND spec_id = {specId?.Value ?? 0}
                      AND measure_id = wanted.measure_id AND benchmark_id = wanted.benchmark_id OFFSET 0) {alias}
                """
            ),
            Engine.Sqlite => SqlText.Of(
                $"""
                JOIN series {alias} ON {alias}.head_id = {head} AND {alias}.testbed_id = {testbedId}
                  AND {alias}.spec_id = {specId?.Value ?? 0}
                  AND {alias}.measure_id IN {keys.Select(key => key.MeasureId.Value).Distinct().ToArray()}
                  AND {alias}.benchmark_id IN {keys.Select(key => key.BenchmarkId.Value).Distinct().ToArray()}
                """
            ),
        };

    /// <summary>
    /// On PostgreSQL, the keys as rows: each key is then one index seek, whatever table sizes the planner assumes.
    /// </summary>
    public static SqlText Wanted(IReadOnlyCollection<SeriesKey> keys)
    {
        var benchmarks = new ArrayOf(keys.Select(key => key.BenchmarkId.Value).ToArray());
        var measures = new ArrayOf(keys.Select(key => key.MeasureId.Value).ToArray());
        return SqlText.Of($"unnest({benchmarks}, {measures}) AS wanted (benchmark_id, measure_id)");
    }
}
