using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the JSON that Swift's package-benchmark exports: <c>--format jmh</c>, which is JMH's form with other units,
/// and <c>--format jsonSmallerIsBetter</c> or <c>jsonBiggerIsBetter</c>, a list of values.
/// </summary>
internal static class SwiftPackageBenchmark
{
    private const string WallClock = "Time (wall clock)";
    private const string Throughput = "Throughput (# / s)";

    // The metrics in its lists of values. Other tools' lists have the same form, but other metrics.
    private static readonly string[] Metrics =
    [
        "Time ",
        "Throughput ",
        "Malloc ",
        "Memory ",
        "Syscalls ",
        "Context switches ",
        "Threads ",
        "Object allocs ",
        "Retains",
        "Releases",
        "(Alloc + Retain",
        "Instructions ",
    ];

    public static Results? Read(ref Output output, Average? average) =>
        average == Average.Median
            ? null
            : Json.Read(ref output, '[', "\"primaryMetric\""u8, average, Root)
                ?? Json.Read(ref output, '[', "\"unit\""u8, average, Root);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            Entry entry = default;
            if (!entry.Read(ref json) || !entry.AddTo(results, average))
                return false;
        }
        return true;
    }

    private struct Entry
    {
        private string? benchmark;
        private JmhScore primary;
        private List<(string Metric, JmhScore Score)>? secondary;
        private List<Parameter>? parameters;
        private string? name,
            unit;
        private Figure value;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("benchmark"u8) ? json.TextOrOther(out benchmark)
                    : json.Is("params"u8) ? JmhRun.ReadParameters(ref json, parameters ??= [])
                    : json.Is("primaryMetric"u8) ? primary.Read(ref json, all: false) || true
                    : json.Is("secondaryMetrics"u8) ? Secondary(ref json)
                    : json.Is("name"u8) ? json.TextOrOther(out name)
                    : json.Is("unit"u8) ? json.TextOrOther(out unit)
                    : json.Is("value"u8) ? json.Figure(out value)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        public readonly bool AddTo(Results results, Average? average) =>
            benchmark is not null
                ? AddJmh(results)
                : average is null && name is not null && unit is not null && AddValue(results);

        private readonly bool AddJmh(Results results)
        {
            if (primary.Unit != "# / s")
                return false;
            if (Found.Name(benchmark!) is not { } called)
            {
                results.LeaveOut(benchmark!, "its name is not valid");
                return true;
            }
            var of = parameters is { Count: > 0 }
                ? results.Benchmark(new Identity(called.Value, parameters))
                : results.Benchmark(called);
            if (primary.Scaled(1) is { IsFinite: true } rate)
                results.Sample(of, BuiltInMeasure.Throughput.Id, rate);
            else
                results.LeaveOut($"{benchmark} throughput", primary.Trouble ?? "its score is too large");
            foreach (var (metric, score) in secondary ?? [])
            {
                var time = score.Unit is null ? null : Lexing.Unit(score.Unit);
                if (score.Scaled(time ?? 1) is not { IsFinite: true } figure)
                {
                    if (metric == WallClock)
                        results.LeaveOut(benchmark!, score.Trouble ?? "its score is too large");
                }
                else if (metric == WallClock && time is not null)
                    results.Sample(of, BuiltInMeasure.Latency.Id, figure);
                else if (results.TakesAll)
                    results.SampleMore(of, metric, time is null ? null : BuiltInMeasure.Latency.Units, figure);
            }
            return true;
        }

        // The name is "Target - benchmark - metric". The metric names the quantity, the unit its scale.
        private readonly bool AddValue(Results results)
        {
            if (name!.LastIndexOf(" - ", StringComparison.Ordinal) is not (> 0 and var dash))
                return false;
            var (metric, scaled) = (name[(dash + 3)..].Replace('_', ' '), unit!);
            if (scaled is [.., ')'] && scaled.LastIndexOf('(') is >= 0 and var open)
                scaled = scaled[(open + 1)..^1];
            if (!Metrics.Any(known => $"{metric} ".StartsWith(known, StringComparison.Ordinal)))
                return false;
            if (Found.Name(name[..dash]) is not { } called || value.Value is not { } number)
            {
                results.LeaveOut(name, value.Value is null ? value.Why("value") : "its name is not valid");
                return true;
            }
            var time = Lexing.Unit(scaled);
            var factor = time
                ?? scaled switch
                {
                    "K" => 1e3,
                    "M" => 1e6,
                    "G" => 1e9,
                    "T" => 1e12,
                    "P" => 1e15,
                    _ => 1,
                };
            if (metric.StartsWith(WallClock, StringComparison.Ordinal) && time is not null)
                results.Sample(called, BuiltInMeasure.Latency, new(number * factor));
            else if (metric.StartsWith(Throughput, StringComparison.Ordinal))
                results.Sample(called, BuiltInMeasure.Throughput, new(number * factor));
            else if (results.TakesAll)
                results.SampleMore(
                    called,
                    metric,
                    time is null ? null : BuiltInMeasure.Latency.Units,
                    new(number * factor)
                );
            return true;
        }

        private bool Secondary(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            secondary = [];
            while (json.Property())
            {
                var metric = json.Current();
                var score = new JmhScore();
                if (score.Read(ref json, all: false))
                    secondary.Add((metric, score));
            }
            return true;
        }
    }
}
