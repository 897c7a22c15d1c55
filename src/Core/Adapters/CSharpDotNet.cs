using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads BenchmarkDotNet's JSON, brief or full. Types, parameters and jobs are added to a name only if several
/// benchmarks share it.
/// </summary>
internal static class CSharpDotNet
{
    private static readonly NameId<ResourceName> Allocated = BuiltInMeasure.Find("allocated")!.Id;
    private static readonly NameId<ResourceName> Gen0 = BuiltInMeasure.Find("gen0-collects")!.Id;
    private static readonly NameId<ResourceName> Gen1 = BuiltInMeasure.Find("gen1-collects")!.Id;
    private static readonly NameId<ResourceName> Gen2 = BuiltInMeasure.Find("gen2-collects")!.Id;
    private static readonly NameId<ResourceName> Operations = BuiltInMeasure.Find("total-operations")!.Id;

    public static Results? Read(ref Output output, Average? average) =>
        Json.Read(ref output, '{', "\"HostEnvironmentInfo\""u8, average, Root);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        bool host = false,
            benchmarks = false;
        while (json.Property())
        {
            var fine =
                json.Is("HostEnvironmentInfo"u8) ? host = Host(ref json, results)
                : json.Is("Benchmarks"u8) ? benchmarks = Benchmarks(ref json, average, results)
                : json.Other();
            if (!fine)
                return false;
        }
        return host && benchmarks;
    }

    private static bool Host(ref Utf8JsonReader json, Results results)
    {
        if (!json.Object())
            return json.AnyObject(out _);
        string? version = null;
        while (json.Property())
            if (!(json.Is("BenchmarkDotNetVersion"u8) ? json.TextOrOther(out version) : json.Other()))
                return false;
        results.SetHarness("BenchmarkDotNet", version);
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        List<Case> cases = [];
        while (json.Item())
        {
            Case one = default;
            if (!one.Read(ref json, results.TakesAll))
                return false;
            cases.Add(one);
        }
        foreach (var one in cases)
            if (!one.AddTo(results, average))
                return false;
        return true;
    }

    /// <summary>One benchmark with one set of parameters, in one job.</summary>
    private struct Case
    {
        private string? space,
            method,
            type,
            parameters,
            display;
        private Statistics statistics;
        private Memory memory;
        private List<(string Name, string? Unit, double Value)>? more;

        private readonly string Name => space is null ? method! : $"{space}.{method}";

        private readonly Identity Identity
        {
            get
            {
                var all = new List<Parameter>();
                if (!string.IsNullOrEmpty(type))
                    all.Add(new("Type", type));
                all.AddRange(Parts(parameters ?? ""));
                if (JobOf(display ?? "") is { Length: > 0 } job)
                    all.Add(new("Job", job, IsCircumstance: true));
                return new(Name, all);
            }
        }

        public bool Read(ref Utf8JsonReader json, bool all)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("Namespace"u8) ? json.TextOrOther(out space)
                    : json.Is("Method"u8) ? json.TextOrOther(out method)
                    : json.Is("Type"u8) ? json.TextOrOther(out type)
                    : json.Is("Parameters"u8) ? json.TextOrOther(out parameters)
                    : json.Is("DisplayInfo"u8) ? json.TextOrOther(out display)
                    : json.Is("Statistics"u8) ? statistics.Read(ref json)
                    : json.Is("Memory"u8) ? memory.Read(ref json)
                    : all && json.Is("Metrics"u8) ? Metrics(ref json, more = [])
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        public readonly bool AddTo(Results results, Average? average)
        {
            if (method is null or "")
                results.LeaveOut(display ?? type ?? "a benchmark", "its Method is missing");
            else if (space is "")
                results.LeaveOut(method, "its Namespace is empty");
            else if (Found.Name(Name) is null)
                results.LeaveOut(Name, "its name is not valid");
            // As on existing servers, a benchmark that failed invalidates the report of its class.
            else if (statistics.AreNull)
                return results.Refuse($"{Name} has no Statistics, as it failed");
            else if (statistics.Latency(average, out var latency) is { } why)
                results.LeaveOut(Identity.ToString(), why);
            else
            {
                var benchmark = results.Benchmark(Identity);
                results.Sample(benchmark, BuiltInMeasure.Latency.Id, latency);
                memory.AddTo(results, benchmark, Name);
                foreach (var (metric, unit, value) in more ?? [])
                    if (BuiltInMeasure.Find(metric) is null)
                        results.SampleIn(benchmark, metric, unit, new(value));
            }
            return true;
        }

        private static IEnumerable<Parameter> Parts(string parameters) =>
            from part in parameters.Split('&', StringSplitOptions.RemoveEmptyEntries)
            let mark = part.IndexOf('=', StringComparison.Ordinal)
            select mark < 0 ? new Parameter(part, "") : new Parameter(part[..mark], part[(mark + 1)..]);

        // Reads the job of "Sorting.Sort: .NET 9.0(Runtime=.NET 9.0) [Size=10]". An unnamed job ("Job-…") is identified
        // by its settings.
        private static string JobOf(string display)
        {
            if (display.IndexOf(": ", StringComparison.Ordinal) is not (>= 0 and var colon))
                return "";
            var job = display[(colon + 2)..];
            if (job.LastIndexOf(" [", StringComparison.Ordinal) is > 0 and var bracket)
                job = job[..bracket];
            if (job.IndexOf('(', StringComparison.Ordinal) is not (>= 0 and var open))
                return job;
            return job.StartsWith("Job-", StringComparison.Ordinal) ? job[(open + 1)..].TrimEnd(')') : job[..open];
        }
    }

    // The additional metrics of diagnosers, in the full form.
    private static bool Metrics(ref Utf8JsonReader json, List<(string, string?, double)> more)
    {
        if (!json.Array())
            return json.Other();
        while (json.Item())
        {
            if (!json.Object())
                return false;
            double? value = null;
            string? name = null,
                unit = null;
            while (json.Property())
            {
                var fine =
                    json.Is("Value"u8) ? json.NumberOrOther(out value)
                    : json.Is("Descriptor"u8) ? Descriptor(ref json, out name, out unit)
                    : json.Other();
                if (!fine)
                    return false;
            }
            if (value is not null && name is not null)
                more.Add((name, unit, value.Value));
        }
        return true;
    }

    private static bool Descriptor(ref Utf8JsonReader json, out string? name, out string? unit)
    {
        name = unit = null;
        if (!json.Object())
            return json.Other();
        while (json.Property())
            if (
                !(
                    json.Is("DisplayName"u8) ? json.TextOrOther(out name)
                    : json.Is("Unit"u8) ? json.TextOrOther(out unit)
                    : json.Other()
                )
            )
                return false;
        return true;
    }

    private struct Statistics
    {
        private Figure mean,
            deviation,
            median,
            range;

        public bool AreNull { get; private set; }

        public bool Read(ref Utf8JsonReader json)
        {
            AreNull = json.Null();
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("Mean"u8) ? json.DecimalFigure(out mean)
                    : json.Is("StandardDeviation"u8) ? json.DecimalFigure(out deviation)
                    : json.Is("Median"u8) ? json.DecimalFigure(out median)
                    : json.Is("InterquartileRange"u8) ? json.DecimalFigure(out range)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        /// <returns>The reason why there is no latency; null if there is one.</returns>
        public readonly string? Latency(Average? average, out Metric latency)
        {
            var (value, margin, field) =
                average == Average.Median ? (median, range, "Median") : (mean, deviation, "Mean");
            latency = Metric.Around(value.Value ?? 0, margin.Value);
            return value.Value is null ? value.Why(field) : null;
        }
    }

    private struct Memory
    {
        private Figure gen0,
            gen1,
            gen2,
            operations,
            allocated;

        /// <summary>
        /// Reads the fields that are present. Not every runtime and not every version reports allocated bytes.
        /// </summary>
        public bool Read(ref Utf8JsonReader json)
        {
            this = default;
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("Gen0Collections"u8) ? json.CountFigure(out gen0)
                    : json.Is("Gen1Collections"u8) ? json.CountFigure(out gen1)
                    : json.Is("Gen2Collections"u8) ? json.CountFigure(out gen2)
                    : json.Is("TotalOperations"u8) ? json.CountFigure(out operations)
                    : json.Is("BytesAllocatedPerOperation"u8) ? json.CountFigure(out allocated)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        public readonly void AddTo(Results results, BenchmarkResults benchmark, string name)
        {
            Add(allocated, Allocated, "BytesAllocatedPerOperation");
            Add(gen0, Gen0, "Gen0Collections");
            Add(gen1, Gen1, "Gen1Collections");
            Add(gen2, Gen2, "Gen2Collections");
            Add(operations, Operations, "TotalOperations");

            void Add(Figure figure, NameId<ResourceName> measure, string field)
            {
                if (figure.Value is { } value)
                    results.Sample(benchmark, measure, new(value));
                else if (figure.IsOdd)
                    results.LeaveOut($"{name} {measure}", figure.Why(field));
            }
        }
    }
}
