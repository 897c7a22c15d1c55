using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Core.Noise;

namespace Paddock.Core.Tests.Noise;

public sealed class NoiseTests
{
    [Fact]
    public void Jitter_ignores_the_first_tenth_of_the_rounds()
    {
        // The nine remaining values have mean 5 and a sum of squared deviations of 32.
        var jitter = Jitter.Of([1_000_000, 2, 4, 4, 4, 5, 5, 7, 9, 5])!;

        Assert.Equal(9, jitter.Samples);
        Assert.Equal(5, jitter.Mean, tolerance: 1e-12);
        Assert.Equal(Math.Sqrt(32.0 / 8), jitter.Deviation, tolerance: 1e-12);
        Assert.Equal(40, jitter.Percent, tolerance: 1e-12);
        Assert.Equal(9, jitter.P99);
    }

    [Fact]
    public void Jitter_is_null_without_rounds_and_zero_for_a_single_round()
    {
        Assert.Null(Jitter.Of([]));
        Assert.Equal(new Jitter(1, 7, 0, 7), Jitter.Of([7]));
        Assert.Equal(0, Jitter.Of([0, 0, 0])!.Percent);
    }

    [Fact]
    public void A_small_deviation_around_a_large_mean_is_not_lost_to_rounding()
    {
        const long far = 1_000_000_000_000_000;

        Assert.Equal(1, Jitter.Of([far, far + 1, far + 2])!.Deviation, tolerance: 1e-9);
    }

    [Theory]
    [InlineData(0, 0, 0, 0.0, 0)]
    [InlineData(1, 1, 1, 1.0, 0)] // The scale begins at a weighted jitter of 1 %.
    [InlineData(10, 10, 10, 10.0, 33)]
    [InlineData(10, 10, 10, null, 33)] // The weights also add up to one without steal.
    [InlineData(100, 0, 0, 0.0, 48.745)] // 33 · log10(30)
    [InlineData(0, 100, 0, 0.0, 52.868)] // 33 · log10(40)
    [InlineData(0, 0, 100, 0.0, 38.811)] // 33 · log10(15)
    [InlineData(0, 0, 0, 100.0, 38.811)]
    [InlineData(100, 0, 0, null, 50.954)] // 33 · log10(35)
    [InlineData(1e6, 1e6, 1e6, 100.0, 100)]
    public void The_noise_score_weighs_compute_cache_and_IO_jitter_and_steal(
        double compute,
        double cache,
        double io,
        double? steal,
        double score
    ) => Assert.Equal(score, NoiseReading.ScoreOf(compute, cache, io, steal), tolerance: 1e-3);

    [Fact]
    public void Noise_levels_have_fixed_boundaries_for_score_jitter_and_steal()
    {
        Assert.Equal(
            [NoiseLevel.Quiet, NoiseLevel.Moderate, NoiseLevel.Noisy, NoiseLevel.VeryNoisy],
            new[] { 40, 55, 70, 70.1 }.Select(NoiseReading.LevelOfScore)
        );
        Assert.Equal(
            [NoiseLevel.Quiet, NoiseLevel.Moderate, NoiseLevel.Noisy, NoiseLevel.VeryNoisy],
            new[] { 25, 25.1, 100, 101 }.Select(NoiseReading.LevelOfJitter)
        );
        Assert.Equal(
            [NoiseLevel.Quiet, NoiseLevel.Moderate, NoiseLevel.Noisy, NoiseLevel.VeryNoisy],
            new[] { 1, 5, 5.1, 15.1 }.Select(NoiseReading.LevelOfSteal)
        );
    }

    [Fact]
    public void A_noise_reading_is_written_as_metrics_without_steal_when_steal_is_unknown()
    {
        var even = new Jitter(10, 100, 10, 120);

        var told = Written(new(even, even, even, Steal: 2));
        var untold = Written(new(even, even, even, Steal: null));

        Assert.Equal(10, (double)told["bencher::noise::compute_jitter"]!["compute-jitter"]!["value"]!);
        Assert.Equal(10, (double)told["bencher::noise::cache_jitter"]!["cache-jitter"]!["value"]!);
        Assert.Equal(10, (double)told["bencher::noise::io_jitter"]!["io-jitter"]!["value"]!);
        Assert.Equal(2, (double)told["bencher::noise::cpu_steal"]!["cpu-steal"]!["value"]!);
        Assert.Equal(
            NoiseReading.ScoreOf(10, 10, 10, 2),
            (double)told["bencher::noise::composite"]!["noise-score"]!["value"]!
        );
        Assert.Equal(told.Select(m => m.Key).Except(["bencher::noise::cpu_steal"]), untold.Select(m => m.Key));
    }

    [Fact]
    public void Steal_is_the_share_of_stolen_ticks_between_two_readings()
    {
        var before = ProcessorTime.Parse("cpu  100 0 100 800 0 0 0 50 40 0\ncpu0 1 2 3\nctxt 1000\n")!;
        var after = ProcessorTime.Parse("cpu  150 0 150 870 0 0 0 80 60 0\nctxt 1600\n")!;

        Assert.Equal(1050, before.Total); // User ticks already include guest ticks.
        Assert.Equal(15, after.StealPercentSince(before));
        Assert.Equal(600, after.ContextSwitches - before.ContextSwitches);
        Assert.Null(before.StealPercentSince(before));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu\n")]
    [InlineData("cpu 1 2 three 4\n")]
    [InlineData("intr 1 2 3\n")]
    public void An_invalid_CPU_line_is_not_read_as_processor_time(string stat) =>
        Assert.Null(ProcessorTime.Parse(stat));

    [Fact]
    public void Steal_is_null_on_a_kernel_that_does_not_count_it()
    {
        var old = ProcessorTime.Parse("cpu  1 2 3 4 5 6 7\n")!;

        Assert.Null(old.Steal);
        Assert.Null(ProcessorTime.Parse("cpu  2 3 4 5 6 7 8\n")!.StealPercentSince(old));
    }

    private static JsonObject Written(NoiseReading reading)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            reading.Write(writer);
        return JsonNode.Parse(Encoding.UTF8.GetString(buffer.ToArray()))!.AsObject();
    }
}
