using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>JMH's JSON. Its units say whether a score is a latency or a throughput; modes and parameters are not looked at.</summary>
internal static class JavaJmh
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        average != Average.Median && output.MayBeJson('[', "\"primaryMetric\""u8) ? Json.Read(output.Utf8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
            if (!Benchmark(ref json, results)) return false;
        return true;
    }

    private static bool Benchmark(ref Utf8JsonReader json, Results results)
    {
        if (!json.Object()) return false;
        BenchmarkName? name = null;
        (BuiltInMeasure Measure, Metric Metric)? primary = null;
        var secondary = false;
        while (json.Property())
        {
            var fine = json.Is("benchmark"u8) ? json.Name(out name)
                : json.Is("primaryMetric"u8) ? Primary(ref json, out primary)
                : json.Is("secondaryMetrics"u8) ? json.AnyObject(out secondary)
                : json.Other();
            if (!fine) return false;
        }
        return primary is not null && secondary && results.AddOnly(name, primary.Value.Measure, primary.Value.Metric);
    }

    private static bool Primary(ref Utf8JsonReader json, out (BuiltInMeasure, Metric)? primary)
    {
        primary = null;
        if (!json.Object()) return false;
        double? score = null, lower = null, upper = null;
        string? unit = null;
        while (json.Property())
        {
            var fine = json.Is("score"u8) ? json.Decimal(out score)
                : json.Is("scoreConfidence"u8) ? Pair(ref json, out lower, out upper)
                : json.Is("scoreUnit"u8) ? json.Text(out unit)
                : json.Other();
            if (!fine) return false;
        }
        if (score is null || upper is null || unit is null || Measure(unit) is not { } scale) return false;
        primary = (scale.Measure, new(score.Value * scale.Factor, lower * scale.Factor, upper * scale.Factor));
        return true;
    }

    private static bool Pair(ref Utf8JsonReader json, out double? lower, out double? upper)
    {
        lower = upper = null;
        return json.Array() && json.Item() && json.Decimal(out lower) && json.Item() && json.Decimal(out upper) && !json.Item();
    }

    // What a score is multiplied by to be a latency in nanoseconds or a throughput per second.
    private static (BuiltInMeasure Measure, double Factor)? Measure(string unit)
    {
        if (unit.Contains("/op", StringComparison.Ordinal))
            return unit.EndsWith("/op", StringComparison.Ordinal) && Lexing.Unit(unit[..^3]) is { } time
                ? (BuiltInMeasure.Latency, time)
                : null;
        return unit.StartsWith("ops/", StringComparison.Ordinal) && Lexing.Unit(unit[4..]) is { } per
            ? (BuiltInMeasure.Throughput, SecondNanoseconds / per)
            : null;
    }
}
