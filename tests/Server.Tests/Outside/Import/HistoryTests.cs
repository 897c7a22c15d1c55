using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Results.Changes;

namespace Paddock.Server.Tests.Outside.Import;

public sealed class HistoryTests
{
    private const string Path = "/v0/projects/demo/history";
    private static readonly DateTimeOffset Begin = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory, EveryDatabase]
    public async Task Imported_history_is_judged_without_alerts_and_its_changes_are_accepted(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await Story.BeginAsync(server);
        (
            await ada.PostAsync(
                "/v0/projects/demo/reports",
                Report(-1, 100, thresholds: Run.UpperThreshold("percentage", 0.1))
            )
        ).Expect(201);

        var done = (await ada.PostAsync(Path, new { runs = Steps(40, 100).Concat(Steps(40, 135, from: 40)) })).Expect(
            201
        );

        Assert.Equal(
            (80, 0, 80, 1),
            ((int)done["recorded"]!, (int)done["known"]!, (int)done["metrics"]!, (int)done["accepted"]!)
        );
        Assert.Equal(0, await server.CountAsync("alerts"));
        var change = Assert.Single((await ada.GetAsync("/v0/projects/demo/changes")).Expect(200).AsArray())!;
        Assert.Equal(
            ("accepted", "slower", Run.Commit(40)),
            ((string?)change["state"], (string?)change["verdict"], (string?)change["since"]!["hash"])
        );
        var next = (await ada.PostAsync("/v0/projects/demo/reports", Report(80, 135))).Expect(201);
        Assert.Equal("steady", Story.StateOf(next)); // Judged against the level at which the history ended.
        Assert.Equal(0, (int?)next["changes"]?["failing"] ?? 0);
    }

    [Theory, EveryDatabase]
    public async Task A_resent_history_run_is_recognized_by_its_idempotency_key(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await Story.BeginAsync(server);
        (await ada.PostAsync(Path, new { runs = Steps(3, 100) })).Expect(201);

        var again = (await ada.PostAsync(Path, new { runs = Steps(5, 100) })).Expect(201);

        Assert.Equal((2, 3), ((int)again["recorded"]!, (int)again["known"]!));
        Assert.Equal(5, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task A_run_with_the_full_name_continues_a_benchmark_imported_under_its_short_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await Story.BeginAsync(server);
        (await ada.PostAsync(Path, new { runs = new[] { Past(0, """{"Sort me":{"latency":{"value":1}}}""") } })).Expect(
            201
        );

        var report = await ada.RunAsync(
            new Run(
                "demo",
                """[{"benchmark":"a.b.Sort me","mode":"avgt","primaryMetric":{"score":1,"scoreConfidence":[1,1],"scoreUnit":"ns/op"},"secondaryMetrics":{}}]"""
            )
            {
                Hash = Run.Commit(1),
            }
        );

        Assert.Equal("a.b.Sort me", (string?)report["results"]![0]![0]!["benchmark"]!["name"]);
    }

    [Theory, EveryDatabase]
    public async Task A_history_request_with_an_invalid_run_records_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await Story.BeginAsync(server);
        (await ada.PostAsync("/v0/projects/demo/reports", Report(5, 100))).Expect(201);

        var unread = await ada.PostAsync(
            Path,
            new { runs = new[] { Past(6, Run.Latencies(("a", 1))), Past(7, "nothing") } }
        );
        var older = await ada.PostAsync(Path, new { runs = Steps(2, 100) });
        var many = await ada.PostAsync(Path, new { runs = Enumerable.Repeat(Past(6, "{}"), 1001) });

        Assert.Equal((400, 409, 400), (unread.Status, older.Status, many.Status));
        Assert.StartsWith("runs[1].results[0]: ", unread.Message, StringComparison.Ordinal);
        Assert.Contains(
            "runs[0]: this run is from 2024-01-01 00:00:00Z, but the branch \"main\" has a run from "
                + "2024-01-06 00:00:00Z already",
            older.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("allowed: 1000 at most", many.Message, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task Only_callers_who_may_create_reports_may_import_a_history(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Root");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        await olive.CreateProjectAsync("Demo");
        (
            await olive.PostAsync(
                "/v0/organizations/olive-owner/projects",
                new { name = "Secret", visibility = "private" }
            )
        ).Expect(201);
        var key = server.With(
            (string)(await olive.PostAsync("/v0/projects/demo/keys", new { name = "CI" })).Expect(201)["key"]!
        );
        object body = new { runs = Steps(1, 100) };

        Assert.Equal(401, (await server.PostAsync(Path, body)).Status);
        Assert.Equal(403, (await eve.PostAsync(Path, body)).Status);
        foreach (var who in new[] { server, eve, key })
            Assert.Equal(404, (await who.PostAsync("/v0/projects/secret/history", body)).Status);
        Assert.Equal(0, await server.CountAsync("reports"));
        (await key.PostAsync(Path, body)).Expect(201);
    }

    private static IEnumerable<object> Steps(int count, double level, int from = 0)
    {
        var random = new Random(from + 3);
        return Enumerable
            .Range(from, count)
            .Select(n => Past(n, Run.Latencies(("a", level * (1 + 0.01 * (random.NextDouble() - 0.5))))));
    }

    [Fact]
    public async Task A_history_request_may_hold_at_most_200_000_metrics_over_all_its_runs()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (ada, _) = await Story.BeginAsync(server);
        // Three runs of 70,000 metrics, each of which would be allowed alone.
        var results = Run.Latencies([.. Enumerable.Range(0, 70_000).Select(i => ($"b{i}", 1.0))]);

        var refused = await ada.PostAsync(
            Path,
            new { runs = new[] { Past(1, results), Past(2, results), Past(3, results) } }
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains(
            "runs: the first 3 have 210000 metrics together; allowed: 200000 at most in one request",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    private static object Past(int n, string results) =>
        new
        {
            idempotency_key = new Guid(n, 1, 2, [0x80, 0, 0, 0, 0, 0, 0, 0]),
            branch = "main",
            testbed = "box",
            hash = Run.Commit(n),
            start_time = Begin.AddDays(n),
            end_time = Begin.AddDays(n),
            results = new[] { results },
        };

    private static JsonObject Report(int n, double value, object? thresholds = null) =>
        new Run(null, Run.Latencies(("a", value)))
        {
            Hash = Run.Commit(n + 1000),
            Start = Begin.AddDays(n),
            Thresholds = thresholds,
        }.ToJson();
}
