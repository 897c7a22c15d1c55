using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>pytest-benchmark's JSON, in seconds.</summary>
internal static class PythonPytest
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"machine_info\""u8) ? Json.Read(ref output, '{', average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        bool machine = false, commit = false, benchmarks = false;
        while (json.Property())
        {
            var fine = json.Is("machine_info"u8) ? json.AnyObject(out machine)
                : json.Is("commit_info"u8) ? json.AnyObject(out commit)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, average, results)
                : json.Other();
            if (!fine) return false;
        }
        return machine && commit && benchmarks;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
            if (!Benchmark(ref json, average, results)) return false;
        return true;
    }

    private static bool Benchmark(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        BenchmarkName? name = null;
        Metric? latency = null;
        List<(string Key, double Value)>? extra = null;
        while (json.Property())
        {
            var fine = json.Is("fullname"u8) ? json.Name(out name)
                : json.Is("stats"u8) ? Stats(ref json, average, out latency)
                : results.TakesAll && json.Is("extra_info"u8) ? Extra(ref json, extra = [])
                : json.Other();
            if (!fine) return false;
        }
        if (latency is null || !results.Sample(name, BuiltInMeasure.Latency, latency.Value)) return false;
        foreach (var (key, value) in extra ?? []) results.SampleMore(name, key, units: null, new(value));
        return true;
    }

    // Whatever a test wants to say about itself; only its numbers are measures.
    private static bool Extra(ref Utf8JsonReader json, List<(string, double)> extra)
    {
        if (!json.Object()) return json.Other();
        while (json.Property())
        {
            var key = json.Current();
            if (!json.NumberOrOther(out var value)) return false;
            if (value is not null) extra.Add((key, value.Value));
        }
        return true;
    }

    private static bool Stats(ref Utf8JsonReader json, Average? average, out Metric? latency)
    {
        latency = null;
        if (!json.Object()) return false;
        double? mean = null, deviation = null, median = null, range = null;
        while (json.Property())
        {
            var fine = json.Is("mean"u8) ? json.Decimal(out mean)
                : json.Is("stddev"u8) ? json.Decimal(out deviation)
                : json.Is("median"u8) ? json.Decimal(out median)
                : json.Is("iqr"u8) ? json.Decimal(out range)
                : json.Other();
            if (!fine) return false;
        }
        if (mean is null || deviation is null || median is null || range is null) return false;
        var (value, margin) = average == Average.Median ? (median.Value, range.Value) : (mean.Value, deviation.Value);
        latency = Metric.Around(value * SecondNanoseconds, margin * SecondNanoseconds);
        return true;
    }
}
