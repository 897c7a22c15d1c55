using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>Guarantees that hold under load, after a kill, and with invalid input.</summary>
public sealed class HarmTests
{
    private const int MetricsEach = 5;

    [Theory, EveryDatabase]
    public async Task Sixty_four_concurrent_writers_and_sixty_four_readers_all_succeed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(Numbered(project, 0));
        const int writers = 64,
            readers = 64,
            rounds = 3;

        var writing = Enumerable
            .Range(0, writers)
            .Select(async w =>
            {
                for (var i = 0; i < rounds; i++)
                    await user.RunAsync(Numbered(project, 1 + w * rounds + i));
            });
        var reading = Enumerable
            .Range(0, readers)
            .Select(async _ =>
            {
                for (var i = 0; i < rounds; i++)
                {
                    (await user.GetAsync($"/v0/projects/{project}/reports?per_page=20&expand=true")).Expect(200);
                    (await user.GetAsync($"/v0/projects/{project}/alerts")).Expect(200);
                }
            });
        await Task.WhenAll(writing.Concat(reading));

        Assert.Equal(1 + writers * rounds, await server.CountAsync("reports"));
        Assert.Equal((1 + writers * rounds) * MetricsEach, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task A_server_killed_under_load_keeps_every_acknowledged_report_and_no_partial_one(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine, BuiltProgram.Server, durable: true);
        using var anybody = new Client(server.Address, token: null);
        var user = await anybody.SignUpAsync("Ada Admin", server.Tokens);
        var project = await user.CreateProjectAsync("Demo");
        var acknowledged = new ConcurrentDictionary<string, int>();
        var next = 0;

        for (var round = 0; round < 4; round++)
        {
            // Killed at a different moment each time, with eight runs in progress.
            var wanted = acknowledged.Count + 20 + round * 13;
            var enough = new TaskCompletionSource();
            var writers = Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        try
                        {
                            while (true)
                            {
                                var n = Interlocked.Increment(ref next);
                                var report = await user.RunAsync(Numbered(project, n));
                                acknowledged[(string)report["uuid"]!] = n;
                                if (acknowledged.Count >= wanted)
                                    enough.TrySetResult();
                            }
                        }
                        catch (HttpRequestException) { } // The server was killed.
                    })
                )
                .ToList();
            await enough.Task;
            server.Kill();
            await Task.WhenAll(writers);
            await server.StartAsync();
        }

        var kept = await AllReportsAsync(user, project);
        Assert.All(acknowledged, pair =>
            Assert.True(kept.ContainsKey(pair.Key), $"run {pair.Value} was acknowledged and is gone")
        );
        Assert.All(kept.Values, report => Assert.Equal(MetricsEach, report["results"]![0]!.AsArray().Count));
    }

    [Fact]
    public async Task A_mutilated_body_causes_no_server_error_and_leaves_no_rows()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var sound = Numbered(project, 1).ToJson().ToJsonString();
        var mutilated =
            from cut in Gen.Choose(0, sound.Length)
            from length in Gen.Choose(0, 12)
            from put in Gen.Elements(
                "",
                "null",
                "{",
                "]",
                "\"",
                "-1",
                "1e999",
                "\\ud800",
                "\u0000",
                "[[[[",
                "99999999999999999999",
                "true",
                "{}",
                "\ufffd"
            )
            select string.Concat(sound.AsSpan(0, cut), put, sound.AsSpan(Math.Min(sound.Length, cut + length)));
        var reports = 0;

        Check.One(Properties.Tried(300), Prop.ForAll(mutilated.ToArbitrary(), body =>
            {
                var reply = user.PostAsync("/v0/run", body).GetAwaiter().GetResult();
                if (reply.Status == 201)
                    reports++;
                return (reply.Status is 201 or 400 or 401 or 403 or 404 or 409)
                    .Label($"{reply.Status}: {reply.Text}")
                    .And(
                        (!reply.Text.Contains("   at ", StringComparison.Ordinal)).Label("stack trace: " + reply.Text)
                    );
            }));

        Assert.Equal(reports, await server.CountAsync("reports"));
        Assert.Equal(
            0,
            await server.CountAsync(
                "versions WHERE NOT EXISTS (SELECT 1 FROM reports WHERE reports.version_id = versions.id)"
            )
        );
    }

    private static Run Numbered(string project, int n) =>
        new(project, Run.Latencies([.. Enumerable.Range(0, MetricsEach).Select(i => ($"benchmark {i}", n + i / 10.0))]))
        {
            Hash = Run.Commit(n),
            Thresholds = Run.UpperThreshold("t_test", 0.999, sampleMax: 16),
        };

    private static async Task<Dictionary<string, JsonNode>> AllReportsAsync(Client user, string project)
    {
        var all = new Dictionary<string, JsonNode>();
        for (var page = 1; ; page++)
        {
            var reports = (await user.GetAsync($"/v0/projects/{project}/reports?expand=true&per_page=255&page={page}"))
                .Expect(200)
                .AsArray();
            if (reports.Count == 0)
                return all;
            foreach (var report in reports)
                all[(string)report!["uuid"]!] = report;
        }
    }
}
