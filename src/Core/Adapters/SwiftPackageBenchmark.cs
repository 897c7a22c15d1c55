using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// What Swift's package-benchmark exports as JSON: <c>--format jmh</c>, in the form of JMH and in units of its own, and
/// <c>--format jsonSmallerIsBetter</c> or <c>jsonBiggerIsBetter</c>, a list of values.
/// </summary>
internal static class SwiftPackageBenchmark
{
    private const string WallClock = "Time (wall clock)";
    private const string Throughput = "Throughput (# / s)";

    public static Results? Read(ref Output output, Average? average) =>
        average != Average.Median && (output.MayBeJson('[', "\"# / s\""u8) || output.MayBeJson('[', "\"unit\""u8) || output.MayBeJson('[', "\"# \\/ s\""u8))
            ? Json.Read(ref output, '[', average, Root)
            : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            Entry entry = default;
            if (!entry.Read(ref json) || !entry.AddTo(results, average)) return false;
        }
        return true;
    }

    private struct Entry
    {
        private BenchmarkName? benchmark;
        private JmhScore primary;
        private List<(string Metric, JmhScore Score)>? secondary;
        private string? name, unit;
        private double? value;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("benchmark"u8) ? json.Name(out benchmark)
                    : json.Is("primaryMetric"u8) ? primary.Read(ref json, all: false)
                    : json.Is("secondaryMetrics"u8) ? Secondary(ref json)
                    : json.Is("name"u8) ? json.Text(out name)
                    : json.Is("unit"u8) ? json.Text(out unit)
                    : json.Is("value"u8) ? json.Number(out value)
                    : json.Other();
                if (!fine) return false;
            }
            return true;
        }

        public readonly bool AddTo(Results results, Average? average) =>
            benchmark is not null ? AddJmh(results) : average is null && name is not null && unit is not null && value is not null && AddValue(results);

        private readonly bool AddJmh(Results results)
        {
            if (primary.Unit != "# / s") return false;
            if (primary.Scaled(1) is { } rate && !results.Sample(benchmark, BuiltInMeasure.Throughput, rate)) return false;
            foreach (var (metric, score) in secondary ?? [])
            {
                var time = Lexing.Unit(score.Unit!);
                if (score.Scaled(time ?? 1) is not { } figure) continue;
                if (metric == WallClock && time is not null) results.Sample(benchmark, BuiltInMeasure.Latency, figure);
                else if (results.TakesAll) results.SampleMore(benchmark, metric, time is null ? null : BuiltInMeasure.Latency.Units, figure);
            }
            return true;
        }

        // "Target - benchmark - metric"; the metric says what it is, and the unit how it is scaled.
        private readonly bool AddValue(Results results)
        {
            if (name!.LastIndexOf(" - ", StringComparison.Ordinal) is not (> 0 and var dash)) return false;
            var (metric, scaled) = (name[(dash + 3)..].Replace('_', ' '), unit!);
            if (scaled is [.., ')'] && scaled.LastIndexOf('(') is >= 0 and var open) scaled = scaled[(open + 1)..^1];
            if (Found.Name(name[..dash]) is not { } called) return false;
            var time = Lexing.Unit(scaled);
            var factor = time ?? scaled switch { "K" => 1e3, "M" => 1e6, "G" => 1e9, "T" => 1e12, "P" => 1e15, _ => 1 };
            if (metric.StartsWith(WallClock, StringComparison.Ordinal) && time is not null) return results.Sample(called, BuiltInMeasure.Latency, new(value!.Value * factor));
            if (metric.StartsWith(Throughput, StringComparison.Ordinal)) return results.Sample(called, BuiltInMeasure.Throughput, new(value!.Value * factor));
            if (results.TakesAll) results.SampleMore(called, metric, time is null ? null : BuiltInMeasure.Latency.Units, new(value!.Value * factor));
            return true;
        }

        private bool Secondary(ref Utf8JsonReader json)
        {
            if (!json.Object()) return json.Other();
            secondary = [];
            while (json.Property())
            {
                var metric = json.Current();
                var score = new JmhScore();
                if (!score.Read(ref json, all: false)) return false;
                secondary.Add((metric, score));
            }
            return true;
        }
    }
}
