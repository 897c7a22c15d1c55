using System.Text;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters.Reading;

/// <summary>Helpers with which adapters add to the results.</summary>
internal static class Found
{
    /// <summary>
    /// The finished results; null if they have no benchmark, which all adapters except json treat as a failure.
    /// </summary>
    public static Results? OrNull(this Results results)
    {
        if (results.Benchmarks.Count == 0)
            return null;
        results.Settle();
        return results;
    }

    /// <summary>Adds a sample of a benchmark.</summary>
    /// <returns>False if the name or the metric is not valid. Nothing is then added.</returns>
    public static bool Sample(this Results results, ReadOnlySpan<byte> name, BuiltInMeasure measure, Metric metric) =>
        results.Sample(Name(name), measure, metric);

    /// <inheritdoc cref="Sample(Results, ReadOnlySpan{byte}, BuiltInMeasure, Metric)"/>
    public static bool Sample(this Results results, BenchmarkName? name, BuiltInMeasure measure, Metric metric)
    {
        if (name is null || !metric.IsFinite)
            return false;
        results.Sample(name, measure.Id, metric);
        return true;
    }

    /// <summary>
    /// Adds a sample of a measure that is named by the harness. If that is not a valid name, the sample is dropped. A
    /// user's counter called "latency" is not mistaken for the latency that the harness measured.
    /// </summary>
    /// <inheritdoc cref="SampleOf(Results, BenchmarkResults, string, string?, Metric)"/>
    public static void SampleMore(
        this Results results,
        BenchmarkResults benchmark,
        string measure,
        string? units,
        Metric metric
    ) => results.SampleOf(benchmark, Reported(measure), units, metric);

    /// <inheritdoc cref="SampleMore(Results, BenchmarkResults, string, string?, Metric)"/>
    public static void SampleMore(
        this Results results,
        BenchmarkName? name,
        string measure,
        string? units,
        Metric metric
    ) => results.SampleOf(name, Reported(measure), units, metric);

    /// <inheritdoc cref="SampleOf(Results, BenchmarkResults, string, string?, Metric)"/>
    public static void SampleOf(this Results results, BenchmarkName? name, string measure, string? units, Metric metric)
    {
        if (name is not null && metric.IsFinite && ResourceName.TryParse(measure, out _))
            results.SampleOf(results.Benchmark(name), measure, units, metric);
    }

    /// <summary>Adds a sample of the measure with this name, built in or not.</summary>
    /// <param name="units">The units that the harness prints; null if it prints none.</param>
    public static void SampleOf(
        this Results results,
        BenchmarkResults benchmark,
        string measure,
        string? units,
        Metric metric
    )
    {
        if (!metric.IsFinite || !ResourceName.TryParse(measure, out var valid))
            return;
        var id = BuiltInMeasure.Find(measure)?.Id ?? NameId<ResourceName>.OfName(valid);
        results.Sample(benchmark, id, metric);
        if (units is not null && ResourceName.TryParse(units, out _))
            results.SetUnits(id, units);
    }

    /// <summary>
    /// Adds a sample in a unit whose prefix the harness may choose by the size of the number. Sizes and rates are
    /// recorded without a prefix, times in nanoseconds, so that a measure has the same unit in every run.
    /// </summary>
    public static void SampleIn(
        this Results results,
        BenchmarkResults benchmark,
        string measure,
        string? unit,
        Metric metric
    )
    {
        var (units, scale) =
            unit is null ? (null, 1)
            : Lexing.UnitWord(unit) is { } time ? (BuiltInMeasure.Latency.Units, time)
            : Rates.Rate(unit) is var (rate, perSecond) ? (rate == "B/s" ? "bytes / second (B/s)" : rate, perSecond)
            : Rates.Size(unit) is var (thing, many) ? (thing is "B" or "byte" or "bytes" ? "bytes (B)" : thing, many)
            : (unit, 1.0);
        results.SampleMore(benchmark, measure, units, metric.Times(scale));
    }

    private static string Reported(string measure) =>
        BuiltInMeasure.Find(measure) is { } known
        && (known == BuiltInMeasure.Latency || known == BuiltInMeasure.Throughput)
            ? $"reported {measure}"
            : measure;

    /// <summary>
    /// A name that a harness printed; null if it is not valid. Bytes that are not UTF-8 are replaced.
    /// </summary>
    public static BenchmarkName? Name(ReadOnlySpan<byte> utf8) =>
        utf8.Length <= BenchmarkName.BytesMax ? Name(Encoding.UTF8.GetString(utf8)) : null;

    /// <inheritdoc cref="Name(ReadOnlySpan{byte})"/>
    public static BenchmarkName? Name(string text) => BenchmarkName.TryParse(text, out var name) ? name : null;
}
