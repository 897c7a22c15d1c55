using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Vitest's JSON, timed in milliseconds: up to version 4 files of groups of benchmarks, from version 5 on the report of its tests, in
/// which a test has benchmarks.
/// </summary>
internal static class JsVitest
{
    private const double Nanoseconds = 1e6; // In a millisecond.

    public static Results? Read(ref Output output, Average? average)
    {
        var folder = output.Options.Folder;
        return output.MayBeJson('{', "\"fullName\""u8)
            ? Json.Read(ref output, '{', average, (ref Utf8JsonReader json, Average? average, Results results) => Root(ref json, average, results, folder))
            : null;
    }

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results, string? folder)
    {
        if (!json.Object()) return false;
        var given = false;
        while (json.Property())
        {
            var fine = json.Is("files"u8) ? given = Files(ref json, average, results)
                : json.Is("testResults"u8) ? given = VitestReport.Files(ref json, average, results, folder)
                : json.Other();
            if (!fine) return false;
        }
        return given;
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
                    : json.Is("benchmarks"u8) ? benchmarks = Tasks(ref json, tasks, results.TakesAll)
                    : json.Other();
                if (!fine) return false;
            }
            if (group is null || !benchmarks) return false;
            foreach (var task in tasks)
                if (!task.AddTo(results, group, average)) return false;
        }
        return true;
    }

    private static bool Tasks(ref Utf8JsonReader json, List<Task> tasks, bool all)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            if (!Task.Read(ref json, all, out var task)) return false;
            tasks.Add(task);
        }
        return true;
    }

    /// <summary>Adds both measures of a task; what is not there is null, and a task that has none of it threw.</summary>
    /// <returns>False where some of its figures are missing, or one is no figure.</returns>
    public static bool Add(Results results, string group, string name, VitestFigures figures, Average? average)
    {
        // The name alone has to do where it does not fit together with its group's.
        if (Found.Name(name) is not { } called) return false;
        if (group.Length > 0 && Found.Name($"{group} > {name}") is { } full) called = full;
        if (figures is { Mean: null, Median: null, Deviation: null, Rate: null })
        {
            results.LeaveOut(called.Value, "it has no figures, as it failed or did not run");
            return true;
        }
        if (figures is not { Mean: { } mean, Median: { } median, Deviation: { } deviation, Rate: { } rate, RateMarginPercent: { } margin }) return false;
        var throughput = Metric.Around(rate, rate * (margin / 100));
        var latency = average == Average.Median ? new Metric(median * Nanoseconds) : Metric.Around(mean * Nanoseconds, deviation * Nanoseconds);
        if (!latency.IsFinite || !throughput.IsFinite) return false;
        var benchmark = results.Benchmark(called);
        benchmark.Reserve(2);
        results.Sample(benchmark, BuiltInMeasure.Latency.Id, latency);
        results.Sample(benchmark, BuiltInMeasure.Throughput.Id, throughput);
        foreach (var (percentile, value) in figures.Percentiles ?? [])
            results.SampleMore(called, $"latency {percentile}", BuiltInMeasure.Latency.Units, new(value * Nanoseconds));
        return true;
    }

    private readonly record struct Task(string Name, VitestFigures Figures)
    {
        public static bool Read(ref Utf8JsonReader json, bool all, out Task task)
        {
            task = default;
            if (!json.Object()) return false;
            string? name = null;
            var figures = new VitestFigures { TakesAll = all };
            while (json.Property())
            {
                var fine = json.Is("name"u8) ? json.Text(out name)
                    : json.Is("hz"u8) ? json.Number(out figures.Rate)
                    : json.Is("mean"u8) ? json.Number(out figures.Mean)
                    : json.Is("median"u8) ? json.Number(out figures.Median)
                    : json.Is("sd"u8) ? json.Number(out figures.Deviation)
                    : json.Is("rme"u8) ? json.Number(out figures.RateMarginPercent)
                    : figures.ReadPercentile(ref json);
                if (!fine) return false;
            }
            if (name is null) return false;
            task = new(name, figures);
            return true;
        }

        public bool AddTo(Results results, string group, Average? average) => Add(results, group, Name, Figures, average);
    }
}

/// <summary>What Vitest gives for one task; times in milliseconds.</summary>
internal record struct VitestFigures
{
    public double? Mean;
    public double? Median;
    public double? Deviation;
    public double? Rate;
    public double? RateMarginPercent;
    public List<(string Name, double Value)>? Percentiles;

    /// <summary>Whether the percentiles are wanted.</summary>
    public bool TakesAll;

    /// <summary>A percentile if the current property is one, and it is wanted; else it is passed over.</summary>
    public bool ReadPercentile(ref Utf8JsonReader json)
    {
        if (!TakesAll || json.ValueSpan is not [(byte)'p', >= (byte)'0' and <= (byte)'9', _, ..] || json.ValueSpan.Length > 4) return json.Other();
        var name = json.Current();
        if (!json.NumberOrOther(out var value)) return false;
        if (value is not null) (Percentiles ??= []).Add((name, value.Value));
        return true;
    }
}
