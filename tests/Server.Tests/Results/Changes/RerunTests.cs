using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>Reruns of a suspected benchmark in place: how their values confirm or refute the suspicion.</summary>
public sealed class RerunTests
{
    [Theory, EveryDatabase]
    public async Task Pairs_of_base_and_head_runs_prove_a_suspected_change(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var suspected = await story.SayAsync(140);
        var path = $"/v0/projects/demo/reports/{suspected["uuid"]}/pairs";
        object PairOf(double ofBase, double ofHead) =>
            new
            {
                @base = new { results = new[] { Run.Latencies(("a", ofBase)) } },
                head = new { results = new[] { Run.Latencies(("a", ofHead)) } },
            };

        var few = await ada.PostAsync(path, new { pairs = new[] { PairOf(100, 140) } });
        var pairs = Enumerable.Range(0, 12).Select(i => PairOf(100 + i * 0.1, 140 + i * 0.1));
        var proven = (await ada.PostAsync(path, new { pairs })).Expect(200);

        Assert.Equal(400, few.Status);
        Assert.Equal(("suspected", "slower"), (StateOf(suspected), StateOf(proven)));
        var change = (await ada.GetAsync($"/v0/projects/demo/changes/{VerdictOf(proven)["change"]}")).Expect(200);
        Assert.Equal("pairs", (string?)change["series"]![0]!["proof"]);
    }

    // A real case: one outlier among ten values. The benchmark then becomes five times as slow.
    private static readonly double[] TenRuns = [1.56, 1.55, 1.58, 31.2, 1.54, 1.57, 1.56, 1.55, 1.59, 1.56];

    [Theory, EveryDatabase]
    public async Task A_fivefold_slowdown_is_reproduced_by_reruns_and_proven_after_three_further_reports(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.SayAsync(TenRuns);
        var suspected = await story.SayAsync(7.8);
        Assert.Equal(
            ("suspected", "wanted", 5),
            (StateOf(suspected), RerunsOf(suspected, "state"), (int)suspected["changes"]!["reruns"]!)
        );

        var reproduced = (await RerunAsync(ada, suspected, 7.8, 7.81, 7.79, 7.8, 7.82)).Expect(200);

        Assert.Equal(("suspected", "reproduced"), (StateOf(reproduced), RerunsOf(reproduced, "state")));
        Assert.Equal(
            (5, 3),
            ((int)VerdictOf(reproduced)["reruns"]!["count"]!, (int)VerdictOf(reproduced)["reruns"]!["reports"]!)
        );
        Assert.StartsWith(
            "slower, reproduced here, now by 5 reruns since 0000000: +400 %",
            (string)VerdictOf(reproduced)["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "1 result is slower, reproduced here, now, but not proven: a +400 %",
            (string)reproduced["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.Null(reproduced["changes"]!["reruns"]);
        Assert.Equal(0, (int)reproduced["changes"]!["failing"]!);
        var later = (await ada.GetAsync($"/v0/projects/demo/reports/{suspected["uuid"]}")).Expect(200);
        Assert.True(JsonNode.DeepEquals(VerdictOf(reproduced), VerdictOf(later)));

        var further = await story.SayAsync(7.8, 7.8);
        Assert.Equal(("suspected", 1), (StateOf(further), (int)VerdictOf(further)["reruns"]!["reports"]!));
        var slower = await story.SayAsync(7.8);
        Assert.Equal(
            ("slower", Run.Commit(10), 1),
            (StateOf(slower), (string)VerdictOf(slower)["since"]!["hash"]!, (int)slower["changes"]!["failing"]!)
        );
        var change = (await ada.GetAsync($"/v0/projects/demo/changes/{VerdictOf(slower)["change"]}")).Expect(200);
        Assert.Equal("repeats", (string?)change["series"]![0]!["proof"]);
    }

    [Theory, EveryDatabase]
    public async Task A_suspicion_is_refuted_when_reruns_do_not_reproduce_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var suspected = await story.SayAsync(140);
        Assert.Equal("suspected", StateOf(suspected));

        var refuted = (await RerunAsync(ada, suspected, 100, 101, 99, 100, 100.5)).Expect(200);

        Assert.Equal(("steady", "refuted"), (StateOf(refuted), RerunsOf(refuted, "state")));
        Assert.Equal(
            "steady: 5 reruns did not reproduce the suspected change",
            (string?)VerdictOf(refuted)["sentence"]
        );
        Assert.Contains(
            "The suspected change of 1 result was not reproduced when the benchmark ran again.",
            (string)refuted["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        // No more unusual than the refuted value: not worth another rerun. A second such value is.
        Assert.Equal(["steady", "suspected"], (await story.EachAsync(140, 140)).Select(report => StateOf(report)));
        Assert.Equal(1, await server.CountAsync("reruns"));
        // The verdicts page shows the refutation beside the false alarm budget.
        Assert.Equal(1, (int)(await ada.GetAsync("/v0/projects/demo/verdicts")).Expect(200)["four_weeks"]!["refuted"]!);
        using var reader = await PageReader.SignInAsync(server, ada.Token);
        Assert.Contains(
            "1 suspicion refuted by reruns or pairs",
            (await reader.GetAsync("/perf/demo/verdicts")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase(true), EveryDatabase(false)]
    public async Task A_rebuilt_series_state_gives_the_same_verdict_after_reruns(Engine engine, bool isThere)
    {
        async Task<JsonNode> ToldAsync(bool forgets)
        {
            await using var server = await TestServer.StartAsync(engine);
            var (ada, story) = await BeginAsync(server);
            await story.SayAsync(TenRuns);
            var level = isThere ? 7.8 : 1.56;
            (await RerunAsync(ada, await story.SayAsync(7.8), level, level, level, level, level)).Expect(200);
            if (forgets)
                await server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));
            return VerdictOf(await story.SayAsync(level));
        }

        var (kept, rebuilt) = (await ToldAsync(forgets: false), await ToldAsync(forgets: true));

        Assert.True(JsonNode.DeepEquals(kept, rebuilt), $"{kept}\n{rebuilt}");
    }

    [Theory, EveryDatabase]
    public async Task Reruns_are_judged_once_and_accepted_only_for_the_newest_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.SayAsync(TenRuns);
        var suspected = await story.SayAsync(7.8);
        double[] again = [7.8, 7.8, 7.8, 7.8, 7.8];

        var first = (await RerunAsync(ada, suspected, again)).Expect(200);
        var second = (await RerunAsync(ada, suspected, 1.5, 1.5, 1.5, 1.5, 1.5)).Expect(200);

        Assert.True(JsonNode.DeepEquals(VerdictOf(first), VerdictOf(second)));
        var next = await story.SayAsync(1.56);
        Assert.NotEqual("suspected", StateOf(next));
        var unheard = await story.SayAsync(8);
        await story.SayAsync(8.1);
        Assert.Equal("suspected", StateOf(unheard));
        Assert.Equal(409, (await RerunAsync(ada, unheard, again)).Status);
    }

    [Theory, EveryDatabase]
    public async Task Invalid_reruns_are_refused_and_store_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.SayAsync(TenRuns);
        var suspected = await story.SayAsync(7.8);
        var url = UrlOf(suspected);

        Assert.Equal(400, (await RerunAsync(ada, suspected, 7.8)).Status);
        Assert.Equal(400, (await RerunAsync(ada, suspected, [.. Enumerable.Repeat(7.8, 21)])).Status);
        Assert.Equal(400, (await ada.PostAsync(url, "{}")).Status);
        var unread = await ada.PostAsync(
            url,
            new
            {
                runs = Enumerable.Repeat(new { results = new[] { "nothing" }, settings = new { adapter = "json" } }, 5),
            }
        );
        Assert.Equal(400, unread.Status);
        Assert.Contains("runs[0].results[0]", unread.Text);
        Assert.Equal(
            404,
            (
                await ada.PostAsync(
                    url.Replace((string)suspected["uuid"]!, Guid.NewGuid().ToString(), StringComparison.Ordinal),
                    Body(7.8, 7.8, 7.8, 7.8, 7.8)
                )
            ).Status
        );
        // A benchmark that the report does not have: nothing is judged, and no benchmark is created.
        var other = new { runs = Enumerable.Repeat(new { results = new[] { Run.Latencies(("other", 1)) } }, 5) };
        Assert.Equal("suspected", StateOf((await ada.PostAsync(url, other)).Expect(200)));
        Assert.Equal((0, 1), (await server.CountAsync("reruns"), await server.CountAsync("benchmarks")));
    }

    [Theory, EveryDatabase]
    public async Task Reruns_are_accepted_only_from_callers_who_may_create_reports(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.SayAsync(TenRuns);
        var suspected = await story.SayAsync(7.8);
        var eve = await server.SignUpAsync("Eve Else");
        double[] again = [7.8, 7.8, 7.8, 7.8, 7.8];

        Assert.Equal(401, (await RerunAsync(server, suspected, again)).Status);
        Assert.Equal(403, (await RerunAsync(eve, suspected, again)).Status);
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        Assert.Equal(404, (await RerunAsync(server, suspected, again)).Status);
        Assert.Equal(404, (await RerunAsync(eve, suspected, again)).Status);
        Assert.Equal(0, await server.CountAsync("reruns"));
    }

    [Theory, EveryDatabase]
    public async Task An_anonymous_reporter_sends_reruns_with_the_token_from_the_response(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        (await server.SignUpAsync("Ada Admin")).Dispose(); // The first user is the administrator.
        var (mine, other) = (await SuspectedAsync(server, "mine"), await SuspectedAsync(server, "other"));
        var (token, foreign) = (TokenOf(mine), TokenOf(other));
        var eve = await server.SignUpAsync("Eve Else");
        double[] again = [7.8, 7.8, 7.8, 7.8, 7.8];
        var stored = (await server.GetAsync($"/v0/projects/mine/reports/{mine["uuid"]}")).Expect(200);
        Assert.Null(stored["changes"]!["reruns_token"]);

        Assert.Equal(401, (await RerunAsync(server, mine, again)).Status);
        Assert.Equal(403, (await RerunAsync(eve, mine, again)).Status);
        Assert.Equal(401, (await RerunAsync(server.With(foreign), mine, again)).Status);
        Assert.Equal(400, (await RerunAsync(server.With($"{token[..^4]}AAAA"), mine, again)).Status);
        Assert.Equal(404, (await RerunAsync(server.With(token), other, mine, again)).Status);
        Assert.Equal(400, (await server.With(token).GetAsync("/v0/projects")).Status); // It is accepted nowhere else.
        Assert.Equal(400, (await server.With(token).PostAsync("/v0/run", new { })).Status);
        Assert.Equal(0, await server.CountAsync("reruns"));

        var reproduced = (await RerunAsync(server.With(token), mine, again)).Expect(200);
        Assert.Equal("reproduced", RerunsOf(reproduced, "state"));
        Assert.Null(reproduced["changes"]!["reruns_token"]);

        // The owner of a claimed project decides who sends to it.
        await eve.RunAsync(new("other", Run.Latencies(("a", 1.5))));
        Assert.Equal(401, (await RerunAsync(server.With(foreign), other, again)).Status);
    }

    [Fact]
    public async Task A_rerun_token_expires_and_is_not_issued_to_signed_in_users()
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, clock);
        var mine = await SuspectedAsync(server, "mine");
        var (_, story) = await BeginAsync(server);
        await story.SayAsync(TenRuns);
        var known = await story.SayAsync(7.8);

        clock.Advance(TimeSpan.FromMinutes(20));

        Assert.Equal(400, (await RerunAsync(server.With(TokenOf(mine)), mine, [7.8, 7.8, 7.8, 7.8, 7.8])).Status);
        Assert.Equal("wanted", RerunsOf(known, "state"));
        Assert.Null(known["changes"]!["reruns_token"]);
    }

    // Sends an anonymous run whose value is suspected.
    private static async Task<JsonNode> SuspectedAsync(TestServer server, string project)
    {
        JsonNode? report = null;
        foreach (var value in (double[])[.. TenRuns, 7.8])
            report = await server.RunAsync(
                new(project, Run.Latencies(("a", value))) { Context = new Dictionary<string, string>() }
            );
        return report!;
    }

    private static string TokenOf(JsonNode report) => (string)report["changes"]!["reruns_token"]!;

    private static Task<Reply> RerunAsync(Client client, JsonNode project, JsonNode report, double[] values) =>
        client.PostAsync($"/v0/projects/{project["project"]!["slug"]}/reports/{report["uuid"]}/reruns", Body(values));

    private static Task<Reply> RerunAsync(Client client, JsonNode report, params double[] values) =>
        client.PostAsync(UrlOf(report), Body(values));

    private static object Body(params double[] values) =>
        new { runs = values.Select(value => new { results = new[] { Run.Latencies(("a", value)) } }) };

    private static string UrlOf(JsonNode report) =>
        $"/v0/projects/{report["project"]!["slug"]}/reports/{report["uuid"]}/reruns";

    private static string? RerunsOf(JsonNode report, string member) => (string?)VerdictOf(report)["reruns"]?[member];
}
