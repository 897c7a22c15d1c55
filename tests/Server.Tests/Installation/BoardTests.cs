using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Installation;

/// <summary>The operators' dashboard, queried in a real Prometheus that scrapes a server.</summary>
public sealed class BoardTests
{
    private const string Token = "a token of the settings";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [FactWithPrometheus]
    public async Task Every_dashboard_query_returns_data_from_a_real_Prometheus()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                MetricsToken = Token,
            }
        );
        var world = await JobWorld.MakeAsync(server);
        await using var rig = await world.ConnectAsync("Rig");
        await world.CreateRunnerAsync("Rig that is off");
        using var prometheus = await Prometheus.StartAsync(server.Address, Token);
        var missing = Queries();
        Assert.True(missing.Count >= 20, $"the board asks only {missing.Count} queries");

        // A rate needs two scrapes with activity in between.
        for (var waited = Stopwatch.StartNew(); missing.Count > 0 && waited.Elapsed < Patience; )
        {
            await world.Admin.RunAsync(new Run(world.Project, Run.Latencies(("a", 1))));
            var job = await world.SubmitAsync();
            await rig.TakeAsync();
            await rig.AskAsync(new { @event = "running" }, "ack");
            await rig.AskAsync(JobLifeTests.Completed(job, Run.Latencies(("a", 1))), "ack");
            foreach (var query in missing.ToList())
                if (await prometheus.AnswersAsync(query))
                    missing.Remove(query);
        }

        Assert.Empty(missing);
    }

    private static HashSet<string> Queries()
    {
        var board = Path.Combine(BuiltProgram.Root, "integrations", "grafana", "paddock.json");
        return
        [
            .. JsonNode.Parse(File.ReadAllText(board))!["panels"]!
                .AsArray()
                .SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
                .Select(target =>
                    ((string)target!["expr"]!).Replace("$__rate_interval", "1m", StringComparison.Ordinal)
                ),
        ];
    }
}

/// <summary>Prometheus on a free port, scraping one server; it ends with the test.</summary>
internal sealed class Prometheus : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Scratch.Folder("paddock-prometheus-");
    private readonly Process process;
    private readonly HttpClient http;

    private Prometheus(Uri server, string token)
    {
        var port = ServerProcess.FreePort();
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        var settings = Path.Combine(folder, "prometheus.yml");
        File.WriteAllText(
            settings,
            $"""
            scrape_configs:
              - job_name: paddock
                scrape_interval: 200ms
                scrape_timeout: 200ms
                authorization:
                  credentials: {token}
                static_configs:
                  - targets: ["{server.Authority}"]
            """
        );
        http = new() { BaseAddress = new($"http://{address}") };
        var start = new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={settings}",
                $"--storage.tsdb.path={Path.Combine(folder, "data")}",
                $"--web.listen-address={address}",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        Said = process.StandardError.ReadToEndAsync();
    }

    private Task<string> Said { get; }

    public static async Task<Prometheus> StartAsync(Uri server, string token)
    {
        var prometheus = new Prometheus(server, token);
        for (var waited = Stopwatch.StartNew(); ; )
        {
            try
            {
                using var answer = await prometheus.http.GetAsync("/-/ready");
                if (answer.IsSuccessStatusCode)
                    return prometheus;
            }
            catch (HttpRequestException) { }
            if (prometheus.process.HasExited)
                throw new InvalidOperationException($"Prometheus ended: {await prometheus.Said}");
            if (waited.Elapsed > Patience)
                throw new TimeoutException($"Prometheus was not ready within {Patience}.");
            await Task.Delay(20); // Not a test's wait: no event announces that it listens.
        }
    }

    /// <returns>True when the query yields a number by now.</returns>
    public async Task<bool> AnswersAsync(string query)
    {
        using var answer = await http.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{query}: {text}");
        return JsonNode.Parse(text)!["data"]!["result"]!
            .AsArray()
            .Any(sample => (string)sample!["value"]![1]! is not ("NaN" or "+Inf"));
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithPrometheusAttribute : FactAttribute
{
    public FactWithPrometheusAttribute()
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        if (!Array.Exists(folders, folder => File.Exists(Path.Combine(folder, "prometheus"))))
            Skip = "prometheus is not installed (Debian: prometheus)";
    }
}
