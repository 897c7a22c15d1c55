using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Bencher Metric Format: { benchmark: { measure: { "value", "lower_value", "upper_value" } } }.</summary>
public static class MetricFormat
{
    /// <summary>The results in a document, or null when it is not of this format. No benchmark at all is a valid result.</summary>
    public static Results? Read(ReadOnlySpan<byte> utf8)
    {
        var output = new Output(utf8, ReadOptions.Usual);
        utf8 = output.Utf8;
        if (!utf8.TrimStart(" \t\r\n"u8).StartsWith("{"u8)) return null;
        var results = new Results();
        var measures = new MeasureKeys();
        return Json.Document(utf8, (ref Utf8JsonReader json) => Root(ref json, results, measures)) ? results : null;
    }

    /// <summary>Writes the whole document; bounds that are absent are written as null, as existing tools do.</summary>
    public static void Write(Utf8JsonWriter writer, Results results)
    {
        writer.WriteStartObject();
        foreach (var benchmark in results.Benchmarks)
        {
            writer.WriteStartObject(benchmark.Name.Value);
            foreach (var (measure, metric) in benchmark.Metrics)
            {
                writer.WriteStartObject(measure.Value);
                writer.WriteNumber("value"u8, metric.Value);
                Write(writer, "lower_value"u8, metric.LowerValue);
                Write(writer, "upper_value"u8, metric.UpperValue);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, double? bound)
    {
        if (bound is { } number) writer.WriteNumber(name, number);
        else writer.WriteNull(name);
    }

    private static bool Root(ref Utf8JsonReader json, Results results, MeasureKeys measures)
    {
        if (!json.Object()) return false;
        while (json.Property())
        {
            if (!NameId<BenchmarkName>.TryParse(json.Current(), out var name)) return false;
            var benchmark = results.Benchmark(name);
            benchmark.Clear(); // The same benchmark again replaces the first.
            if (!Measures(ref json, benchmark, measures)) return false;
        }
        return true;
    }

    private static bool Measures(ref Utf8JsonReader json, BenchmarkResults benchmark, MeasureKeys measures)
    {
        if (!json.Object()) return false;
        while (json.Property())
        {
            if (!measures.TryParse(ref json, out var measure) || !One(ref json, out var metric)) return false;
            benchmark.Set(measure, metric);
        }
        return true;
    }

    private static bool One(ref Utf8JsonReader json, out Metric metric)
    {
        metric = default;
        if (!json.Object()) return false;
        double? value = null, lower = null, upper = null;
        bool hasLower = false, hasUpper = false;
        while (json.Property())
        {
            // A number given twice leaves open which one is meant.
            var fine = json.Is("value"u8) ? value is null && json.Number(out value)
                : json.Is("lower_value"u8) ? !hasLower && (hasLower = json.NumberOrNull(out lower))
                : json.Is("upper_value"u8) ? !hasUpper && (hasUpper = json.NumberOrNull(out upper))
                : json.Other();
            if (!fine) return false;
        }
        metric = new(value.GetValueOrDefault(), lower, upper);
        return value is not null;
    }

    /// <summary>The measures met so far: a document has few, and names them again for every benchmark.</summary>
    private sealed class MeasureKeys
    {
        private const int KnownMax = 32;
        private readonly List<(byte[] Utf8, NameId<ResourceName> Measure)> known = [];

        public bool TryParse(ref Utf8JsonReader json, out NameId<ResourceName> measure)
        {
            foreach (var (utf8, one) in known)
            {
                if (!json.ValueSpan.SequenceEqual(utf8)) continue;
                measure = one;
                return true;
            }
            if (!NameId<ResourceName>.TryParse(json.Current(), out measure)) return false;
            if (known.Count < KnownMax) known.Add((json.ValueSpan.ToArray(), measure));
            return true;
        }
    }
}
