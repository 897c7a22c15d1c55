using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;

namespace Paddock.Cli.Backtests;

/// <summary>Reads the whole history of a branch, a few series at a time.</summary>
internal sealed class History(ApiClient api, ResourceId project)
{
    private const int PageSize = 255,
        SeriesMax = 255,
        PagesMax = 1000;

    /// <exception cref="Failure">The project or branch does not exist, or the server cannot be reached.</exception>
    public async Task<IReadOnlyList<PastSeries>> ReadAsync(string branch, CancellationToken ct)
    {
        var root = $"/v0/projects/{project}";
        var head = await api.SendAsync(
            HttpMethod.Get,
            $"{root}/branches/{Uri.EscapeDataString(branch)}",
            body: null,
            Wire.Default.Branch,
            ct
        );
        var testbeds = (await AllAsync($"{root}/testbeds", Wire.Default.IReadOnlyListTestbed, ct)).ConvertAll(one =>
            one.Uuid
        );
        var benchmarks = (await AllAsync($"{root}/benchmarks", Wire.Default.IReadOnlyListBenchmark, ct)).ConvertAll(
            one => one.Uuid
        );
        var measures = (await AllAsync($"{root}/measures", Wire.Default.IReadOnlyListMeasure, ct)).ConvertAll(one =>
            one.Uuid
        );
        List<PastSeries> history = [];
        foreach (var testbed in testbeds)
        foreach (var measure in measures)
        foreach (var some in benchmarks.Chunk(SeriesMax))
        {
            var path =
                $"{root}/perf?branches={head.Uuid}&testbeds={testbed}&measures={measure}&"
                + $"benchmarks={string.Join(',', some)}";
            var perf = await api.SendAsync(HttpMethod.Get, path, body: null, Wire.Default.Perf, ct);
            history.AddRange(
                perf.Results.Where(one => one.Metrics.Count > 0)
                    .Select(one => new PastSeries(testbed, one.Measure.Units, Reports(one)))
            );
        }
        return history;
    }

    private static List<PastReport> Reports(PerfSeries series) =>
        [
            .. series
                .Metrics.GroupBy(point => point.Report)
                .OrderBy(of => of.First().Version.Number)
                .ThenBy(of => of.First().StartTime)
                .Select(
                    (of, i) =>
                        new PastReport(
                            of.First().StartTime,
                            i,
                            [.. of.OrderBy(point => point.Iteration).Select(point => point.Metric.Value)]
                        )
                ),
        ];

    private async Task<List<T>> AllAsync<T>(string path, JsonTypeInfo<IReadOnlyList<T>> shape, CancellationToken ct)
    {
        List<T> all = [];
        for (var page = 1; page <= PagesMax; page++)
        {
            var some = await api.SendAsync(
                HttpMethod.Get,
                $"{path}?per_page={PageSize}&page={page}",
                body: null,
                shape,
                ct
            );
            all.AddRange(some);
            if (some.Count < PageSize)
                break;
        }
        return all;
    }
}
