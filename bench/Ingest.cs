using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Reports;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>
/// The rate at which reports are received from CI jobs, each of which waits for the answer before it sends the next.
/// </summary>
internal static class Ingest
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Filling = TimeSpan.FromSeconds(30);

    private static readonly bool[] Judged = [false, true];
    private static readonly int[] Metrics = [1, 100, 1000];
    private static readonly int[] Clients = [1, 8, 64];

    // Each of the seven tests judges its own measure.
    private static readonly object Thresholds = new
    {
        models = ReportBody
            .Measures.Zip<string, object>([
                new { test = "static", upper_boundary = 2000 },
                new
                {
                    test = "percentage",
                    upper_boundary = 0.5,
                    max_sample_size = 64,
                },
                new
                {
                    test = "z_score",
                    upper_boundary = 0.999,
                    max_sample_size = 64,
                },
                new
                {
                    test = "t_test",
                    upper_boundary = 0.999,
                    max_sample_size = 64,
                },
                new
                {
                    test = "log_normal",
                    upper_boundary = 0.999,
                    max_sample_size = 64,
                },
                new
                {
                    test = "iqr",
                    upper_boundary = 3.0,
                    max_sample_size = 64,
                },
                new
                {
                    test = "delta_iqr",
                    upper_boundary = 3.0,
                    max_sample_size = 64,
                },
            ])
            .ToDictionary(pair => pair.First, pair => pair.Second),
    };

    public static async Task MeasureAsync(Figures figures)
    {
        foreach (var engine in Enum.GetValues<Engine>())
        {
            (string Name, int Clients, int Metrics, bool Judged)[] cells =
            [
                .. from judged in Judged
                from metrics in Metrics
                from clients in Clients
                select (
                    $"ingest/{Published.Word(engine)}/{(judged ? "judged" : "plain")}/{metrics}x{clients}",
                    clients,
                    metrics,
                    judged
                ),
            ];
            var grown = $"grown/{Published.Word(engine)}";
            if (!figures.Wants(grown) && !cells.Any(cell => figures.Wants(cell.Name)))
                continue;

            await using var server = await Published.ServerAsync(engine);
            var user = await Load.SignUpAsync(server);
            foreach (var cell in cells.Where(cell => figures.Wants(cell.Name)))
                figures.AddLoad(cell.Name, cell.Metrics, await RunAsync(user, cell.Clients, cell.Metrics, cell.Judged));
            if (figures.Wants(grown))
                await GrownAsync(figures, grown, user, server);
        }
    }

    // Posts to a new project, or to the given one with the thresholds that it has.
    private static async Task<LoadResult> RunAsync(
        TestUser user,
        int clients,
        int metrics,
        bool judged,
        string? project = null
    )
    {
        if (project is null)
        {
            project = await user.CreateProjectAsync($"{(judged ? "judged" : "plain")} {metrics} x {clients}");
            if (judged)
                await user.RunAsync(
                    new Run(project, ReportBody.Results(metrics, judged, seed: 0))
                    {
                        Thresholds = Thresholds,
                        Hash = Run.Commit(0xfffffff),
                    }
                );
        }
        return await Load.PostAsync(user, $"/v0/projects/{project}/reports", clients, Each, client => new ReportBody(
            metrics,
            judged,
            client
        ));
    }

    // The effect of a year of use: the same figures on a small database and on a full one.
    private static async Task GrownAsync(Figures figures, string name, TestUser user, ServerProcess server)
    {
        var plain = await user.CreateProjectAsync("before plain");
        var before = await RunAsync(user, clients: 8, metrics: 100, judged: false, plain);
        var filled = await user.CreateProjectAsync("filled");
        var fill = await Load.PostAsync(
            user,
            $"/v0/projects/{filled}/reports",
            clients: 4,
            Filling,
            client => new ReportBody(metrics: 1000, judged: false, client)
        );
        var after = await RunAsync(user, clients: 8, metrics: 100, judged: false, plain);

        var metrics = (before.Answers + after.Answers) * 100L + fill.Answers * 1000L;
        figures.Add(
            $"{name}/slower",
            $"{before.PerSecond * 100:#,0} metrics/s before, {after.PerSecond * 100:#,0} after "
                + $"{fill.Answers * 1000L:#,0} more metrics: {after.PerSecond / before.PerSecond:0.00} times",
            ("ratio", new(after.PerSecond / before.PerSecond))
        );
        var resident = Starts.ResidentBytes(server.Id);
        figures.Add($"{name}/memory", $"{resident >> 20} MiB resident", ("memory", new(resident)));
        if (!name.EndsWith("sqlite", StringComparison.Ordinal))
            return;
        var disk = new DirectoryInfo(server.DataFolder)
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Sum(file => file.Length);
        figures.Add(
            $"{name}/disk",
            $"{disk >> 20} MiB, {disk / (double)metrics:0} bytes per metric of this measurement",
            ("file-size", new(disk))
        );
    }

    internal static void AddLoad(this Figures figures, string name, int metrics, LoadResult load) =>
        figures.Add(
            name,
            $"{load.PerSecond, 8:#,0} reports/s {load.PerSecond * metrics, 9:#,0} metrics/s   p50 "
                + $"{load.Times.At(0.5).Ms(), 10}   p99 {load.Times.At(0.99).Ms(), 10}",
            ("throughput", new(load.PerSecond)),
            ("latency", Metric.Latency(load.Times))
        );
}
