using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>pyperf's JSON: benchmarks of runs of values, in seconds unless the metadata say otherwise.</summary>
internal static class PythonPyperf
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"runs\""u8) && output.MayBeJson('{', "\"benchmarks\""u8) ? Json.Read(ref output, '{', average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        var common = new Metadata();
        List<Benchmark> benchmarks = [];
        bool version = false, given = false;
        while (json.Property())
        {
            var fine = json.Is("version"u8) ? version = json.Text(out _)
                : json.Is("metadata"u8) ? common.Read(ref json)
                : json.Is("benchmarks"u8) ? given = Benchmarks(ref json, benchmarks)
                : json.Other();
            if (!fine) return false;
        }
        if (!version || !given) return false;
        foreach (var benchmark in benchmarks)
            if (!benchmark.AddTo(results, common, average)) return false;
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, List<Benchmark> benchmarks)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            var benchmark = new Benchmark();
            if (!benchmark.Read(ref json)) return false;
            benchmarks.Add(benchmark);
        }
        return true;
    }

    private struct Metadata
    {
        public string? Name;
        public string? Unit;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return json.Null();
            while (json.Property())
                if (!(json.Is("name"u8) ? json.TextOrNull(out Name) : json.Is("unit"u8) ? json.TextOrNull(out Unit) : json.Other())) return false;
            return true;
        }
    }

    private sealed class Benchmark
    {
        private readonly List<double> values = [];
        private Metadata own;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            var runs = false;
            while (json.Property())
            {
                var fine = json.Is("metadata"u8) ? own.Read(ref json)
                    : json.Is("runs"u8) ? runs = Runs(ref json)
                    : json.Other();
                if (!fine) return false;
            }
            return runs;
        }

        // What all benchmarks share is said once for all.
        public bool AddTo(Results results, Metadata common, Average? average)
        {
            if (Found.Name(own.Name ?? common.Name ?? "") is not { } name) return false;
            if (values.Count == 0)
            {
                results.LeaveOut(name.Value, "it has no values");
                return true;
            }
            return (own.Unit ?? common.Unit ?? "second") switch
            {
                "second" => results.Sample(name, BuiltInMeasure.Latency, Spread(average, SecondNanoseconds)),
                "byte" => More("memory", "bytes (B)"),
                var unit => More("value", unit == "integer" ? null : unit),
            };

            bool More(string measure, string? units)
            {
                results.SampleMore(name, measure, units, Spread(average, 1));
                return true;
            }
        }

        // As pyperf itself shows them: the mean with the standard deviation, the median with the median of the absolute deviations from it.
        private Metric Spread(Average? average, double scale)
        {
            if (average == Average.Median)
            {
                var median = Median(values);
                return Metric.Around(median * scale, Median(values.ConvertAll(v => Math.Abs(v - median))) * scale);
            }
            var mean = values.Average();
            if (values.Count == 1) return new(mean * scale);
            return Metric.Around(mean * scale, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)) * scale);
        }

        private static double Median(List<double> of)
        {
            List<double> sorted = [.. of.Order()];
            var middle = sorted.Count / 2;
            return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }

        // A run that only calibrates has no values.
        private bool Runs(ref Utf8JsonReader json)
        {
            if (!json.Array()) return false;
            while (json.Item())
            {
                if (!json.Object()) return false;
                while (json.Property())
                    if (!(json.Is("values"u8) ? Values(ref json) : json.Other())) return false;
            }
            return true;
        }

        private bool Values(ref Utf8JsonReader json)
        {
            if (!json.Array()) return false;
            while (json.Item())
            {
                if (!json.Number(out var value)) return false;
                values.Add(value!.Value);
            }
            return true;
        }
    }
}
