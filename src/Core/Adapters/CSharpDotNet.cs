using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>BenchmarkDotNet's JSON, brief or full. Types, parameters and jobs are not part of a name.</summary>
internal static class CSharpDotNet
{
    private static readonly NameId<ResourceName> Allocated = BuiltInMeasure.Find("allocated")!.Id;
    private static readonly NameId<ResourceName> Gen0 = BuiltInMeasure.Find("gen0-collects")!.Id;
    private static readonly NameId<ResourceName> Gen1 = BuiltInMeasure.Find("gen1-collects")!.Id;
    private static readonly NameId<ResourceName> Gen2 = BuiltInMeasure.Find("gen2-collects")!.Id;
    private static readonly NameId<ResourceName> Operations = BuiltInMeasure.Find("total-operations")!.Id;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"HostEnvironmentInfo\""u8) ? Json.Read(output.Utf8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        bool host = false, benchmarks = false;
        while (json.Property())
        {
            var fine = json.Is("HostEnvironmentInfo"u8) ? json.AnyObject(out host)
                : json.Is("Benchmarks"u8) ? benchmarks = Benchmarks(ref json, average, results)
                : json.Other();
            if (!fine) return false;
        }
        return host && benchmarks;
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
        string? space = null, method = null;
        Metric? latency = null;
        Memory memory = default;
        while (json.Property())
        {
            var fine = json.Is("Namespace"u8) ? json.TextOrNull(out space)
                : json.Is("Method"u8) ? json.Text(out method)
                : json.Is("Statistics"u8) ? Statistics(ref json, average, out latency)
                : json.Is("Memory"u8) ? memory.Read(ref json)
                : json.Other();
            if (!fine) return false;
        }
        if (space is "" || method is null or "" || latency is null) return false;
        if (Found.Name(space is null ? method : $"{space}.{method}") is not { } name) return false;
        var benchmark = results.Benchmark(name);
        benchmark.Set(BuiltInMeasure.Latency.Id, latency.Value);
        memory.AddTo(benchmark);
        return true;
    }

    private static bool Statistics(ref Utf8JsonReader json, Average? average, out Metric? latency)
    {
        latency = null;
        if (!json.Object()) return false;
        double? mean = null, deviation = null, median = null, range = null;
        while (json.Property())
        {
            var fine = json.Is("Mean"u8) ? json.Decimal(out mean)
                : json.Is("StandardDeviation"u8) ? json.Decimal(out deviation)
                : json.Is("Median"u8) ? json.Decimal(out median)
                : json.Is("InterquartileRange"u8) ? json.Decimal(out range)
                : json.Other();
            if (!fine) return false;
        }
        if (mean is null || deviation is null || median is null || range is null) return false;
        latency = average == Average.Median ? Metric.Around(median.Value, range.Value) : Metric.Around(mean.Value, deviation.Value);
        return true;
    }

    private struct Memory
    {
        private double? gen0, gen1, gen2, operations, allocated;

        /// <summary>All five numbers, or null for none of them.</summary>
        public bool Read(ref Utf8JsonReader json)
        {
            this = default;
            if (json.Null()) return true;
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("Gen0Collections"u8) ? json.Count(out gen0)
                    : json.Is("Gen1Collections"u8) ? json.Count(out gen1)
                    : json.Is("Gen2Collections"u8) ? json.Count(out gen2)
                    : json.Is("TotalOperations"u8) ? json.Count(out operations)
                    : json.Is("BytesAllocatedPerOperation"u8) ? json.Count(out allocated)
                    : json.Other();
                if (!fine) return false;
            }
            return gen0 is not null && gen1 is not null && gen2 is not null && operations is not null && allocated is not null;
        }

        public readonly void AddTo(BenchmarkResults benchmark)
        {
            if (allocated is null) return;
            benchmark.Set(Allocated, new(allocated.Value));
            benchmark.Set(Gen0, new(gen0!.Value));
            benchmark.Set(Gen1, new(gen1!.Value));
            benchmark.Set(Gen2, new(gen2!.Value));
            benchmark.Set(Operations, new(operations!.Value));
        }
    }
}
