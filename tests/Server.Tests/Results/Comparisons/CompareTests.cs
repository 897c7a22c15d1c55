using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Results.Changes;

namespace Paddock.Server.Tests.Results.Comparisons;

public sealed class CompareTests
{
    private const string Api = "/v0/projects/demo/compare";

    [Theory, EveryDatabase]
    public async Task A_comparison_of_two_branches_separates_changes_from_noise(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await BeginAsync(server);

        var found = (await ada.GetAsync($"{Api}?base=main&head=feature")).Expect(200);

        Assert.Equal(
            "1 worse, 1 better, 1 the same, 1 only in the base, 1 only in the head.",
            (string?)found["sentence"]
        );
        var results = found["results"]!.AsArray();
        Assert.Equal(
            ["worse", "better", "same", "only_base", "only_head"],
            results.Select(one => (string?)one!["state"])
        );
        Assert.Equal("slow", (string?)results[0]!["benchmark"]);
        Assert.InRange((double)results[0]!["effect"]!, 0.25, 0.35);
        Assert.True((double)results[0]!["interval"]!["lower"]! > 0.2);
        Assert.Equal((20, 3), ((int)results[0]!["base_values"]!, (int)results[0]!["head_values"]!));
        Assert.Equal(
            "There is nothing to compare.",
            (string?)(await ada.GetAsync($"{Api}?base=main&head=feature&measure=throughput")).Expect(200)["sentence"]
        );
    }

    [Theory, EveryDatabase]
    public async Task A_side_of_a_comparison_may_be_a_branch_a_report_or_a_hash_prefix(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, report) = await BeginAsync(server);

        foreach (
            var head in (string[])
                [
                    (string)report["uuid"]!,
                    (string)report["branch"]!["head"]!["version"]!["hash"]!,
                    ((string)report["branch"]!["head"]!["version"]!["hash"]!)[..39],
                ]
        )
        {
            var found = (await ada.GetAsync($"{Api}?base=main&head={head}")).Expect(200);
            Assert.Equal(
                ("feature", "worse"),
                ((string?)found["head"]!["branch"], (string?)found["results"]![0]!["state"])
            );
        }
        foreach (var head in (string[])["", "nowhere", Guid.NewGuid().ToString(), "abcdef0", new('x', 300)])
            Assert.Equal(400, (await ada.GetAsync($"{Api}?base=main&head={head}")).Status);
        Assert.Contains(
            "\\\"nowhere\\\" is neither a branch",
            (await ada.GetAsync($"{Api}?base=main&head=nowhere")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task Values_before_a_proven_change_are_not_compared(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await Story.BeginAsync(server);
        await story.RunAsync(30, 100);
        await story.RunAsync(8, 135); // Proven within the last twenty versions.
        await story.RunAsync(3, 135, "feature", new { branch = "main" });

        var found = (await ada.GetAsync($"{Api}?base=main&head=feature")).Expect(200);

        Assert.Equal("same", (string?)found["results"]![0]!["state"]);
        Assert.Equal(8, (int)found["results"]![0]!["base_values"]!);
    }

    [Theory, EveryDatabase]
    public async Task The_comparison_page_shows_the_same_result_and_hides_private_projects(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await BeginAsync(server);
        using var anonymous = new PageReader(server.Address);

        var page = await anonymous.GetAsync("/perf/demo/compare?base=main&head=feature&testbed=&measure=");
        Assert.Contains("1 worse, 1 better, 1 the same", page.Text, StringComparison.Ordinal);
        Assert.Contains("| Benchmark | Measure | Base | Head | Change |", page.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await anonymous.GetAsync("/console/projects/demo/compare")).Status);
        Assert.Equal(400, (await anonymous.GetAsync("/perf/demo/compare?base=main&head=nowhere")).Status);
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);

        Assert.Equal(404, (await anonymous.GetAsync("/perf/demo/compare?base=main&head=feature")).Status);
        Assert.Equal(404, (await server.GetAsync($"{Api}?base=main&head=feature")).Status);
    }

    /// <returns>The user, and the last report of the branch "feature".</returns>
    private static async Task<(TestUser Ada, JsonNode Report)> BeginAsync(TestServer server)
    {
        var (ada, story) = await Story.BeginAsync(server);
        await story.RunAsync(
            25,
            "main",
            start: null,
            thresholds: null,
            ("slow", 100),
            ("fast", 100),
            ("still", 100),
            ("gone", 100)
        );
        return (
            ada,
            await story.RunAsync(
                3,
                "feature",
                new { branch = "main" },
                thresholds: null,
                ("slow", 130),
                ("fast", 80),
                ("still", 100),
                ("fresh", 100)
            )
        );
    }
}
