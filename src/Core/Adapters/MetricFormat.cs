using System.Text.Json;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Bencher Metric Format: { benchmark: { measure: { "value", "lower_value", "upper_value" } } }.</summary>
public static class MetricFormat
{
    /// <summary>The results in a document, or null when it is not of this format. No benchmark at all is a valid result.</summary>
    public static Results? Read(ReadOnlySpan<byte> utf8) => Json.Read(utf8, average: null, Root);

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

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (json.TokenType != JsonTokenType.StartObject) return false;
        while (Json.Property(ref json))
        {
            if (!NameId<BenchmarkName>.TryParse(json.GetString(), out var name)) return false;
            var benchmark = results.Benchmark(name);
            benchmark.Clear(); // The same benchmark again replaces the first.
            if (!json.Read() || !Measures(ref json, benchmark)) return false;
        }
        return true;
    }

    private static bool Measures(ref Utf8JsonReader json, BenchmarkResults benchmark)
    {
        if (json.TokenType != JsonTokenType.StartObject) return false;
        while (Json.Property(ref json))
        {
            if (!NameId<ResourceName>.TryParse(json.GetString(), out var measure)) return false;
            if (!json.Read() || !One(ref json, out var metric)) return false;
            benchmark.Set(measure, metric);
        }
        return true;
    }

    private static bool One(ref Utf8JsonReader json, out Metric metric)
    {
        metric = default;
        if (json.TokenType != JsonTokenType.StartObject) return false;
        double? value = null;
        Bound lower = default, upper = default;
        while (Json.Property(ref json))
        {
            if (json.Is("value"u8))
            {
                if (value is not null || !json.Read() || !Json.Number(ref json, out var number)) return false;
                value = number;
            }
            else if (json.Is("lower_value"u8)) { if (!lower.Read(ref json)) return false; }
            else if (json.Is("upper_value"u8)) { if (!upper.Read(ref json)) return false; }
            else json.Skip();
        }
        metric = new(value.GetValueOrDefault(), lower.Value, upper.Value);
        return value is not null;
    }

    private struct Bound
    {
        private bool given;
        public double? Value { get; private set; }

        // Given twice, it would be anybody's guess which one is meant.
        public bool Read(ref Utf8JsonReader json)
        {
            if (given || !json.Read()) return false;
            given = true;
            if (json.TokenType == JsonTokenType.Null) return true;
            if (!Json.Number(ref json, out var number)) return false;
            Value = number;
            return true;
        }
    }
}
