using System.Text.Json.Nodes;

namespace Paddock.Cli.Tests;

public sealed class MockTests
{
    // The values that the original program prints for this seed; scripts and recordings rely on them.
    [Fact]
    public async Task Seed_6_yields_the_values_of_the_original_program()
    {
        var metrics = await MockAsync("--seed", "6");

        double[] expected =
        [
            3.3470205686065557,
            16.82595129527825,
            28.048763202682817,
            38.73035648912743,
            42.56326855513813,
        ];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], (double)metrics[$"bencher::mock_{i}"]!["latency"]!["value"]!);
        Assert.Equal(3.0123185117459004, (double)metrics["bencher::mock_0"]!["latency"]!["lower_value"]!);
        Assert.Equal(3.681722625467211, (double)metrics["bencher::mock_0"]!["latency"]!["upper_value"]!);
        Assert.Equal(expected.Length, metrics.Count);
    }

    [Fact]
    public async Task A_power_scales_the_same_values()
    {
        var (small, large) = (await MockAsync("--seed", "7"), await MockAsync("--seed", "7", "--pow", "3"));

        foreach (var (name, measures) in small)
            Assert.Equal(
                (double)measures!["latency"]!["value"]! * 100,
                (double)large[name]!["latency"]!["value"]!,
                tolerance: 1e-9
            );
    }

    [Fact]
    public async Task Each_measure_has_its_own_values()
    {
        var metrics = await MockAsync("--seed", "6", "--count", "2", "--measure", "latency", "--measure", "screams");

        Assert.Equal(["bencher::mock_0", "bencher::mock_1"], metrics.Select(m => m.Key));
        Assert.All(metrics, m => Assert.Equal(["latency", "screams"], m.Value!.AsObject().Select(v => v.Key)));
        Assert.NotEqual(
            (double)metrics["bencher::mock_0"]!["latency"]!["value"]!,
            (double)metrics["bencher::mock_0"]!["screams"]!["value"]!
        );
    }

    [Fact]
    public async Task Two_runs_without_a_seed_differ() =>
        Assert.NotEqual((await MockAsync()).ToJsonString(), (await MockAsync()).ToJsonString());

    [Theory]
    [InlineData("--fail", "--flaky")]
    [InlineData("--seed", "-1")]
    [InlineData("--count", "many")]
    [InlineData("--pow", "1.5")]
    [InlineData("--pow", "2147483648")]
    [InlineData("--measure", " ")]
    public async Task Invalid_or_conflicting_options_are_refused(params string[] args)
    {
        var ended = await PaddockProgram.RunAsync(["mock", .. args]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Equal("", ended.Output);
        Assert.StartsWith("error: ", ended.Error);
    }

    [Theory]
    [InlineData("400")]
    [InlineData("308")]
    [InlineData("-400")]
    [InlineData("2147483647")]
    [InlineData("-2147483648")]
    public async Task A_power_beyond_the_range_of_numbers_is_a_failure(string pow)
    {
        var ended = await PaddockProgram.RunAsync(["mock", $"--pow={pow}"]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Equal($"\n--pow: 10 to the power of {pow} is out of the range of numbers.\n", ended.Error);
    }

    [Theory]
    [InlineData("300")]
    [InlineData("-300")]
    [InlineData("0")]
    public async Task A_power_within_the_range_of_numbers_is_accepted(string pow) =>
        Assert.Equal(5, (await MockAsync($"--pow={pow}")).Count);

    private static async Task<JsonObject> MockAsync(params string[] args)
    {
        var ended = await PaddockProgram.RunAsync(["mock", .. args]);
        Assert.Equal(0, ended.ExitCode);
        return JsonNode.Parse(ended.Output)!.AsObject();
    }
}
