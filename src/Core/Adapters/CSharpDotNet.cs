using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// BenchmarkDotNet's JSON, brief or full. Types, parameters and jobs are part of a name only where it would stand for several benchmarks.
/// </summary>
internal static class CSharpDotNet
{
    private static readonly NameId<ResourceName> Allocated = BuiltInMeasure.Find("allocated")!.Id;
    private static readonly NameId<ResourceName> Gen0 = BuiltInMeasure.Find("gen0-collects")!.Id;
    private static readonly NameId<ResourceName> Gen1 = BuiltInMeasure.Find("gen1-collects")!.Id;
    private static readonly NameId<ResourceName> Gen2 = BuiltInMeasure.Find("gen2-collects")!.Id;
    private static readonly NameId<ResourceName> Operations = BuiltInMeasure.Find("total-operations")!.Id;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"HostEnvironmentInfo\""u8) ? Json.Read(ref output, '{', average, Root) : null;

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
        List<Case> cases = [];
        while (json.Item())
        {
            Case one = default;
            if (!one.Read(ref json, average, results.TakesAll)) return false;
            cases.Add(one);
        }
        foreach (var one in cases)
            if (!one.AddTo(results)) return false;
        return true;
    }

    /// <summary>One benchmark with one set of parameters, in one job.</summary>
    private struct Case
    {
        private string? space, method, type, parameters, display;
        private Metric? latency;
        private Memory memory;
        private List<(string Name, string? Unit, double Value)>? more;

        public readonly string Name => space is null ? method! : $"{space}.{method}";

        private readonly Identity Identity =>
            new(Name, [new("Type", type ?? ""), .. Parts(parameters ?? ""), new("Job", JobOf(display ?? ""), IsCircumstance: true)]);

        public bool Read(ref Utf8JsonReader json, Average? average, bool all)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("Namespace"u8) ? json.TextOrNull(out space)
                    : json.Is("Method"u8) ? json.Text(out method)
                    : json.Is("Type"u8) ? json.TextOrNull(out type)
                    : json.Is("Parameters"u8) ? json.TextOrNull(out parameters)
                    : json.Is("DisplayInfo"u8) ? json.TextOrNull(out display)
                    : json.Is("Statistics"u8) ? Statistics(ref json, average, out latency)
                    : json.Is("Memory"u8) ? memory.Read(ref json)
                    : all && json.Is("Metrics"u8) ? Metrics(ref json, more = [])
                    : json.Other();
                if (!fine) return false;
            }
            return space is not "" && method is not null and not "" && latency is not null && Found.Name(Name) is not null;
        }

        public readonly bool AddTo(Results results)
        {
            if (latency is not { IsFinite: true }) return false;
            var benchmark = results.Benchmark(Identity);
            results.Sample(benchmark, BuiltInMeasure.Latency.Id, latency.Value);
            memory.AddTo(results, benchmark);
            foreach (var (metric, unit, value) in more ?? [])
                if (BuiltInMeasure.Find(metric) is null) results.SampleMore(benchmark, metric, unit, new(value));
            return true;
        }

        private static IEnumerable<Parameter> Parts(string parameters) =>
            from part in parameters.Split('&', StringSplitOptions.RemoveEmptyEntries)
            let mark = part.IndexOf('=', StringComparison.Ordinal)
            select mark < 0 ? new Parameter(part, "") : new Parameter(part[..mark], part[(mark + 1)..]);

        // "Sorting.Sort: .NET 9.0(Runtime=.NET 9.0) [Size=10]"; a job without a name of its own is told by what it has set.
        private static string JobOf(string display)
        {
            if (display.IndexOf(": ", StringComparison.Ordinal) is not (>= 0 and var colon)) return "";
            var job = display[(colon + 2)..];
            if (job.LastIndexOf(" [", StringComparison.Ordinal) is > 0 and var bracket) job = job[..bracket];
            if (job.IndexOf('(', StringComparison.Ordinal) is not (>= 0 and var open)) return job;
            return job.StartsWith("Job-", StringComparison.Ordinal) ? job[(open + 1)..].TrimEnd(')') : job[..open];
        }
    }

    // What diagnosers add, in the full form.
    private static bool Metrics(ref Utf8JsonReader json, List<(string, string?, double)> more)
    {
        if (!json.Array()) return json.Other();
        while (json.Item())
        {
            if (!json.Object()) return false;
            double? value = null;
            string? name = null, unit = null;
            while (json.Property())
            {
                var fine = json.Is("Value"u8) ? json.NumberOrOther(out value)
                    : json.Is("Descriptor"u8) ? Descriptor(ref json, out name, out unit)
                    : json.Other();
                if (!fine) return false;
            }
            if (value is not null && name is not null) more.Add((name, unit, value.Value));
        }
        return true;
    }

    private static bool Descriptor(ref Utf8JsonReader json, out string? name, out string? unit)
    {
        name = unit = null;
        if (!json.Object()) return false;
        while (json.Property())
            if (!(json.Is("DisplayName"u8) ? json.TextOrNull(out name) : json.Is("Unit"u8) ? json.TextOrNull(out unit) : json.Other())) return false;
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

        /// <summary>All five numbers, or null for none of them. How much was allocated is not known on every runtime.</summary>
        public bool Read(ref Utf8JsonReader json)
        {
            this = default;
            if (json.Null()) return true;
            if (!json.Object()) return false;
            var knowsAllocated = false;
            while (json.Property())
            {
                var fine = json.Is("Gen0Collections"u8) ? json.Count(out gen0)
                    : json.Is("Gen1Collections"u8) ? json.Count(out gen1)
                    : json.Is("Gen2Collections"u8) ? json.Count(out gen2)
                    : json.Is("TotalOperations"u8) ? json.Count(out operations)
                    : json.Is("BytesAllocatedPerOperation"u8) ? knowsAllocated = json.Null() || json.Count(out allocated)
                    : json.Other();
                if (!fine) return false;
            }
            return gen0 is not null && gen1 is not null && gen2 is not null && operations is not null && knowsAllocated;
        }

        public readonly void AddTo(Results results, BenchmarkResults benchmark)
        {
            if (operations is null) return;
            if (allocated is not null) results.Sample(benchmark, Allocated, new(allocated.Value));
            results.Sample(benchmark, Gen0, new(gen0!.Value));
            results.Sample(benchmark, Gen1, new(gen1!.Value));
            results.Sample(benchmark, Gen2, new(gen2!.Value));
            results.Sample(benchmark, Operations, new(operations.Value));
        }
    }
}
