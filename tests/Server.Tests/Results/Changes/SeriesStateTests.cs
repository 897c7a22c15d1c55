using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>A series state caches a result computed from the metrics of a series, which saves reading them.</summary>
public sealed class SeriesStateTests
{
    [
        Theory,
        EveryDatabase(30, "none"),
        EveryDatabase(48, "none"),
        EveryDatabase(48, "accepted"),
        EveryDatabase(48, "dismissed")
    ]
    public async Task A_rebuilt_series_state_gives_the_same_verdict_as_the_cached_one(
        Engine engine,
        int commits,
        string decision
    )
    {
        var kept = await ToldAsync(engine, commits, decision, forgets: false);
        var rebuilt = await ToldAsync(engine, commits, decision, forgets: true);

        Assert.True(JsonNode.DeepEquals(kept, rebuilt), $"{kept}\n{rebuilt}");
    }

    private static async Task<JsonNode> ToldAsync(Engine engine, int commits, string decision, bool forgets)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(Math.Min(commits, 40), 100);
        if (commits > 40)
            await story.RunAsync(commits - 40, 135);
        if (decision != "none")
        {
            var change = (await ada.GetAsync("/v0/projects/demo/changes")).Expect(200)[0]!["uuid"];
            (await ada.PatchAsync($"/v0/projects/demo/changes/{change}", new { state = decision })).Expect(200);
        }
        if (forgets)
            await ForgetAsync(server);
        var verdict = VerdictOf(await story.RunAsync(1, commits > 40 ? 135 : 100)).AsObject();
        verdict.Remove("change"); // Its UUID differs between projects.
        return verdict;
    }

    [Theory, EveryDatabase]
    public async Task Deleting_a_report_removes_its_verdict_and_the_cached_series_state(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(30, 100);
        var last = await story.RunAsync(1, 100);
        Assert.Equal(1, await server.CountAsync("series_states"));

        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/demo/reports/{last["uuid"]}")).Status);

        Assert.Equal(0, await server.CountAsync("series_states"));
        Assert.Equal(30, await server.CountAsync("report_verdicts"));
        Assert.Equal("steady", StateOf(await story.RunAsync(1, 100)));
    }

    [Theory, EveryDatabase]
    public async Task A_late_report_of_an_older_commit_gets_no_verdict_and_does_not_disturb_the_next(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(30, 100);

        var late = await ada.RunAsync(new("demo", Run.Latencies(("a", 500))) { Hash = Run.Commit(3) });
        var next = await story.RunAsync(1, 100);

        Assert.Null(late["results"]![0]![0]!["measures"]![0]!["verdict"]);
        Assert.Equal("steady", StateOf(next));
    }

    [Fact]
    public async Task Two_servers_on_one_database_judge_a_series_together()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        await using var other = await server.StartAnotherAsync();
        var (ada, story) = await BeginAsync(server);
        var elsewhere = other.With(ada.Token);

        for (var i = 0; i < 40; i++)
            await story.On(i % 2 == 0 ? ada : elsewhere).RunAsync(1, 100);
        JsonNode report = null!;
        for (var i = 0; i < 8; i++)
            report = await story.On(i % 2 == 0 ? ada : elsewhere).RunAsync(1, 135);

        Assert.Equal(("slower", Run.Commit(40)), (StateOf(report), (string)VerdictOf(report)["since"]!["hash"]!));
        Assert.Single((await elsewhere.GetAsync("/v0/projects/demo/changes")).Expect(200).AsArray());
    }

    [Theory, EveryDatabase]
    public async Task A_verdict_beside_a_threshold_is_shown_and_fails_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, story) = await BeginAsync(server);
        var threshold = Run.UpperThreshold("static", 1000);
        await story.RunAsync(40, 100, thresholds: threshold);

        var report = await story.RunAsync(8, 135, thresholds: threshold);

        Assert.Equal("slower", StateOf(report));
        Assert.False((bool)VerdictOf(report)["is_alerting"]!);
        Assert.Equal((1, 0), ((int)report["changes"]!["slower"]!, (int)report["changes"]!["failing"]!));
        Assert.Empty(report["alerts"]!.AsArray());
    }

    [Theory, EveryDatabase]
    public async Task A_server_with_verdicts_turned_off_reports_and_stores_none(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Verdicts = false,
            }
        );
        var (_, story) = await BeginAsync(server);

        var report = await story.RunAsync(3, 100);

        Assert.Null(report["changes"]);
        Assert.Null(report["results"]![0]![0]!["measures"]![0]!["verdict"]);
        Assert.Equal(0, await server.CountAsync("series_states"));
    }

    private static Task<int> ForgetAsync(TestServer server) =>
        server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));
}
