using System.Text.Json;

namespace Paddock.Core.Noise;

/// <summary>How much a machine disturbs the programs that run on it.</summary>
public enum NoiseLevel
{
    Quiet,
    Moderate,
    Noisy,
    VeryNoisy,
}

/// <summary>One measurement of a machine's noise.</summary>
/// <param name="Compute">The jitter of a loop that only calculates.</param>
/// <param name="Cache">The jitter of sweeps through most of the last-level cache.</param>
/// <param name="Io">The jitter of small writes that wait for the disk.</param>
/// <param name="Steal">The percentage of time that the hypervisor gave to other guests; null if the kernel does not
/// report it.</param>
public sealed record NoiseReading(Jitter Compute, Jitter Cache, Jitter Io, double? Steal)
{
    private const double ComputeWeight = 0.30,
        CacheWeight = 0.40,
        IoWeight = 0.15,
        StealWeight = 0.15;

    /// <summary>
    /// The noise score, from 0 (a quiet machine) to 100. The scale is logarithmic: ten times the jitter adds 33. Below
    /// 1 % of weighted jitter the score is 0.
    /// </summary>
    public double Score => ScoreOf(Compute.Percent, Cache.Percent, Io.Percent, Steal);

    public NoiseLevel Level => LevelOfScore(Score);

    /// <summary>
    /// Computes the score; all arguments are in percent. If <paramref name="steal"/> is unknown, the other three share
    /// its weight equally.
    /// </summary>
    public static double ScoreOf(double compute, double cache, double io, double? steal)
    {
        const double share = StealWeight / 3;
        var weighted = steal is { } known
            ? ComputeWeight * compute + CacheWeight * cache + IoWeight * io + StealWeight * known
            : (ComputeWeight + share) * compute + (CacheWeight + share) * cache + (IoWeight + share) * io;
        return weighted > 0 ? Math.Clamp(33 * Math.Log10(weighted), 0, 100) : 0;
    }

    public static NoiseLevel LevelOfScore(double score) => Graded(score, 40, 55, 70);

    /// <summary>The level for the jitter of one loop, in percent.</summary>
    public static NoiseLevel LevelOfJitter(double percent) => Graded(percent, 25, 50, 100);

    public static NoiseLevel LevelOfSteal(double percent) => Graded(percent, 1, 5, 15);

    /// <summary>Writes the JSON document that a run may report: one benchmark per kind of noise, values only.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        Metric("compute_jitter", "compute-jitter", Compute.Percent);
        Metric("cache_jitter", "cache-jitter", Cache.Percent);
        Metric("io_jitter", "io-jitter", Io.Percent);
        if (Steal is { } steal)
            Metric("cpu_steal", "cpu-steal", steal);
        Metric("composite", "noise-score", Score);
        writer.WriteEndObject();

        void Metric(string benchmark, string measure, double value)
        {
            writer.WriteStartObject($"bencher::noise::{benchmark}");
            writer.WriteStartObject(measure);
            writer.WriteNumber("value", value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    private static NoiseLevel Graded(double value, double quiet, double moderate, double noisy) =>
        value <= quiet ? NoiseLevel.Quiet
        : value <= moderate ? NoiseLevel.Moderate
        : value <= noisy ? NoiseLevel.Noisy
        : NoiseLevel.VeryNoisy;
}
