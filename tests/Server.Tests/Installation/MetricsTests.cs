using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Results.Perf;
using Paddock.Server.Tests.Machines.Fleet;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Installation;

public sealed partial class MetricsTests
{
    private const string Token = "a token of the settings";

    [Theory, EveryDatabase]
    public async Task Metrics_are_readable_by_administrators_and_with_the_metrics_token_only(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                MetricsToken = Token,
            }
        );
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Other"));

        Assert.Equal(400, (await server.GetAsync("/metrics")).Status);
        Assert.Equal(400, (await server.With("another token of settings").GetAsync("/metrics")).Status);
        Assert.Equal(403, (await bob.GetAsync("/metrics")).Status);
        foreach (var caller in new[] { ada, server.With(Token) })
        {
            var reply = await caller.GetAsync("/metrics");
            Assert.Equal(200, reply.Status);
            Assert.Contains("paddock_build_info{version=", reply.Text, StringComparison.Ordinal);
        }
    }

    [Theory, EveryDatabase]
    public async Task Metrics_report_the_jobs_runners_and_queue_of_the_fleet(Engine engine)
    {
        await using var world = await FleetWorld.MakeAsync(engine);
        var rig = await world.ConnectAsync(world.Ours);
        for (var i = 0; i < 3; i++)
            await world.SubmitAsync();
        await rig.TakeAsync();
        world.Clock.Advance(TimeSpan.FromSeconds(7));

        var samples = Samples((await world.Admin.GetAsync("/metrics")).Text);

        Assert.Equal(2, samples["paddock_queue_jobs{spec=\"fast-box\"}"]);
        Assert.Equal(7, samples["paddock_queue_oldest_seconds{spec=\"fast-box\"}"]);
        Assert.Equal(
            (2, 1, 0),
            (
                samples["paddock_jobs{status=\"pending\"}"],
                samples["paddock_jobs{status=\"claimed\"}"],
                samples["paddock_jobs{status=\"running\"}"]
            )
        );
        Assert.Equal(
            (1, 2),
            (samples["paddock_runners{status=\"busy\"}"], samples["paddock_runners{status=\"offline\"}"])
        );
        Assert.Equal(1, samples["paddock_runner_slots{state=\"taken\"}"]);
        // Counts all servers of this process.
        Assert.True(samples["paddock_job_wait_seconds_count{spec=\"fast-box\"}"] >= 1);
        Assert.Contains(samples.Keys, key =>
            key.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal)
            && key.Contains("http_route=\"/v0/run\"", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Metrics_lines_follow_the_Prometheus_text_format()
    {
        await using var world = await FleetWorld.MakeAsync(Engine.Sqlite);
        await world.Admin.RunAsync(new Run("app"));
        await world.Admin.GetAsync("/v0/users");
        var families = new HashSet<string>();
        foreach (
            var line in (await world.Admin.GetAsync("/metrics")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        )
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                Assert.True(families.Add(line.Split(' ')[2]), $"twice: {line}");
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
                Assert.Matches(Line, line);
        }
        Assert.Contains("paddock_ingest_reports_total", families);
        Assert.Contains("paddock_ingest_duration_seconds", families);
    }

    [Theory]
    [InlineData("paddock.job.wait", "s", false, "paddock_job_wait_seconds")]
    [InlineData("paddock.ingest.reports", "{report}", true, "paddock_ingest_reports_total")]
    [InlineData("dotnet.gc.heap.total_allocated", "By", true, "dotnet_gc_heap_total_allocated_bytes_total")]
    [InlineData("kestrel.active_connections", "{connection}", false, "kestrel_active_connections")]
    public void Metric_names_follow_the_Prometheus_conventions(
        string instrument,
        string unit,
        bool isCounter,
        string wanted
    ) => Assert.Equal(wanted, PrometheusText.Name(instrument, unit, isCounter));

    [Fact]
    public void Labels_are_escaped() =>
        Assert.Equal(
            "a_b=\"x\\\"y\\\\z\\n\"",
            PrometheusText.Labels(new KeyValuePair<string, object?>("a.b", "x\"y\\z\n"))
        );

    [Fact]
    public async Task The_dashboard_queries_only_existing_metrics_and_labels()
    {
        await using var world = await FleetWorld.MakeAsync(Engine.Sqlite);
        var rig = await world.ConnectAsync(world.Ours);
        var job = await world.SubmitAsync();
        await world.SubmitAsync();
        await rig.TakeAsync();
        await rig.AskAsync(new { @event = "running" }, "ack");
        await rig.AskAsync(Tests.Machines.Jobs.JobLifeTests.Completed(job, Run.Latencies(("a", 1))), "ack");
        await world.Admin.RunAsync(new Run("app"));
        var exposed = Samples((await world.Admin.GetAsync("/metrics")).Text).Keys;
        var names = exposed.Select(key => key.Split('{')[0]).ToHashSet();
        var labels = exposed
            .SelectMany(key => LabelName.Matches(key).Select(match => $"{key.Split('{')[0]}.{match.Groups[1].Value}"))
            .ToHashSet();

        var queries = Queries(JsonNode.Parse(await File.ReadAllTextAsync(Dashboard))!).ToList();
        Assert.True(queries.Count >= 10, $"only {queries.Count} queries");
        foreach (var query in queries)
        {
            var asked = MetricName.Matches(query).Select(match => match.Value).ToList();
            Assert.NotEmpty(asked);
            foreach (var name in asked)
                Assert.True(names.Contains(name), $"{query} asks for {name}, which is not there.");
            foreach (Match by in Grouping.Matches(query))
            foreach (var label in by.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries))
                Assert.True(
                    label == "le" || asked.Exists(name => labels.Contains($"{name}.{label}")),
                    $"{query} groups by {label}, which none of its metrics has."
                );
        }
    }

    private static string Dashboard
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Paddock.slnx")))
                folder = folder.Parent;
            return Path.Combine(folder!.FullName, "integrations", "grafana", "paddock.json");
        }
    }

    private static Dictionary<string, double> Samples(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .ToDictionary(
                line => line[..line.LastIndexOf(' ')],
                line =>
                    double.Parse(
                        line[(line.LastIndexOf(' ') + 1)..].Replace("+Inf", "Infinity"),
                        System.Globalization.CultureInfo.InvariantCulture
                    )
            );

    private static IEnumerable<string> Queries(JsonNode? node) =>
        node switch
        {
            JsonObject json => json.SelectMany(member =>
                member is { Key: "expr", Value: { } query } ? [(string)query!] : Queries(member.Value)
            ),
            JsonArray list => list.SelectMany(Queries),
            _ => [],
        };

    [GeneratedRegex(
        """^[a-z_][a-z0-9_]*(\{[a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? (-?[0-9.]+(E[+-]?[0-9]+)?|[+-]Inf|NaN)$"""
    )]
    private static partial Regex Line { get; }

    [GeneratedRegex("(?:paddock|http_server|dotnet|kestrel)_[a-z0-9_]+")]
    private static partial Regex MetricName { get; }

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex LabelName { get; }

    [GeneratedRegex(@"by \(([a-z_, ]+)\)")]
    private static partial Regex Grouping { get; }
}
