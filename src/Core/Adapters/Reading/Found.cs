using System.Text;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters.Reading;

/// <summary>How adapters put what they found into results.</summary>
internal static class Found
{
    /// <summary>Null for results without a benchmark, which all adapters but json take for a failure.</summary>
    public static Results? OrNull(this Results results) => results.Benchmarks.Count > 0 ? results : null;

    /// <summary>Adds the only metric of a benchmark; the same benchmark again replaces the first.</summary>
    /// <returns>False where name or metric is not valid; then nothing is added.</returns>
    public static bool AddOnly(this Results results, ReadOnlySpan<byte> name, BuiltInMeasure measure, Metric metric) =>
        results.AddOnly(Name(name), measure, metric);

    /// <inheritdoc cref="AddOnly(Results, ReadOnlySpan{byte}, BuiltInMeasure, Metric)"/>
    public static bool AddOnly(this Results results, BenchmarkName? name, BuiltInMeasure measure, Metric metric)
    {
        if (name is null || !metric.IsFinite) return false;
        results.Benchmark(name).SetOnly(measure.Id, metric);
        return true;
    }

    /// <summary>A name as a harness prints it; null when it is not valid. What is not UTF-8 in it is replaced.</summary>
    public static BenchmarkName? Name(ReadOnlySpan<byte> utf8) =>
        utf8.Length <= BenchmarkName.BytesMax ? Name(Encoding.UTF8.GetString(utf8)) : null;

    /// <inheritdoc cref="Name(ReadOnlySpan{byte})"/>
    public static BenchmarkName? Name(string text) => BenchmarkName.TryParse(text, out var name) ? name : null;
}
