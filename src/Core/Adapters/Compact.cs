using System.Buffers;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Core.Adapters;

/// <summary>
/// Serializes the results of an adapter as a document that every adapter reads back to the same results. Clients use it
/// when they must not or need not send the whole output of a harness. It holds names, full names, metrics, units and
/// what was left out.
/// </summary>
public static class Compact
{
    private const double Version = 1;

    // The start of every compact document, and of no other.
    private static ReadOnlySpan<byte> Mark => "{\"paddock_results\":"u8;

    public static bool IsOne(ReadOnlySpan<byte> utf8) => utf8.StartsWith(Mark);

    /// <param name="by">The adapter that read the results; the report names it.</param>
    public static byte[] Write(Adapter by, Results results)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, by, results);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Adapter by, Results results)
    {
        var measures = results.Benchmarks.SelectMany(b => b.Metrics).Select(m => m.Measure).Distinct().ToList();
        var places = measures.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        json.WriteStartObject();
        json.WriteNumber("paddock_results"u8, Version);
        json.WriteString("by"u8, Words<Adapter>.Of(by));
        if (results.Harness is { } harness)
            json.WriteString("harness"u8, harness);
        json.WriteStartArray("measures"u8);
        foreach (var measure in measures)
        {
            json.WriteStartArray();
            json.WriteStringValue(measure.Value);
            json.WriteNumberValue((int)measure.Kind);
            json.WriteStringValue(results.UnitsOf(measure));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("benchmarks"u8);
        foreach (var benchmark in results.Benchmarks)
            Write(json, benchmark, places);
        json.WriteEndArray();
        json.WriteStartArray("left_out"u8);
        foreach (var (what, why) in results.LeftOut)
        {
            json.WriteStartArray();
            json.WriteStringValue(what);
            json.WriteStringValue(why);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteNumber("left_out_count"u8, results.LeftOutCount);
        json.WriteEndObject();
    }

    private static void Write(
        Utf8JsonWriter json,
        BenchmarkResults benchmark,
        Dictionary<NameId<ResourceName>, int> places
    )
    {
        var identity = benchmark.Identity;
        json.WriteStartObject();
        json.WriteString("name"u8, identity?.Plain ?? benchmark.Name.Value);
        if (identity is null && benchmark.Name.Kind != NameIdKind.Name)
            json.WriteNumber("kind"u8, (int)benchmark.Name.Kind);
        if (identity?.Package is { } package)
            json.WriteString("package"u8, package);
        if (identity is not null)
        {
            json.WriteStartArray("parameters"u8);
            foreach (var (key, value, isCircumstance) in identity.Parameters)
            {
                json.WriteStartArray();
                json.WriteStringValue(key);
                json.WriteStringValue(value);
                json.WriteBooleanValue(isCircumstance);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteStartArray("metrics"u8);
        foreach (var (measure, metric) in benchmark.Metrics)
        {
            json.WriteStartArray();
            json.WriteNumberValue(places[measure]);
            json.WriteNumberValue(metric.Value);
            Write(json, metric.LowerValue);
            Write(json, metric.UpperValue);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, double? bound)
    {
        if (bound is { } number)
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }

    /// <summary>
    /// Reads a compact document: the results, and the adapter that read them originally. Null if the document is
    /// incomplete or not valid.
    /// </summary>
    internal static Outcome? Read(ReadOnlySpan<byte> utf8)
    {
        var read = new Contents();
        return Json.Document(utf8, read.Root) && read.By is { } by ? new(by, read.Settled()) : null;
    }

    private sealed class Contents
    {
        private readonly Results results = new();
        private readonly List<NameId<ResourceName>> measures = [];
        private double leftOutCount;

        public Adapter? By { get; private set; }

        public Results Settled()
        {
            results.Settle();
            results.LeaveOutMore((int)Math.Clamp(leftOutCount - results.LeftOutCount, 0, int.MaxValue / 2));
            return results;
        }

        public bool Root(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("paddock_results"u8) ? json.Number(out var version) && version == Version
                    : json.Is("by"u8) ? ReadBy(ref json)
                    : json.Is("harness"u8) ? ReadHarness(ref json)
                    : json.Is("measures"u8) ? Items(ref json, ReadMeasure)
                    : json.Is("benchmarks"u8) ? Items(ref json, ReadBenchmark)
                    : json.Is("left_out"u8) ? Items(ref json, ReadLeftOut)
                    : json.Is("left_out_count"u8) ? json.Count(out var count) && (leftOutCount = count!.Value) >= 0
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        private static bool Items(ref Utf8JsonReader json, Json.Reader read)
        {
            if (!json.Array())
                return false;
            while (json.Item())
                if (!read(ref json))
                    return false;
            return true;
        }

        private bool ReadBy(ref Utf8JsonReader json)
        {
            if (!json.Text(out var word) || !Words<Adapter>.TryParse(word!, out var by))
                return false;
            By = by;
            return true;
        }

        private bool ReadHarness(ref Utf8JsonReader json)
        {
            if (!json.Text(out var harness))
                return false;
            results.SetHarness(harness);
            return true;
        }

        private bool ReadMeasure(ref Utf8JsonReader json)
        {
            if (
                !json.Array()
                || !json.Item()
                || !json.Text(out var name)
                || !json.Item()
                || !json.Count(out var kind)
                || IdOf<ResourceName>(name!, kind!.Value) is not { } id
                || !json.Item()
                || !json.TextOrNull(out var units)
                || json.Item()
            )
                return false;
            measures.Add(id);
            if (units is not null && ResourceName.TryParse(units, out _))
                results.SetUnits(id, units);
            return true;
        }

        private bool ReadBenchmark(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            string? name = null,
                package = null;
            double? kind = null;
            List<Parameter>? parameters = null;
            List<(NameId<ResourceName>, Metric)> metrics = [];
            while (json.Property())
            {
                var fine =
                    json.Is("name"u8) ? json.Text(out name)
                    : json.Is("kind"u8) ? json.Count(out kind)
                    : json.Is("package"u8) ? json.Text(out package)
                    : json.Is("parameters"u8) ? ReadParameters(ref json, parameters = [])
                    : json.Is("metrics"u8) ? ReadMetrics(ref json, metrics)
                    : json.Other();
                if (!fine)
                    return false;
            }
            if (name is null || IdOf<BenchmarkName>(name, kind ?? (int)NameIdKind.Name) is not { } id)
                return false;
            var benchmark = parameters is null
                ? results.Benchmark(id)
                : results.Benchmark(new Identity(name, parameters, package));
            foreach (var (measure, metric) in metrics)
                benchmark.Set(measure, metric);
            return true;
        }

        private static bool ReadParameters(ref Utf8JsonReader json, List<Parameter> parameters)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                if (
                    !json.Array()
                    || !json.Item()
                    || !json.Text(out var key)
                    || !json.Item()
                    || !json.Text(out var value)
                    || !json.Item()
                    || !json.Flag(out var isCircumstance)
                    || json.Item()
                )
                    return false;
                parameters.Add(new(key!, value!, isCircumstance));
            }
            return true;
        }

        private bool ReadMetrics(ref Utf8JsonReader json, List<(NameId<ResourceName>, Metric)> metrics)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                if (
                    !json.Array()
                    || !json.Item()
                    || !json.Count(out var place)
                    || place >= measures.Count
                    || !json.Item()
                    || !json.Number(out var value)
                    || !json.Item()
                    || !json.NumberOrNull(out var lower)
                    || !json.Item()
                    || !json.NumberOrNull(out var upper)
                    || json.Item()
                )
                    return false;
                metrics.Add((measures[(int)place!.Value], new(value!.Value, lower, upper)));
            }
            return true;
        }

        private bool ReadLeftOut(ref Utf8JsonReader json)
        {
            if (
                !json.Array()
                || !json.Item()
                || !json.Text(out var what)
                || !json.Item()
                || !json.Text(out var why)
                || json.Item()
            )
                return false;
            results.LeaveOut(what!, why!);
            return true;
        }

        private static NameId<TName>? IdOf<TName>(string text, double kind)
            where TName : class, IText<TName> =>
            (NameIdKind)kind switch
            {
                NameIdKind.Name => TName.TryParse(text, out var name) ? NameId<TName>.OfName(name) : null,
                _ => NameId<TName>.TryParse(text, out var id) && id.Kind == (NameIdKind)kind ? id : null,
            };
    }
}
