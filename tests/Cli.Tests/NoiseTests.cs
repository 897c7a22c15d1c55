using System.Text.Json.Nodes;

namespace Paddock.Cli.Tests;

public sealed class NoiseTests
{
    [Fact]
    public async Task Noise_as_JSON_is_a_document_that_a_run_can_report()
    {
        var ended = await PaddockProgram.RunAsync(["noise", "--duration", "1", "--format", "json", "--quiet"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        var metrics = JsonNode.Parse(ended.Output)!.AsObject();
        string[] always =
        [
            "bencher::noise::compute_jitter",
            "bencher::noise::cache_jitter",
            "bencher::noise::io_jitter",
            "bencher::noise::composite",
        ];
        Assert.Subset(metrics.Select(m => m.Key).ToHashSet(), always.ToHashSet());
        Assert.InRange((double)metrics["bencher::noise::composite"]!["noise-score"]!["value"]!, 0, 100);
        Assert.True((double)metrics["bencher::noise::io_jitter"]!["io-jitter"]!["value"]! > 0);
    }

    [Fact]
    public async Task Noise_as_text_shows_its_progress_and_ends_with_a_level()
    {
        var ended = await PaddockProgram.RunAsync(["noise", "--duration", "1"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("sweeping through the cache", ended.Error);
        Assert.Matches(@"noise score +\d+\.\d dB, (quiet|moderate|noisy|very noisy)", ended.Output);
        Assert.Matches(@"compute jitter  [#]*[-]* +\d+\.\d\d %", ended.Output);
    }

    [Fact]
    public async Task A_duration_of_zero_measures_noise_with_the_fewest_rounds()
    {
        var ended = await PaddockProgram.RunAsync(["noise", "--duration", "0", "--format", "json", "--quiet"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.NotNull(JsonNode.Parse(ended.Output)!["bencher::noise::compute_jitter"]);
    }

    [Theory]
    [InlineData("--duration", "-1")]
    [InlineData("--duration", "3601")]
    [InlineData("--format", "html")]
    public async Task Invalid_options_are_refused(params string[] args)
    {
        var ended = await PaddockProgram.RunAsync(["noise", .. args]);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(args[0], ended.Error);
    }
}
