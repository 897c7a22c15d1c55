using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Reads mitata's JSON (<c>run({ format: 'json' })</c>), in nanoseconds.</summary>
internal static class JsMitata
{
    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"runs\""u8) ? Json.Read(ref output, '{', "\"layout\""u8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        bool layout = false,
            benchmarks = false;
        List<string?> groups = [];
        List<(int Group, Run Run)> runs = [];
        while (json.Property())
        {
            var fine =
                json.Is("layout"u8) ? layout = Layout(ref json, groups)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, runs)
                : json.Other();
            if (!fine)
                return false;
        }
        if (!layout || !benchmarks)
            return false;
        foreach (var (group, run) in runs)
            run.AddTo(results, group >= 0 && group < groups.Count ? groups[group] : null, average);
        return true;
    }

    // The names of the groups. Benchmarks refer to a group by its index.
    private static bool Layout(ref Utf8JsonReader json, List<string?> groups)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            string? name = null;
            if (!json.Object())
                return false;
            while (json.Property())
                if (!(json.Is("name"u8) ? json.TextOrOther(out name) : json.Other()))
                    return false;
            groups.Add(name);
        }
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, List<(int, Run)> all)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            double? group = null;
            List<Run> runs = [];
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("group"u8) ? json.NumberOrOther(out group)
                    : json.Is("runs"u8) ? Runs(ref json, runs)
                    : json.Other();
                if (!fine)
                    return false;
            }
            foreach (var run in runs)
                all.Add(((int)Math.Clamp(group ?? -1, -1, int.MaxValue), run));
        }
        return true;
    }

    private static bool Runs(ref Utf8JsonReader json, List<Run> runs)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            Run run = default;
            if (!run.Read(ref json))
                return false;
            runs.Add(run);
        }
        return true;
    }

    private struct Run
    {
        private string? name,
            error;
        private bool failed;
        private Figure mean,
            p25,
            median,
            p75,
            p99,
            heap;
        private List<Parameter>? parameters;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("name"u8) ? json.TextOrOther(out name)
                    : json.Is("args"u8) ? Arguments(ref json)
                    : json.Is("stats"u8) ? Stats(ref json)
                    : json.Is("error"u8) ? json.Null() || (failed = Error(ref json))
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        public readonly void AddTo(Results results, string? group, Average? average)
        {
            var full = group is { Length: > 0 } && name is not null ? $"{group} > {name}" : name;
            var (asked, field) = average == Average.Median ? (median, "p50") : (mean, "avg");
            if (full is null || Found.Name(full) is null)
                results.LeaveOut(full ?? "a run", "its name is missing, or not valid");
            else if (failed)
                results.LeaveOut(full, error is { Length: > 0 } ? $"it failed: {error}" : "it failed");
            else if (asked.Value is not { } value)
                results.LeaveOut(full, asked.Why(field));
            else
            {
                var benchmark = parameters is null
                    ? results.Benchmark(Found.Name(full)!)
                    : results.Benchmark(new Identity(full, parameters));
                results.Sample(
                    benchmark,
                    BuiltInMeasure.Latency.Id,
                    average == Average.Median ? new Metric(value, p25.Value, p75.Value) : new Metric(value)
                );
                if (!results.TakesAll)
                    return;
                if (p99.Value is { } high)
                    results.SampleMore(benchmark, "latency p99", BuiltInMeasure.Latency.Units, new(high));
                if (heap.Value is { } bytes)
                    results.SampleMore(benchmark, "heap", "bytes (B)", new(bytes));
            }
        }

        // The parameters from mitata's range or args. The benchmark's name only has them if it contains placeholders.
        private bool Arguments(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var key = json.Current();
                if (json.Scalar(out var value))
                    (parameters ??= []).Add(new(key, value!));
                else
                    json.Other();
            }
            return true;
        }

        private bool Stats(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("avg"u8) ? json.Figure(out mean)
                    : json.Is("p25"u8) ? json.Figure(out p25)
                    : json.Is("p50"u8) ? json.Figure(out median)
                    : json.Is("p75"u8) ? json.Figure(out p75)
                    : json.Is("p99"u8) ? json.Figure(out p99)
                    : json.Is("heap"u8) ? Heap(ref json)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        private bool Heap(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
                if (!(json.Is("avg"u8) ? json.Figure(out heap) : json.Other()))
                    return false;
            return true;
        }

        private bool Error(ref Utf8JsonReader json)
        {
            if (json.Text(out error))
                return true;
            if (!json.Object())
                return json.Other();
            while (json.Property())
                if (!(json.Is("message"u8) ? json.TextOrOther(out error) : json.Other()))
                    return false;
            return true;
        }
    }
}
