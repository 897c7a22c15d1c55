using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>oha's JSON (<c>--output-format json</c>), in seconds. It does not say what was asked for, so the benchmark is called oha.</summary>
internal static class Oha
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"requestsPerSec\""u8) ? Json.Read(ref output, '{', average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        Summary summary = default;
        var given = false;
        List<(string Name, double Value)> percentiles = [];
        while (json.Property())
        {
            var fine = json.Is("summary"u8) ? given = summary.Read(ref json)
                : json.Is("latencyPercentiles"u8) ? Percentiles(ref json, percentiles)
                : json.Is("errorDistribution"u8) ? Errors(ref json, results)
                : json.Other();
            if (!fine) return false;
        }
        return given && summary.AddTo(results, percentiles, average);
    }

    private static bool Percentiles(ref Utf8JsonReader json, List<(string, double)> percentiles)
    {
        if (!json.Object()) return json.Null();
        while (json.Property())
        {
            var name = json.Current();
            if (!json.NumberOrNull(out var value)) return false;
            if (value is not null) percentiles.Add((name, value.Value));
        }
        return true;
    }

    private static bool Errors(ref Utf8JsonReader json, Results results)
    {
        if (!json.Object()) return json.Null();
        while (json.Property())
        {
            var error = json.Current();
            if (!json.Scalar(out var count)) return false;
            results.LeaveOut($"{count} requests", error);
        }
        return true;
    }

    private struct Summary
    {
        private static readonly BenchmarkName Name = Text.Parse<BenchmarkName>("oha");

        private double? mean, fastest, slowest, rate, size, success;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("average"u8) ? json.NumberOrNull(out mean)
                    : json.Is("fastest"u8) ? json.NumberOrNull(out fastest)
                    : json.Is("slowest"u8) ? json.NumberOrNull(out slowest)
                    : json.Is("requestsPerSec"u8) ? json.NumberOrNull(out rate)
                    : json.Is("sizePerSec"u8) ? json.NumberOrNull(out size)
                    : json.Is("successRate"u8) ? json.NumberOrNull(out success)
                    : json.Other();
                if (!fine) return false;
            }
            return true;
        }

        public readonly bool AddTo(Results results, List<(string Name, double Value)> percentiles, Average? average)
        {
            double? Percentile(string name) => percentiles.Find(p => p.Name == name) is { Name: not null } found ? found.Value * SecondNanoseconds : null;
            Metric? latency = average == Average.Median
                ? Percentile("p50") is { } half ? new(half, Percentile("p25"), Percentile("p75")) : null
                : mean is { } value ? new(value * SecondNanoseconds, fastest * SecondNanoseconds, slowest * SecondNanoseconds) : null;
            if (latency is null) results.LeaveOut("the latency", "no request succeeded");
            else if (!results.Sample(Name, BuiltInMeasure.Latency, latency.Value)) return false;
            if (rate is not null && !results.Sample(Name, BuiltInMeasure.Throughput, new(rate.Value))) return false;
            if (!results.TakesAll) return true;
            foreach (var (name, time) in percentiles)
                if (name != "p50") results.SampleMore(Name, $"latency {name}", BuiltInMeasure.Latency.Units, new(time * SecondNanoseconds));
            if (size is not null) results.SampleMore(Name, "sizePerSec", "bytes / second (B/s)", new(size.Value));
            if (success is not null) results.SampleMore(Name, "successRate", units: null, new(success.Value));
            return true;
        }
    }
}
