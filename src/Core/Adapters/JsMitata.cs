using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>mitata's JSON (<c>run({ format: 'json' })</c>), in nanoseconds.</summary>
internal static class JsMitata
{
    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"runs\""u8) && output.MayBeJson('{', "\"layout\""u8) ? Json.Read(ref output, '{', average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        bool layout = false, benchmarks = false;
        List<string?> groups = [];
        List<(int Group, Run Run)> runs = [];
        while (json.Property())
        {
            var fine = json.Is("layout"u8) ? layout = Layout(ref json, groups)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, runs)
                : json.Other();
            if (!fine) return false;
        }
        if (!layout || !benchmarks) return false;
        foreach (var (group, run) in runs)
            if (!run.AddTo(results, group >= 0 && group < groups.Count ? groups[group] : null, average)) return false;
        return true;
    }

    // The groups by their places, to which benchmarks refer.
    private static bool Layout(ref Utf8JsonReader json, List<string?> groups)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            string? name = null;
            if (!json.Object()) return false;
            while (json.Property())
                if (!(json.Is("name"u8) ? json.TextOrNull(out name) : json.Other())) return false;
            groups.Add(name);
        }
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, List<(int, Run)> all)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            double? group = null;
            List<Run> runs = [];
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("group"u8) ? json.NumberOrNull(out group)
                    : json.Is("runs"u8) ? Runs(ref json, runs)
                    : json.Other();
                if (!fine) return false;
            }
            foreach (var run in runs) all.Add(((int)Math.Clamp(group ?? -1, -1, int.MaxValue), run));
        }
        return true;
    }

    private static bool Runs(ref Utf8JsonReader json, List<Run> runs)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            Run run = default;
            if (!run.Read(ref json)) return false;
            runs.Add(run);
        }
        return true;
    }

    private struct Run
    {
        private string? name, error;
        private bool failed;
        private double? mean, p25, median, p75, p99, heap;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("name"u8) ? json.Text(out name)
                    : json.Is("stats"u8) ? json.Null() || Stats(ref json)
                    : json.Is("error"u8) ? json.Null() || (failed = Error(ref json))
                    : json.Other();
                if (!fine) return false;
            }
            return name is not null;
        }

        public readonly bool AddTo(Results results, string? group, Average? average)
        {
            var full = group is { Length: > 0 } ? $"{group} > {name}" : name!;
            if (Found.Name(full) is not { } called) return false;
            if (failed)
            {
                results.LeaveOut(full, error is { Length: > 0 } ? $"it failed: {error}" : "it failed");
                return true;
            }
            if (mean is null || median is null) return false;
            var latency = average == Average.Median ? new Metric(median.Value, p25, p75) : new Metric(mean.Value);
            if (!results.Sample(called, BuiltInMeasure.Latency, latency)) return false;
            if (!results.TakesAll) return true;
            if (p99 is not null) results.SampleMore(called, "latency p99", BuiltInMeasure.Latency.Units, new(p99.Value));
            if (heap is not null) results.SampleMore(called, "heap", "bytes (B)", new(heap.Value));
            return true;
        }

        private bool Stats(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("avg"u8) ? json.Number(out mean)
                    : json.Is("p25"u8) ? json.NumberOrNull(out p25)
                    : json.Is("p50"u8) ? json.Number(out median)
                    : json.Is("p75"u8) ? json.NumberOrNull(out p75)
                    : json.Is("p99"u8) ? json.NumberOrNull(out p99)
                    : json.Is("heap"u8) ? Heap(ref json)
                    : json.Other();
                if (!fine) return false;
            }
            return true;
        }

        private bool Heap(ref Utf8JsonReader json)
        {
            if (!json.Object()) return json.Other();
            while (json.Property())
                if (!(json.Is("avg"u8) ? json.NumberOrNull(out heap) : json.Other())) return false;
            return true;
        }

        private bool Error(ref Utf8JsonReader json)
        {
            if (json.Text(out error)) return true;
            if (!json.Object()) return json.Other();
            while (json.Property())
                if (!(json.Is("message"u8) ? json.TextOrNull(out error) : json.Other())) return false;
            return true;
        }
    }
}
