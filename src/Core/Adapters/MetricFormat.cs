using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Bencher Metric Format: { benchmark: { measure: { "value", "lower_value", "upper_value" } } }.</summary>
public static class MetricFormat
{
    /// <summary>
    /// The results in an output; null if it is not in this format. A document without benchmarks is valid.
    /// </summary>
    public static Results? Read(ReadOnlySpan<byte> utf8)
    {
        var output = new Output(utf8, ReadOptions.Usual);
        return Read(ref output);
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte})"/>
    internal static Results? Read(ref Output output)
    {
        if (output.Utf8.IndexOfAnyExcept(" \t\r\n"u8) is not (>= 0 and var start))
            return null;
        if (output.Utf8[start] != '{' && output.Utf8.IndexOf("\"value\""u8) < 0)
            return null;
        Results? results = null;
        var measures = new MeasureKeys();
        var documents = new Documents(output.Utf8, '{', "\"value\""u8, other: default);
        while (documents.Next())
        {
            var found = new Results();
            if (documents.Read((ref Utf8JsonReader json) => Root(ref json, found, measures)))
            {
                // An empty object inside other output may be anything, so it does not count as results.
                if (!documents.IsAlone && !found.Benchmarks.Any(benchmark => benchmark.Metrics.Count > 0))
                    continue;
                if (results is null)
                    results = found;
                else
                    results.Absorb(found);
            }
            else if (
                !documents.IsAgain
                && (found.Refused is not null || found.Benchmarks.Any(benchmark => benchmark.Metrics.Count > 0))
            )
            {
                // Documents in this format are written for Paddock, so one that contains an error is refused as a
                // whole.
                output.Trouble ??= found.Refused ?? documents.Why;
                output.FaultLine = documents.FaultLine;
                return null;
            }
        }
        output.FaultLine = documents.FaultLine;
        results?.Settle();
        return results;
    }

    /// <summary>Writes the whole document. Missing bounds are written as null, as existing tools do.</summary>
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
        if (bound is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    private static bool Root(ref Utf8JsonReader json, Results results, MeasureKeys measures)
    {
        if (!json.Object())
            return false;
        while (json.Property())
        {
            if (!NameId<BenchmarkName>.TryParse(json.Current(), out var name))
                return false;
            var benchmark = results.Benchmark(name);
            benchmark.Clear(); // A repeated benchmark replaces the first one.
            if (!Measures(ref json, results, benchmark, measures))
                return false;
        }
        return true;
    }

    private static bool Measures(
        ref Utf8JsonReader json,
        Results results,
        BenchmarkResults benchmark,
        MeasureKeys measures
    )
    {
        if (!json.Object())
            return false;
        while (json.Property())
        {
            if (!measures.TryParse(ref json, out var measure))
                return false;
            if (!One(ref json, out var metric, out var why))
                return why is not null
                    && results.Refuse(
                        $"the benchmark {Text.Quote(benchmark.Name.Value)}, measure {Text.Quote(measure.Value)}: {why}"
                    );
            benchmark.Set(measure, metric);
        }
        return true;
    }

    /// <param name="why">The error in what looks like a metric; null if the value does not look like a metric.</param>
    private static bool One(ref Utf8JsonReader json, out Metric metric, out string? why)
    {
        (metric, why) = (default, null);
        if (!json.Object())
            return false;
        Figure value = default,
            lower = default,
            upper = default;
        bool hasValue = false,
            hasLower = false,
            hasUpper = false;
        while (json.Property())
        {
            // If a number is given twice, it is unclear which one is meant.
            if (json.Is("value"u8))
                why ??= Once(ref json, ref hasValue, out value, "value");
            else if (json.Is("lower_value"u8))
                why ??= Once(ref json, ref hasLower, out lower, "lower_value");
            else if (json.Is("upper_value"u8))
                why ??= Once(ref json, ref hasUpper, out upper, "upper_value");
            else
                json.Other();
            if (why is not null)
                return false;
        }
        if (value.Value is null && (hasValue || hasLower || hasUpper))
            why = value.Why("value");
        else if (lower.IsOdd)
            why = lower.Why("lower_value");
        else if (upper.IsOdd)
            why = upper.Why("upper_value");
        metric = new(value.Value ?? 0, lower.Value, upper.Value);
        return value.Value is not null && why is null;
    }

    private static string? Once(ref Utf8JsonReader json, ref bool has, out Figure figure, string field)
    {
        json.Figure(out figure);
        if (has)
            return $"its {field} is there twice";
        has = true;
        return null;
    }

    /// <summary>A cache of measures: a document has few, but repeats their names for every benchmark.</summary>
    private sealed class MeasureKeys
    {
        private const int KnownMax = 32;
        private readonly List<(byte[] Utf8, NameId<ResourceName> Measure)> known = [];

        public bool TryParse(ref Utf8JsonReader json, out NameId<ResourceName> measure)
        {
            foreach (var (utf8, one) in known)
            {
                if (!json.ValueSpan.SequenceEqual(utf8))
                    continue;
                measure = one;
                return true;
            }
            if (!NameId<ResourceName>.TryParse(json.Current(), out measure))
                return false;
            if (known.Count < KnownMax)
                known.Add((json.ValueSpan.ToArray(), measure));
            return true;
        }
    }
}
