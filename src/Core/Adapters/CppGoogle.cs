using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Google Benchmark's JSON.</summary>
internal static class CppGoogle
{
    public static Results? Read(ref Output output, Average? average) =>
        average != Average.Median && output.MayBeJson('{', "\"real_time\""u8) ? Json.Read(output.Utf8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        bool context = false, benchmarks = false;
        while (json.Property())
        {
            var fine = json.Is("context"u8) ? context = Context(ref json)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, results)
                : json.Other();
            if (!fine) return false;
        }
        return context && benchmarks;
    }

    // The caches are not used; without them it is another tool's document.
    private static bool Context(ref Utf8JsonReader json)
    {
        if (!json.Object()) return false;
        var caches = false;
        while (json.Property())
            if (!(json.Is("caches"u8) ? caches = Caches(ref json) : json.Other())) return false;
        return caches;
    }

    private static bool Caches(ref Utf8JsonReader json)
    {
        if (!json.Array()) return false;
        while (json.Item())
            if (!json.AnyObject(out _)) return false;
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, Results results)
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
        double? time = null, unit = null;
        while (json.Property())
        {
            var fine = json.Is("name"u8) ? json.Name(out name)
                : json.Is("real_time"u8) ? json.Decimal(out time)
                : json.Is("time_unit"u8) ? json.Unit(out unit)
                : json.Other();
            if (!fine) return false;
        }
        return time is not null && unit is not null && results.AddOnly(name, BuiltInMeasure.Latency, new(time.Value * unit.Value));
    }
}
