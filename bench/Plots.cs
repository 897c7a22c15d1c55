using System.Diagnostics;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Reports;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>The time to read points: many lines of a project, and one long line.</summary>
internal static class Plots
{
    private const int Queries = 9;

    public static async Task MeasureAsync(Figures figures)
    {
        foreach (var engine in Enum.GetValues<Engine>())
        {
            var name = $"plot/{Published.Word(engine)}";
            if (figures.Wants($"{name}/112x2000"))
                await MeasureAsync(figures, engine, $"{name}/112x2000", benchmarks: 112, versions: 2000, iterations: 1);
            if (figures.Wants($"{name}/1x100000"))
                await MeasureAsync(
                    figures,
                    engine,
                    $"{name}/1x100000",
                    benchmarks: 1,
                    versions: 10_000,
                    iterations: 10
                );
        }
    }

    private static async Task MeasureAsync(
        Figures figures,
        Engine engine,
        string name,
        int benchmarks,
        int versions,
        int iterations
    )
    {
        await using var server = await Published.ServerAsync(engine);
        var user = await Load.SignUpAsync(server);
        var project = await user.CreateProjectAsync("plotted");
        for (var version = 0; version < versions; version++)
        {
            var results = Enumerable
                .Range(0, iterations)
                .Select(i => ReportBody.Results(benchmarks, judged: false, seed: version * iterations + i))
                .ToArray();
            await user.RunAsync(
                new Run(project, results)
                {
                    Hash = Run.Commit(version + 1),
                    Start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(version),
                }
            );
        }

        var query =
            $"/v0/projects/{project}/perf?branches={await IdsAsync("branches")}&testbeds={await IdsAsync("testbeds")}"
            + $"&measures={await IdsAsync("measures")}&benchmarks={await IdsAsync("benchmarks")}";
        var first = (await user.GetAsync(query)).Expect(200);
        var points = first["results"]!.AsArray().Sum(line => line!["metrics"]!.AsArray().Count);
        if (points != benchmarks * versions * iterations)
            throw new InvalidOperationException($"{name}: {points} points were returned");
        foreach (var (form, more) in new[] { ("", ""), ("/compact", "&format=compact") })
        {
            var (times, bytes) = await TimeAsync(user, query + more);
            figures.Add(
                name + form,
                $"p50 {times.At(0.5).Ms()}, max {times[^1].Ms()}, {bytes / 1e6:0.0} MB",
                ("latency", Metric.Latency(times, upper: 1))
            );
        }

        async Task<string> IdsAsync(string noun)
        {
            var rows = (await user.GetAsync($"/v0/projects/{project}/{noun}?per_page=255")).Expect(200).AsArray();
            return string.Join("%2C", rows.Select(row => (string)row!["uuid"]!));
        }
    }

    private static async Task<(List<TimeSpan> Sorted, long Bytes)> TimeAsync(TestUser user, string query)
    {
        var times = new List<TimeSpan>();
        long bytes = 0;
        for (var n = 0; n < Queries; n++)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await user.Http.GetAsync(query, HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await answer.Content.ReadAsStreamAsync();
            bytes = await DrainAsync(stream);
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        times.Sort();
        return (times, bytes);
    }

    private static async Task<long> DrainAsync(Stream stream)
    {
        var buffer = new byte[1 << 16];
        long bytes = 0;
        while (await stream.ReadAsync(buffer) is var read and > 0)
            bytes += read;
        return bytes;
    }
}
