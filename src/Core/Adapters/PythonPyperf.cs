using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads pyperf's JSON: benchmarks with runs, and runs with values, in seconds unless the metadata says otherwise.
/// </summary>
internal static class PythonPyperf
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"benchmarks\""u8) ? Json.Read(ref output, '{', "\"runs\""u8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        var common = new Metadata();
        List<Benchmark> benchmarks = [];
        bool version = false,
            given = false;
        while (json.Property())
        {
            var fine =
                json.Is("version"u8) ? version = json.Text(out _)
                : json.Is("metadata"u8) ? common.Read(ref json)
                : json.Is("benchmarks"u8) ? given = Benchmarks(ref json, benchmarks)
                : json.Other();
            if (!fine)
                return false;
        }
        if (!version || !given)
            return false;
        foreach (var benchmark in benchmarks)
            benchmark.AddTo(results, common, average);
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, List<Benchmark> benchmarks)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            var benchmark = new Benchmark();
            if (!benchmark.Read(ref json))
                return false;
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
            if (!json.Object())
                return json.Other();
            while (json.Property())
                if (
                    !(
                        json.Is("name"u8) ? json.TextOrOther(out Name)
                        : json.Is("unit"u8) ? json.TextOrOther(out Unit)
                        : json.Other()
                    )
                )
                    return false;
            return true;
        }
    }

    private sealed class Benchmark
    {
        private readonly List<double> values = [];
        private readonly List<string> odds = [];
        private Metadata own;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            var runs = false;
            while (json.Property())
            {
                var fine =
                    json.Is("metadata"u8) ? own.Read(ref json)
                    : json.Is("runs"u8) ? runs = Runs(ref json)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return runs;
        }

        // Metadata that all benchmarks share is given once, at the top.
        public void AddTo(Results results, Metadata common, Average? average)
        {
            if ((own.Name ?? common.Name) is not { } given || Found.Name(given) is not { } name)
            {
                results.LeaveOut(own.Name ?? common.Name ?? "a benchmark", "its name is missing, or not valid");
                return;
            }
            foreach (var odd in odds)
                results.LeaveOut($"a value of {name}", odd);
            if (values.Count == 0)
            {
                results.LeaveOut(name.Value, "it has no values");
                return;
            }
            var unit = own.Unit ?? common.Unit ?? "second";
            if (unit != "second")
                results.SampleIn(
                    results.Benchmark(name),
                    unit == "byte" ? "memory" : "value",
                    unit == "integer" ? null : unit,
                    Spread(average, 1)
                );
            else if (!results.Sample(name, BuiltInMeasure.Latency, Spread(average, SecondNanoseconds)))
                results.LeaveOut(name.Value, "its values are too large");
        }

        // The spread that pyperf shows: the mean with the standard deviation, or the median with the median absolute
        // deviation.
        private Metric Spread(Average? average, double scale)
        {
            if (average == Average.Median)
            {
                var median = Median(values);
                return Metric.Around(median * scale, Median(values.ConvertAll(v => Math.Abs(v - median))) * scale);
            }
            var mean = values.Average();
            if (values.Count == 1)
                return new(mean * scale);
            return Metric.Around(
                mean * scale,
                Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)) * scale
            );
        }

        private static double Median(List<double> of)
        {
            List<double> sorted = [.. of.Order()];
            var middle = sorted.Count / 2;
            return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }

        // A calibration run has no values.
        private bool Runs(ref Utf8JsonReader json)
        {
            if (!json.Array())
                return false;
            while (json.Item())
            {
                if (!json.Object())
                    return false;
                while (json.Property())
                    if (!(json.Is("values"u8) ? Values(ref json) : json.Other()))
                        return false;
            }
            return true;
        }

        private bool Values(ref Utf8JsonReader json)
        {
            if (!json.Array())
                return json.Other();
            while (json.Item())
            {
                json.Figure(out var value);
                if (value.Value is { } number)
                    values.Add(number);
                else
                    odds.Add($"it is {value.Instead}");
            }
            return true;
        }
    }
}
