using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Vitest's JSON: files of groups of benchmarks, timed in milliseconds.</summary>
internal static class JsVitest
{
    private const double Nanoseconds = 1e6; // In a millisecond.

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"fullName\""u8) ? Json.Read(output.Utf8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        var files = false;
        while (json.Property())
            if (!(json.Is("files"u8) ? files = Files(ref json, average, results) : json.Other())) return false;
        return files;
    }

    private static bool Files(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            if (!json.Object()) return false;
            var groups = false;
            while (json.Property())
                if (!(json.Is("groups"u8) ? groups = Groups(ref json, average, results) : json.Other())) return false;
            if (!groups) return false;
        }
        return true;
    }

    private static bool Groups(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        List<Task> tasks = [];
        while (json.Item())
        {
            if (!json.Object()) return false;
            string? group = null;
            var benchmarks = false;
            tasks.Clear();
            while (json.Property())
            {
                var fine = json.Is("fullName"u8) ? json.Text(out group)
                    : json.Is("benchmarks"u8) ? benchmarks = Tasks(ref json, tasks)
                    : json.Other();
                if (!fine) return false;
            }
            if (group is null || !benchmarks) return false;
            foreach (var task in tasks)
                if (!task.AddTo(results, group, average)) return false;
        }
        return true;
    }

    private static bool Tasks(ref Utf8JsonReader json, List<Task> tasks)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            if (!Task.Read(ref json, out var task)) return false;
            tasks.Add(task);
        }
        return true;
    }

    private readonly record struct Task(string Name, double Hz, double Mean, double Median, double Deviation, double MarginPercent)
    {
        public static bool Read(ref Utf8JsonReader json, out Task task)
        {
            task = default;
            if (!json.Object()) return false;
            string? name = null;
            double? hz = null, mean = null, median = null, deviation = null, margin = null;
            while (json.Property())
            {
                var fine = json.Is("name"u8) ? json.Text(out name)
                    : json.Is("hz"u8) ? json.Number(out hz)
                    : json.Is("mean"u8) ? json.Number(out mean)
                    : json.Is("median"u8) ? json.Number(out median)
                    : json.Is("sd"u8) ? json.Number(out deviation)
                    : json.Is("rme"u8) ? json.Number(out margin)
                    : json.Other();
                if (!fine) return false;
            }
            if (name is null || hz is null || mean is null || median is null || deviation is null || margin is null) return false;
            task = new(name, hz.Value, mean.Value, median.Value, deviation.Value, margin.Value);
            return true;
        }

        public bool AddTo(Results results, string group, Average? average)
        {
            // The name alone has to do where it does not fit together with its group's.
            if (Found.Name(Name) is not { } name) return false;
            if (group.Length > 0 && Found.Name($"{group} > {Name}") is { } full) name = full;
            var throughput = Metric.Around(Hz, Hz * (MarginPercent / 100));
            var latency = average == Average.Median
                ? new Metric(Median * Nanoseconds)
                : Metric.Around(Mean * Nanoseconds, Deviation * Nanoseconds);
            if (!latency.IsFinite || !throughput.IsFinite) return false;
            var benchmark = results.Benchmark(name);
            benchmark.Reserve(2);
            benchmark.Set(BuiltInMeasure.Latency.Id, latency);
            benchmark.Set(BuiltInMeasure.Throughput.Id, throughput);
            return true;
        }
    }
}
