using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Overview;

/// <summary>How one measure developed over the last runs, all benchmarks combined.</summary>
/// <param name="Trend">The geometric mean of each run relative to the first one: 1 is unchanged.</param>
/// <param name="Series">The number of series in the index.</param>
public sealed record MeasureIndex(string Measure, string Slug, string Units, Trend Trend, int Series)
{
    private const int SeriesMax = 500;

    private readonly record struct Value(long Version, double Number);

    /// <summary>
    /// Computes an index for each measure of a line. Leaves out benchmarks that some runs lack, since an index over a
    /// changing set of benchmarks is not a trend.
    /// </summary>
    internal static async Task<List<MeasureIndex>> LoadAsync(Sql sql, HomeLine line, CancellationToken ct)
    {
        var series = await sql.ListAsync(
            $"""
            SELECT series.id, measures.name, measures.slug, measures.units FROM series JOIN measures ON measures.id = series.measure_id
            WHERE series.head_id = {line.HeadId} AND series.testbed_id = {line.TestbedId} AND series.spec_id = {line.SpecId}
            ORDER BY series.id LIMIT {SeriesMax}
            """,
            row => (Id: row.Id<Series>(), Name: row.Text(), Slug: row.Text(), Units: row.Text()),
            ct
        );
        var values = new Dictionary<Id<Series>, List<Value>>();
        if (series.Count > 0)
        {
            Id<Series>[] ids = [.. series.Select(one => one.Id)];
            await sql.ReadAsync(
                $"""
                SELECT series_id, version_id, avg(value) FROM metrics WHERE series_id IN {ids} AND version_id >= {line.VersionMin}
                GROUP BY series_id, version_id ORDER BY series_id, version_id
                """,
                row =>
                {
                    var id = row.Id<Series>();
                    if (!values.TryGetValue(id, out var list))
                        values.Add(id, list = []);
                    list.Add(new(row.Long(), row.Double()));
                    return true;
                },
                ct
            );
        }
        return
        [
            .. series
                .GroupBy(one => (one.Name, one.Slug, one.Units))
                .Select(measure =>
                    (
                        measure.Key,
                        Lists: measure.Select(one => values.GetValueOrDefault(one.Id)).OfType<List<Value>>().ToList()
                    )
                )
                .Select(measure => (measure.Key, Index: Of(measure.Lists), measure.Lists))
                .Where(measure => measure.Index.Values.Count > 1)
                .Select(measure => new MeasureIndex(
                    measure.Key.Name,
                    measure.Key.Slug,
                    measure.Key.Units,
                    new(measure.Index.Values, Measure: ""),
                    measure.Index.Series
                ))
                .OrderByDescending(index => index.Series)
                .ThenBy(index => index.Measure, StringComparer.Ordinal),
        ];
    }

    private static (List<double> Values, int Series) Of(List<List<Value>> lists)
    {
        var runs = lists.Count == 0 ? 0 : lists.Max(list => list.Count);
        var whole = lists.FindAll(list => list.Count == runs && list.TrueForAll(value => value.Number > 0));
        if (whole.Count == 0)
            return ([], 0);
        List<double> index =
        [
            .. Enumerable
                .Range(0, runs)
                .Select(run => Math.Exp(whole.Average(list => Math.Log(list[run].Number / list[0].Number)))),
        ];
        return (index, whole.Count);
    }
}
