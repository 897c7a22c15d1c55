using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>Server, registry, runner and containers: a suspicion in a job's report is confirmed by alternating runs of
/// base and head.</summary>
public sealed class ConfirmingTests
{
    private const int Commits = 24,
        Pairs = 12;

    // Each image prints its own level, plus a little more with each run.
    private const string Benchmark = """
        echo '{"sort":{"latency":{"value":'$(cat /level).$((RANDOM % 100))'}}}'
        """;

    [Fact]
    public async Task A_slower_image_is_proven_slower_by_alternating_runs_of_the_previous_image_and_itself()
    {
        await using var world = await World.MakeAsync();
        using var quick = TestImage.Busybox(layer => layer.File("level", "100"u8.ToArray()));
        using var slow = TestImage.Busybox(layer => layer.File("level", "150"u8.ToArray()));
        await world.PushAsync(quick, "quick");
        await world.PushAsync(slow, "slow");
        await using var runner = await world.StartRunnerAsync("Box");
        for (var i = 0; i < Commits; i++)
            Assert.Equal("processed", await EndAsync(world, "quick"));

        var job = await world.SubmitAsync(JobOf("slow"));
        var report = (string)(await world.UntilAsync(job, "processed", "failed"))["report"]!;
        var suspected = (await world.Admin.GetAsync($"/v0/projects/app/reports/{report}")).Expect(200);
        var confirming = (Guid)suspected["changes"]!["confirmation"]!["job"]!;
        var confirmed = await world.UntilAsync(confirming, "processed", "failed", "canceled");

        Assert.True((string)confirmed["status"]! == "processed", confirmed.ToJsonString());
        var results = confirmed["output"]!["results"]!.AsArray();
        Assert.Equal(2 * Pairs, results.Count);
        foreach (var pair in results.Chunk(2))
            Assert.Equal(["base", "head"], pair.Select(run => (string)run!["side"]!).Order());
        Assert.All(results, run =>
            Assert.Contains(
                (string)run!["side"]! == "base" ? ":100." : ":150.",
                (string)run["stdout"]!,
                StringComparison.Ordinal
            )
        );
        Assert.Equal(slow.ManifestDigest, (string)confirmed["environment"]!["image"]!);
        Assert.NotEmpty((string)confirmed["environment"]!["runner_version"]!);
        Assert.Equal("proven", (string)confirmed["confirmation"]!["state"]!);
        var told = (await world.Admin.GetAsync($"/v0/projects/app/reports/{report}")).Expect(200);
        var verdict = told["results"]![0]![0]!["measures"]![0]!["verdict"]!;
        Assert.Equal("slower", (string)verdict["state"]!);
        Assert.InRange((double)verdict["effect"]!, 0.45, 0.55);
    }

    private static object JobOf(string tag) =>
        new
        {
            image = $"app:{tag}",
            spec = "fast-box",
            cmd = new[] { "sh", "-c", Benchmark },
        };

    private static async Task<string> EndAsync(World world, string tag) =>
        (string)(await world.UntilAsync(await world.SubmitAsync(JobOf(tag)), "processed", "failed"))["status"]!;
}
