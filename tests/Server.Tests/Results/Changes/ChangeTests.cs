using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

public sealed class ChangeTests
{
    private const string Path = "/v0/projects/demo/changes";

    [Theory, EveryDatabase]
    public async Task A_step_stays_one_open_change_until_it_is_accepted_and_is_steady_afterwards(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        var before = await story.RunAsync(40, 100);
        Assert.Equal("steady", StateOf(before));
        Assert.StartsWith(
            "Nothing is slower. A change of ",
            (string)before["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );

        List<JsonNode> reports = [];
        for (var i = 0; i < 20; i++)
            reports.Add(await story.RunAsync(1, 135));

        // From its proof to the end, every report shows the change: the values after it do not become the new normal.
        var proven = reports.FindIndex(one => StateOf(one) == "slower");
        Assert.InRange(proven, 0, 4);
        Assert.All(reports[proven..], one =>
        {
            Assert.Equal("slower", StateOf(one));
            Assert.Equal(Run.Commit(40), (string?)VerdictOf(one)["since"]!["hash"]);
        });
        var report = reports[^1];
        Assert.InRange((double)VerdictOf(report)["effect"]!, 0.33, 0.37);
        Assert.Equal(1, (int)report["changes"]!["failing"]!);
        Assert.StartsWith(
            "1 benchmark is slower since 0000000: a +3",
            (string)report["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        var change = Assert.Single((await ada.GetAsync(Path)).Expect(200).AsArray())!;
        Assert.Equal((string?)VerdictOf(report)["change"], (string?)change["uuid"]);
        Assert.Equal(
            ("slower", "open", 1),
            ((string)change["verdict"]!, (string)change["state"]!, (int)change["count"]!)
        );

        var accepted = (
            await ada.PatchAsync($"{Path}/{change["uuid"]}", new { state = "accepted", note = "a price worth paying" })
        ).Expect(200);
        Assert.Equal(("accepted", "a price worth paying"), ((string)accepted["state"]!, (string)accepted["note"]!));
        Assert.Equal(["proven", "accepted"], accepted["events"]!.AsArray().Select(e => (string)e!["kind"]!));
        Assert.Equal("Ada Admin", (string?)accepted["events"]![1]!["user"]!["name"]);
        Assert.NotEqual("slower", StateOf(await story.RunAsync(1, 135)));
        Assert.Equal("steady", StateOf(await story.RunAsync(20, 135)));
        Assert.Single((await ada.GetAsync(Path)).Expect(200).AsArray());
    }

    [Theory, EveryDatabase]
    public async Task A_report_read_later_shows_the_verdicts_it_got_when_it_was_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var report = await story.RunAsync(8, 135);

        var later = (await ada.GetAsync($"/v0/projects/demo/reports/{report["uuid"]}")).Expect(200);

        Assert.True(
            JsonNode.DeepEquals(VerdictOf(report), VerdictOf(later)),
            $"{VerdictOf(report)}\n{VerdictOf(later)}"
        );
        Assert.True(JsonNode.DeepEquals(report["changes"], later["changes"]));
    }

    [Theory, EveryDatabase]
    public async Task A_proven_improvement_is_reported_and_fails_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);

        var report = await story.RunAsync(8, 73);

        Assert.Equal(("faster", 0), (StateOf(report), (int)report["changes"]!["failing"]!));
        Assert.Contains(
            "1 benchmark is faster since",
            (string)report["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.Equal("faster", (string?)(await ada.GetAsync(Path + "?verdict=faster")).Expect(200)[0]!["verdict"]);
        await story.RunAsync(12, 73); // After some reports, the level counts as normal.
        var settled = (await ada.GetAsync(Path + "?state=settled")).Expect(200)[0]!;
        Assert.Equal(409, (await ada.PatchAsync($"{Path}/{settled["uuid"]}", new { state = "accepted" })).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_inherits_the_regressions_of_its_start_point_and_does_not_fail_for_them(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var main = await story.RunAsync(8, 135);

        var innocent = await story.RunAsync(2, 135, "feature", new { branch = "main" });

        Assert.Equal("slower", StateOf(innocent));
        Assert.True((bool)VerdictOf(innocent)["is_inherited"]!);
        Assert.Equal((string?)VerdictOf(main)["change"], (string?)VerdictOf(innocent)["change"]);
        Assert.Equal(0, (int)innocent["changes"]!["failing"]!);
        Assert.StartsWith(
            "Nothing is slower than where this branch began.",
            (string)innocent["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        // The branch's own slowdown is found.
        var guilty = await story.RunAsync(10, 200, "feature", new { branch = "main" });
        Assert.True(
            (int)guilty["changes"]!["slower"]! == 1
                && guilty["changes"]!["sentence"]!.ToString().Contains("slower", StringComparison.Ordinal)
        );
    }

    [Theory, EveryDatabase]
    public async Task A_branch_that_starts_before_a_regression_is_compared_with_its_start_point(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var start = new { branch = "main", hash = Run.Commit(story.Commits - 1) };
        Assert.Equal("slower", StateOf(await story.RunAsync(8, 135)));

        var innocent = await story.RunAsync(2, 100, "innocent", start);
        var first = story.Commits;
        var guilty = await story.RunAsync(10, 120, "guilty", start);

        Assert.Equal(("steady", 0), (StateOf(innocent), (int)innocent["changes"]!["failing"]!));
        Assert.Null(VerdictOf(innocent)["change"]);
        Assert.StartsWith("Nothing is slower.", (string)innocent["changes"]!["sentence"]!, StringComparison.Ordinal);
        var found = VerdictOf(guilty);
        Assert.Equal(
            ("slower", 1, false),
            (StateOf(guilty), (int)guilty["changes"]!["failing"]!, (bool)found["is_inherited"]!)
        );
        Assert.Equal(Run.Commit(first), (string)found["since"]!["hash"]!);
        Assert.InRange((double)found["effect"]!, 0.18, 0.22);
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_proven_later_joins_an_earlier_change_that_may_share_its_commit(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, "main", null, null, ("a", 100), ("b", 100));
        // The second benchmark is not measured at the slow commit, nor at the next one.
        await story.RunAsync(2, "main", null, null, ("a", 150));
        await story.RunAsync(12, "main", null, null, ("a", 150), ("b", 150));

        var listed = Assert.Single((await ada.GetAsync(Path)).Expect(200).AsArray())!;
        var change = (await ada.GetAsync($"{Path}/{listed["uuid"]}")).Expect(200);
        Assert.Equal(["proven", "joined"], change["events"]!.AsArray().Select(e => (string)e!["kind"]!));
        Assert.Equal(2, (int)change["count"]!);
        var report = await story.RunAsync(1, "main", null, null, ("a", 150), ("b", 150));
        Assert.StartsWith("2 benchmarks are slower since ", (string)report["changes"]!["sentence"]!);
        Assert.Equal((string)VerdictOf(report)["change"]!, (string)VerdictOf(report, 1)["change"]!);
    }

    [Theory, EveryDatabase]
    public async Task Benchmarks_that_changed_at_the_same_commit_form_one_change(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, "main", null, null, ("a", 100), ("b", 30), ("c", 7));

        var report = await story.RunAsync(12, "main", null, null, ("a", 150), ("b", 60), ("c", 7));

        Assert.Equal(["slower", "slower", "steady"], Enumerable.Range(0, 3).Select(i => StateOf(report, i)));
        var listed = Assert.Single((await ada.GetAsync(Path)).Expect(200).AsArray())!;
        var change = (await ada.GetAsync($"{Path}/{listed["uuid"]}")).Expect(200);
        Assert.Equal(["b", "a"], change["series"]!.AsArray().Select(one => (string)one!["benchmark"]!["name"]!));
        Assert.StartsWith(
            "2 benchmarks are slower since 0000000: b +",
            (string)change["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.Single(
            (await ada.GetAsync(Path + "?benchmark=a&branch=main&testbed=box&measure=latency&state=open&sort=created"))
                .Expect(200)
                .AsArray()
        );
        foreach (
            var other in new[]
            {
                "benchmark=c",
                "branch=other",
                "testbed=other",
                "measure=throughput",
                "state=accepted",
                "verdict=faster",
            }
        )
            Assert.Equal(0, (await ada.GetAsync($"{Path}?{other}")).TotalCount);
        Assert.Equal(400, (await ada.GetAsync(Path + "?state=gone")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_dismissed_change_can_be_reopened_and_is_reported_again(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var report = await story.RunAsync(8, 135);
        var url = $"{Path}/{VerdictOf(report)["change"]}";

        (await ada.PatchAsync(url, new { state = "dismissed", note = "another tenant" })).Expect(200);
        Assert.NotEqual("slower", StateOf(await story.RunAsync(1, 135)));
        (await ada.PatchAsync(url, new { state = "open" })).Expect(200);

        Assert.Equal("slower", StateOf(await story.RunAsync(1, 135)));
        Assert.Equal(400, (await ada.PatchAsync(url, "{}")).Status);
        Assert.Equal(400, (await ada.PatchAsync(url, new { state = "returned" })).Status);
        Assert.Equal(400, (await ada.PatchAsync(url, new { note = new string('x', 1025) })).Status);
        Assert.Equal(404, (await ada.PatchAsync($"{Path}/{Guid.NewGuid()}", new { state = "open" })).Status);
    }

    // With one count per series, this took longer than the time limit of a read.
    [Theory, EveryDatabase]
    public async Task A_change_of_30000_series_is_listed_within_the_time_limit(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var change = VerdictOf(await story.RunAsync(8, 135))["change"];
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync(
                $"""
                INSERT INTO series (head_id, testbed_id, spec_id, benchmark_id, measure_id)
                WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 30000)
                SELECT series.head_id, series.testbed_id, numbers.i, series.benchmark_id, series.measure_id
                FROM numbers, series WHERE series.spec_id = 0
                """
            );
            await sql.ExecuteAsync(
                $"""
                INSERT INTO change_series (change_id, series_id, number, since, proven, state, before_median, after_median, effect, effect_low, effect_high, proof, p)
                SELECT one.change_id, series.id, one.number, one.since, one.proven, one.state, one.before_median, one.after_median, one.effect,
                    one.effect_low, one.effect_high, one.proof, one.p
                FROM change_series one, series WHERE series.spec_id > 0
                """
            );
        });

        var listed = Assert.Single((await ada.GetAsync(Path)).Expect(200).AsArray())!;

        Assert.Equal(((string?)change, 30_001), ((string?)listed["uuid"], (int)listed["count"]!));
    }

    [Theory, EveryDatabase]
    public async Task A_change_accepts_at_most_200_decisions(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var url = $"{Path}/{VerdictOf(await story.RunAsync(8, 135))["change"]}";

        for (var i = 0; i < 100; i++)
        {
            (await ada.PatchAsync(url, new { state = "dismissed" })).Expect(200);
            (await ada.PatchAsync(url, new { state = "open" })).Expect(200);
        }
        var refused = await ada.PatchAsync(url, new { state = "dismissed" });

        Assert.Equal(409, refused.Status);
        Assert.Contains("has 200 decisions", refused.Message, StringComparison.Ordinal);
        (await ada.PatchAsync(url, new { note = "a note alone" })).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_change_is_returned_when_its_values_recover_and_can_no_longer_be_decided(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var url = $"{Path}/{VerdictOf(await story.RunAsync(8, 135))["change"]}";

        var report = await story.RunAsync(10, 100);

        Assert.NotEqual("slower", StateOf(report));
        Assert.Equal("returned", (string?)(await ada.GetAsync(url)).Expect(200)["state"]);
        Assert.Equal(409, (await ada.PatchAsync(url, new { state = "accepted" })).Status);
    }

    [Theory, EveryDatabase]
    public async Task Changes_are_visible_to_readers_of_the_project_and_decided_only_by_its_editors(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var url = $"{Path}/{VerdictOf(await story.RunAsync(8, 135))["change"]}";
        var eve = await server.SignUpAsync("Eve Else");
        var accept = new { state = "accepted" };

        (await server.GetAsync(Path)).Expect(200);
        (await server.GetAsync(url)).Expect(200);
        Assert.Equal(401, (await server.PatchAsync(url, accept)).Status);
        Assert.Equal(403, (await eve.PatchAsync(url, accept)).Status);

        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        foreach (var outsider in new Client[] { server, eve })
        {
            Assert.Equal(404, (await outsider.GetAsync(Path)).Status);
            Assert.Equal(404, (await outsider.GetAsync(url)).Status);
            Assert.Equal(404, (await outsider.PatchAsync(url, accept)).Status);
        }
        // A change of one project is not found under another project.
        await eve.CreateProjectAsync("Other");
        Assert.Equal(
            404,
            (await eve.PatchAsync(url.Replace("demo", "other", StringComparison.Ordinal), accept)).Status
        );
        Assert.Equal("open", (string?)(await ada.GetAsync(url)).Expect(200)["state"]);
    }
}
