using System.Diagnostics;
using System.Net.Http.Headers;
using Npgsql;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Reports;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>The cost of a report, a metric and a point as a database grows: the figures behind docs/scale.md.</summary>
internal static class Growth
{
    private const int Filling = 1000; // Metrics in each report that fills the database.
    private const int Senders = 4;
    private const int Reads = 15;

    private static readonly TimeSpan Each = TimeSpan.FromSeconds(3);
    private static readonly int[] Sizes = [100_000, 1_000_000];
    private const int Largest = 10_000_000; // Takes minutes, so it is measured only on request.

    public static async Task MeasureAsync(Figures figures, string filter)
    {
        var largest = $"/{Largest}";
        var isLarge = filter.EndsWith(largest, StringComparison.Ordinal);
        int[] sizes = isLarge ? [.. Sizes, Largest] : Sizes;
        foreach (var engine in Enum.GetValues<Engine>())
        {
            var name = $"growth/{Published.Word(engine)}";
            if (isLarge ? name.StartsWith(filter[..^largest.Length], StringComparison.Ordinal) : figures.Wants(name))
                await MeasureAsync(figures, engine, name, sizes);
        }
    }

    private static async Task MeasureAsync(Figures figures, Engine engine, string name, int[] sizes)
    {
        var database = engine == Engine.Postgres ? PostgresServer.NewDatabase(durable: true) : null;
        var settings = new Dictionary<string, string>();
        if (database is not null)
            settings["PADDOCK_DATABASE"] = database;
        await using (var server = await Published.ServerAsync(engine, settings))
        {
            var user = await Load.SignUpAsync(server);
            var (project, other) = (await user.CreateProjectAsync("large"), await user.CreateProjectAsync("other"));
            var (sent, client) = (0, 0);
            foreach (var size in sizes)
            {
                var at = $"{name}/{size}";
                var watch = Stopwatch.StartNew();
                var before = sent;
                sent = await FillAsync(user, project, sent, size / Filling);
                var perSecond = (sent - before) * Filling / watch.Elapsed.TotalSeconds;
                figures.Add(
                    $"{at}/fill",
                    $"{perSecond:#,0} metrics/s in reports of {Filling}",
                    ("throughput", new(perSecond))
                );
                var bytes = await BytesAsync(server, database);
                figures.Add(
                    $"{at}/bytes",
                    $"{(double)bytes.Metrics / size:0.0} B per metric, {(double)bytes.All / size:0.0} B in all",
                    ("bytes", new((double)bytes.All / size))
                );
                foreach (var metrics in (int[])[1, 100])
                    figures.AddLoad(
                        $"{at}/report-{metrics}",
                        metrics,
                        // Uses commits without earlier reports, because a report for an earlier commit causes a new
                        // judgment.
                        await Load.PostAsync(user, $"/v0/projects/{other}/reports", 1, Each, _ => new ReportBody(
                            metrics,
                            judged: false,
                            ++client
                        ))
                    );
                await ReadAsync(figures, $"{at}/points", user, project, points: 100 * size / Filling);
            }
            await EraseAsync(figures, $"{name}/{sizes[^1]}/erase", user, project, other);
        }
        if (database is not null)
            PostgresServer.Drop(database);
    }

    private static async Task<int> FillAsync(TestUser user, string project, int sent, int until)
    {
        using var http = new HttpClient { BaseAddress = user.Address, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
        await Task.WhenAll(
            Enumerable
                .Range(0, Senders)
                .Select(sender =>
                    Task.Run(async () =>
                    {
                        var body = new ReportBody(Filling, judged: false, client: sent + sender);
                        for (var i = sent + sender; i < until; i += Senders)
                        {
                            using var content = new ByteArrayContent(body.Next());
                            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                            using var answer = await http.PostAsync($"/v0/projects/{project}/reports", content);
                            answer.EnsureSuccessStatusCode();
                        }
                    })
                )
        );
        return until;
    }

    /// <summary>The size of the metrics and of the whole database; on SQLite both are the file's size.</summary>
    private static async Task<(long Metrics, long All)> BytesAsync(ServerProcess server, string? database)
    {
        if (database is null)
        {
            var file = new FileInfo(Path.Combine(server.DataFolder, "paddock.db"));
            return (file.Length, file.Length);
        }
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT pg_total_relation_size('metric_rows'), pg_database_size(current_database())",
            connection
        );
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetInt64(0), row.GetInt64(1));
    }

    // Reads all points of a hundred series, as a plot in the browser does.
    private static async Task ReadAsync(Figures figures, string name, TestUser user, string project, int points)
    {
        var query =
            $"/v0/projects/{project}/perf?format=compact&branches={await IdsAsync("branches", 1)}"
            + $"&testbeds={await IdsAsync("testbeds", 1)}&measures={await IdsAsync("measures", 1)}"
            + $"&benchmarks={await IdsAsync("benchmarks", 100)}";
        var times = new List<TimeSpan>();
        for (var i = 0; i < Reads; i++)
        {
            var watch = Stopwatch.StartNew();
            var answer = await user.GetAsync(query);
            times.Add(watch.Elapsed);
            if (answer.Status != 200)
                throw new InvalidOperationException($"{name}: {answer.Text}");
        }
        times.Sort();
        figures.Add(
            name,
            $"{points:#,0} points: p50 {times.At(0.5).Ms()}, {times.At(0.5).TotalMicroseconds / points:0.00} us each",
            ("latency", Metric.Latency(times, upper: 1))
        );

        async Task<string> IdsAsync(string noun, int count) =>
            string.Join(
                ',',
                (await user.GetAsync($"/v0/projects/{project}/{noun}?per_page={count}"))
                    .Expect(200)
                    .AsArray()
                    .Select(row => (string)row!["uuid"]!)
            );
    }

    // Deletes a project permanently while another project receives reports.
    private static async Task EraseAsync(Figures figures, string name, TestUser user, string project, string other)
    {
        var watch = Stopwatch.StartNew();
        var erasing = Task.Run(async () =>
        {
            using var patient = new HttpClient { BaseAddress = user.Address, Timeout = TimeSpan.FromMinutes(10) };
            patient.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
            using var answer = await patient.DeleteAsync($"/v0/projects/{project}?hard=true");
            answer.EnsureSuccessStatusCode();
            return watch.Elapsed;
        });
        var body = new ReportBody(metrics: 100, judged: false, client: 99);
        var times = new List<TimeSpan>();
        using var http = new HttpClient { BaseAddress = user.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
        while (!erasing.IsCompleted)
        {
            var start = watch.Elapsed;
            using var content = new ByteArrayContent(body.Next());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await http.PostAsync($"/v0/projects/{other}/reports", content);
            answer.EnsureSuccessStatusCode();
            times.Add(watch.Elapsed - start);
        }
        var took = await erasing;
        times.Sort();
        figures.Add(
            name,
            $"erased in {took.TotalSeconds:0.0} s; meanwhile {times.Count} reports of another project, p50 "
                + $"{times.At(0.5).Ms()}, p99 {times.At(0.99).Ms()}, max {times[^1].Ms()}",
            ("latency", Metric.Latency(times, upper: 1))
        );
    }
}
