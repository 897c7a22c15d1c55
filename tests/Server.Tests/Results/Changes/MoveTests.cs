using System.Net;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>
/// The first values after a proof can show that a change began at another commit. Here the outliers at commits 36 and
/// 38, before a step at commit 41, are at first taken for the beginning of the change.
/// </summary>
public sealed class MoveTests
{
    private const string Path = "/v0/projects/demo/changes",
        Pages = "/perf/demo/changes";

    private static double Wild(int at) =>
        at is 36 or 38 ? 130
        : at < 41 ? 100
        : 106;

    private static double Late(int at) => at < 41 ? 100 : 112;

    private static double Early(int at) => at < 36 ? 100 : 110;

    [Theory, EveryDatabase]
    public async Task A_change_moves_to_another_commit_when_later_values_show_it_began_there(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);

        var reports = await RunAsync(story, ("a", Wild));

        var first = reports.First(report => StateOf(report) == "slower");
        Assert.Equal(Run.Commit(36), (string?)VerdictOf(first)["since"]!["hash"]);
        Assert.Equal(Run.Commit(41), (string?)VerdictOf(reports[^1])["since"]!["hash"]);
        var change = await OnlyAsync(ada, "?state=open");
        Assert.Equal(Run.Commit(41), (string?)change["since"]!["hash"]);
        Assert.Equal(["proven", "moved"], Kinds(change));
        var moved = change["events"]![1]!;
        Assert.Equal((Run.Commit(36), 1), ((string?)moved["former"]!["hash"], (int)moved["count"]!));
        Assert.Equal(Run.Commit(41), (string?)change["series"]![0]!["since"]!["hash"]);
        // The report that first told of the change now shows the present knowledge, and still the same change.
        var again = (await ada.GetAsync($"/v0/projects/demo/reports/{first["uuid"]}")).Expect(200);
        Assert.Equal(
            (Run.Commit(41), (string?)change["uuid"]),
            ((string?)VerdictOf(again)["since"]!["hash"], (string?)VerdictOf(again)["change"])
        );
        using var reader = new PageReader(server.Address);
        var page = (await reader.GetAsync($"{Pages}/{change["uuid"]}")).Text;
        Assert.Contains("Later values show another commit", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_moves_to_the_change_at_the_commit_that_later_values_show(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);

        var reports = await RunAsync(story, ("early", Early), ("wild", Wild), ("late", Late));

        Assert.Contains(reports, report => Since(report, "wild") == Run.Commit(36));
        var changes = await AllAsync(ada, "?state=open&sort=created&direction=asc");
        Assert.Equal([Run.Commit(36), Run.Commit(41)], changes.Select(one => (string?)one["since"]!["hash"]));
        Assert.Equal(["early"], Benchmarks(changes[0]));
        Assert.Equal(["late", "wild"], Benchmarks(changes[1]));
        Assert.Equal("split", Kinds(changes[0])[^1]);
        Assert.Equal("merged", Kinds(changes[1])[^1]);
        Assert.Equal((string?)changes[1]["uuid"], (string?)changes[0]["events"]!.AsArray()[^1]!["other"]);
        Assert.Equal((string?)changes[0]["uuid"], (string?)changes[1]["events"]!.AsArray()[^1]!["other"]);
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_that_leaves_a_shared_change_gets_a_new_change(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);

        await RunAsync(story, ("early", Early), ("wild", Wild));

        var changes = await AllAsync(ada, "?state=open&sort=created&direction=asc");
        Assert.Equal([Run.Commit(36), Run.Commit(41)], changes.Select(one => (string?)one["since"]!["hash"]));
        Assert.Equal(["early"], Benchmarks(changes[0]));
        Assert.Equal(["wild"], Benchmarks(changes[1]));
        Assert.Equal(["merged"], Kinds(changes[1]));
    }

    [Theory, EveryDatabase]
    public async Task A_change_whose_benchmarks_all_moved_to_another_is_merged_and_cannot_be_decided(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);

        await RunAsync(story, ("wild", Wild), ("late", Late));

        var open = await OnlyAsync(ada, "?state=open");
        Assert.Equal((Run.Commit(41), 2), ((string?)open["since"]!["hash"], (int)open["count"]!));
        var merged = await OnlyAsync(ada, "?state=merged");
        Assert.Equal((Run.Commit(36), 0), ((string?)merged["since"]!["hash"], (int)merged["count"]!));
        Assert.Equal(["proven", "split"], Kinds(merged));
        Assert.Equal("No benchmark is slower since 0000000", (string?)merged["sentence"]);
        Assert.Equal(409, (await ada.PatchAsync($"{Path}/{merged["uuid"]}", new { state = "accepted" })).Status);
        using var reader = new PageReader(server.Address);
        var page = (await reader.GetAsync($"{Pages}/{merged["uuid"]}")).Text;
        Assert.Contains($"href=\"{Pages}/{open["uuid"]}\"", page, StringComparison.Ordinal);
        var list = WebUtility.HtmlDecode((await reader.GetAsync(Pages)).Text);
        Assert.Contains("→ merged", list, StringComparison.Ordinal);
    }

    private static async Task<List<JsonNode>> RunAsync(
        Story story,
        params (string Benchmark, Func<int, double> Level)[] benchmarks
    )
    {
        List<JsonNode> reports = [];
        for (var at = 0; at < 66; at++)
            reports.Add(
                await story.RunAsync(
                    1,
                    "main",
                    null,
                    null,
                    [.. benchmarks.Select(one => (one.Benchmark, one.Level(at)))]
                )
            );
        return reports;
    }

    private static string? Since(JsonNode report, string benchmark) =>
        report["results"]![0]!
            .AsArray()
            .Where(one => (string?)one!["benchmark"]!["name"] == benchmark)
            .Select(one => (string?)one!["measures"]![0]!["verdict"]!["since"]?["hash"])
            .Single();

    private static async Task<List<JsonNode>> AllAsync(TestUser user, string query)
    {
        List<JsonNode> changes = [];
        foreach (var one in (await user.GetAsync(Path + query)).Expect(200).AsArray())
            changes.Add((await user.GetAsync($"{Path}/{one!["uuid"]}")).Expect(200));
        return changes;
    }

    private static async Task<JsonNode> OnlyAsync(TestUser user, string query) =>
        Assert.Single(await AllAsync(user, query));

    private static List<string> Kinds(JsonNode change) =>
        [.. change["events"]!.AsArray().Select(one => (string)one!["kind"]!)];

    private static List<string> Benchmarks(JsonNode change) =>
        [.. change["series"]!.AsArray().Select(one => (string)one!["benchmark"]!["name"]!).Order()];
}
