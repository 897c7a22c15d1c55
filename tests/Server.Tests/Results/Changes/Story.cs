using System.Text.Json.Nodes;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>A project's history as CI creates it: one report per commit, with values that spread by 1 %.</summary>
internal sealed class Story(Client user, string project)
{
    private readonly Random random = new(17);

    private Client sender = user;

    /// <summary>Sets the client that sends the next reports.</summary>
    public Story On(Client client)
    {
        sender = client;
        return this;
    }

    private object? context;

    /// <summary>Sets the context of the next reports.</summary>
    public Story WithContext(object? value)
    {
        context = value;
        return this;
    }

    /// <summary>The number of commits reported so far.</summary>
    public int Commits { get; private set; }

    public static async Task<(TestUser User, Story Story)> BeginAsync(TestServer server)
    {
        var user = await server.SignUpAsync("Ada Admin");
        return (user, new(user, await user.CreateProjectAsync("Demo")));
    }

    /// <summary>Reports commits of one benchmark, "a", at this level; returns the last report.</summary>
    public Task<JsonNode> RunAsync(
        int commits,
        double level,
        string branch = "main",
        object? start = null,
        object? thresholds = null
    ) => RunAsync(commits, branch, start, thresholds, ("a", level));

    public async Task<JsonNode> RunAsync(
        int commits,
        string branch,
        object? start,
        object? thresholds,
        params (string Benchmark, double Level)[] levels
    )
    {
        JsonNode? report = null;
        for (var i = 0; i < commits; i++)
            report = await ReportAsync(
                branch,
                start,
                thresholds,
                [.. levels.Select(of => (of.Benchmark, of.Level * Noise()))]
            );
        return report!;
    }

    private async Task<JsonNode> ReportAsync(
        string branch,
        object? start,
        object? thresholds,
        params (string Benchmark, double Value)[] values
    )
    {
        var report = await sender.RunAsync(
            new(project, Run.Latencies(values))
            {
                Branch = branch,
                Hash = Run.Commit(Commits),
                StartPoint = start,
                Thresholds = thresholds,
                Context = context,
                Start = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero).AddMinutes(Commits),
            }
        );
        Commits++;
        return report;
    }

    /// <summary>Reports commits of "a" with exactly these values; returns the last report.</summary>
    public async Task<JsonNode> SayAsync(params double[] values) => (await EachAsync(values))[^1];

    /// <inheritdoc cref="SayAsync"/>
    /// <returns>All reports.</returns>
    public async Task<List<JsonNode>> EachAsync(params double[] values)
    {
        List<JsonNode> reports = [];
        foreach (var value in values)
            reports.Add(await ReportAsync("main", null, null, ("a", value)));
        return reports;
    }

    public static JsonNode VerdictOf(JsonNode report, int benchmark = 0) =>
        report["results"]![0]![benchmark]!["measures"]![0]!["verdict"]!;

    public static string StateOf(JsonNode report, int benchmark = 0) => (string)VerdictOf(report, benchmark)["state"]!;

    private double Noise() =>
        1 + 0.01 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
