using System.Net;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>
/// Histories from real projects, and noise without any change, sent to a server: its verdicts equal the verdicts of
/// the library.
/// </summary>
public sealed class RealCaseTests
{
    private const int Seed = 20261129;

    [Theory, EveryDatabase]
    public async Task A_drop_in_throughput_is_judged_slower(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var history = await History.BeginAsync(server, "throughput");
        var random = new Random(Seed);
        await history.SayAsync(30, () => 51_000 * Normal(random, 0.02));

        Assert.Equal("slower", StateOf(await history.SayAsync(5, () => 20_000 * Normal(random, 0.02))));
        Assert.Equal(1, await server.CountAsync("changes"));
    }

    [Theory, EveryDatabase]
    public async Task A_jump_from_zero_to_100_is_proven_by_equal_reruns(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var history = await History.BeginAsync(server, "latency");
        await history.SayAsync(8, () => 0);
        var suspected = await history.SayAsync(1, () => 100);

        var proven = await history.RerunAsync(suspected, 100, 100, 100, 100, 100);

        Assert.Equal(("suspected", "slower"), (StateOf(suspected), StateOf(proven)));
    }

    [Theory, EveryDatabase]
    public async Task Instruction_counts_are_steady_below_the_minimum_effect_and_proven_by_reruns_above_it(
        Engine engine
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var history = await History.BeginAsync(server, "instructions");
        await history.SayAsync(30, () => 1_000_000);

        Assert.Equal("steady", StateOf(await history.SayAsync(1, () => 1_000_020)));
        var suspected = await history.SayAsync(1, () => 1_020_000);
        var proven = await history.RerunAsync(suspected, 1_020_000, 1_020_000, 1_020_000, 1_020_000, 1_020_000);

        Assert.Equal(("suspected", "slower"), (StateOf(suspected), StateOf(proven)));
        Assert.Equal(0.02, (double)VerdictOf(proven)["effect"]!, 1e-6);
    }

    [Theory, EveryDatabase]
    public async Task Alternating_values_raise_no_change_and_a_shift_of_both_levels_is_found(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var history = await History.BeginAsync(server, "latency");
        var (random, run) = (new Random(Seed), 0);
        var report = await history.SayAsync(60, () => (run++ % 2 == 0 ? 112 : 100) * Normal(random, 0.01));

        Assert.Equal(0, await server.CountAsync("changes"));
        Assert.Equal(100, (double)VerdictOf(report)["two_levels"]!["low"]!, 1.0);
        Assert.Equal(112, (double)VerdictOf(report)["two_levels"]!["high"]!, 1.0);
        Assert.Contains("; the values alternate between two levels, ", (string)VerdictOf(report)["sentence"]!);
        var sentence = (string)report["changes"]!["sentence"]!;
        Assert.Contains("1 result alternates between two levels: a ", sentence);
        var stored = (await server.GetAsync($"/v0/projects/demo/reports/{report["uuid"]}")).Expect(200);
        Assert.Equal(sentence, (string)stored["changes"]!["sentence"]!);
        var page = await server.GetAsync($"/perf/demo/reports/{report["uuid"]}");
        Assert.Contains(sentence, WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);

        Assert.Equal(
            "slower",
            StateOf(await history.SayAsync(20, () => (run++ % 2 == 0 ? 134 : 120) * Normal(random, 0.01)))
        );
    }

    // "bench trust" simulates 1,000 such reports; these go through a server.
    [Theory, EveryDatabase]
    public async Task Reports_of_112_unchanged_benchmarks_raise_no_change_and_hardly_ever_ask_for_reruns(Engine engine)
    {
        const int Benchmarks = 112,
            Before = 20,
            Judged = 20;
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await BeginAsync(server);
        var (random, paid) = (new Random(Seed), 0);
        for (var i = 0; i < Before + Judged; i++)
        {
            var values = Enumerable.Range(0, Benchmarks).Select(k => ($"b{k}", (100 + k) * Normal(random, 0.01)));
            var report = await ada.RunAsync(
                new("demo", Run.Latencies([.. values])) { Hash = Run.Commit(i), Start = History.At(i) }
            );
            Assert.Equal(0, (int)report["changes"]!["slower"]! + (int)report["changes"]!["faster"]!);
            if (i >= Before && report["changes"]!["reruns"] is not null)
                paid++;
        }

        Assert.InRange(paid, 0, 1);
        Assert.Equal(0, await server.CountAsync("changes"));
    }

    // The noise models of docs/verdicts. They contain no change, so nothing may be reported.
    [Theory]
    [InlineData("gauss1")]
    [InlineData("lognorm3")]
    [InlineData("bimodal")]
    public async Task Noise_without_a_change_raises_no_change(string model)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (ada, story) = await BeginAsync(server);
        var random = new Random(Seed);
        double Value() =>
            model switch
            {
                "gauss1" => 100 * Normal(random, 0.01),
                "lognorm3" => 100 * Math.Exp(0.03 * (Normal(random, 1) - 1)),
                _ => (random.Next(10) == 0 ? 105 : 100) * Normal(random, 0.005),
            };
        for (var i = 0; i < 120; i++)
            await ada.RunAsync(
                new("demo", Run.Latencies(("a", Value()), ("b", Value()), ("c", Value()), ("d", Value())))
                {
                    Hash = Run.Commit(i),
                    Start = History.At(i),
                }
            );

        Assert.NotNull(story);
        Assert.Equal(0, await server.CountAsync("changes"));
    }

    private static double Normal(Random random, double deviation) =>
        1 + deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>One benchmark with one measure, with one report per commit.</summary>
    private sealed class History(TestUser ada, string measure)
    {
        private int commits;

        public static async Task<History> BeginAsync(TestServer server, string measure)
        {
            var (ada, _) = await Story.BeginAsync(server);
            return new(ada, measure);
        }

        public static DateTimeOffset At(int commit) =>
            new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero).AddMinutes(commit);

        /// <returns>The last report.</returns>
        public async Task<JsonNode> SayAsync(int count, Func<double> value)
        {
            JsonNode? last = null;
            for (var i = 0; i < count; i++, commits++)
                last = await ada.RunAsync(
                    new("demo", Run.Measured(("a", measure, value())))
                    {
                        Hash = Run.Commit(commits),
                        Start = At(commits),
                    }
                );
            return last!;
        }

        public async Task<JsonNode> RerunAsync(JsonNode report, params double[] values) =>
            (
                await ada.PostAsync(
                    $"/v0/projects/demo/reports/{report["uuid"]}/reruns",
                    new
                    {
                        runs = values.Select(value => new { results = new[] { Run.Measured(("a", measure, value)) } }),
                    }
                )
            ).Expect(200);
    }
}
