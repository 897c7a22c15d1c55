using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Google Benchmark's JSON.</summary>
internal static class CppGoogle
{
    public static Results? Read(ref Output output, Average? average) =>
        average != Average.Median && output.MayBeJson('{', "\"real_time\""u8) ? Json.Read(ref output, '{', average, Root) : null;

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
        Row row = default;
        while (json.Property())
            if (!row.Read(ref json, results.TakesAll)) return false;
        return row.AddTo(results);
    }

    private struct Row
    {
        // Numbers of every row that say how it was measured, not what came out.
        private static readonly ByteKeys<bool> Circumstances = new("family_index per_family_instance_index repetitions repetition_index threads iterations"
            .Split(' ').Select(key => (key, true)));

        private BenchmarkName? name;
        private double? time, unit;
        private string? aggregate, aggregateUnit, message;
        private bool failed, skipped;
        private List<(string Key, double Value)>? counters;

        public bool Read(ref Utf8JsonReader json, bool all) =>
            json.Is("name"u8) ? json.Name(out name)
            : json.Is("real_time"u8) ? json.Decimal(out time)
            : json.Is("time_unit"u8) ? json.Unit(out unit)
            : json.Is("aggregate_name"u8) ? json.TextOrNull(out aggregate)
            : json.Is("aggregate_unit"u8) ? json.TextOrNull(out aggregateUnit)
            : json.Is("error_occurred"u8) ? json.Flag(out failed)
            : json.Is("skipped"u8) ? json.Flag(out skipped)
            : json.Is("error_message"u8) || json.Is("skip_message"u8) ? json.TextOrNull(out message)
            : all ? Counter(ref json)
            : json.Other();

        public readonly bool AddTo(Results results)
        {
            if (name is null) return false;
            if (Why() is { } why) results.LeaveOut(name.Value, why);
            else if (time is null || unit is null || !results.Sample(name, BuiltInMeasure.Latency, new(time.Value * unit.Value))) return false;
            else
                foreach (var (key, value) in counters ?? [])
                    results.SampleMore(name, key, key == "cpu_time" ? BuiltInMeasure.Latency.Units : UnitsOf(key), new(key == "cpu_time" ? value * unit.Value : value));
            return true;
        }

        private readonly string? Why() =>
            failed ? message is { Length: > 0 } ? $"it failed: {message}" : "it failed"
            : skipped ? message is { Length: > 0 } ? $"it was skipped: {message}" : "it was skipped"
            : aggregate == "BigO" || name!.Value.EndsWith("_BigO", StringComparison.Ordinal) && time is null ? "the complexity that was fitted is no time"
            : aggregate == "RMS" || name!.Value.EndsWith("_RMS", StringComparison.Ordinal) && time is null ? "the error of the fitted complexity is no time"
            : aggregateUnit == "percentage" || aggregate == "cv" ? "a ratio is no time"
            : null;

        private static string? UnitsOf(string key) => key.EndsWith("bytes_per_second", StringComparison.Ordinal) ? "bytes / second (B/s)"
            : key.EndsWith("_per_second", StringComparison.Ordinal) ? $"{key[..^11]} / second" : null;

        private bool Counter(ref Utf8JsonReader json)
        {
            if (Circumstances.TryGet(json.ValueSpan, out _)) return json.Other();
            var key = json.Current();
            if (!json.NumberOrOther(out var value)) return false;
            if (value is not null) (counters ??= []).Add((key, value.Value));
            return true;
        }
    }
}
