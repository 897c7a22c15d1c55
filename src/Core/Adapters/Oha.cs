using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads oha's JSON (<c>--output-format json</c>), with times in seconds. The JSON does not name the URL, so the
/// benchmark is called "oha".
/// </summary>
internal static class Oha
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        Json.Read(ref output, '{', "\"requestsPerSec\""u8, average, Root);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        Summary summary = default;
        var given = false;
        List<(string Name, double Value)> percentiles = [];
        while (json.Property())
        {
            var fine =
                json.Is("summary"u8) ? given = summary.Read(ref json)
                : json.Is("latencyPercentiles"u8) ? Percentiles(ref json, percentiles)
                : json.Is("errorDistribution"u8) ? Errors(ref json, results)
                : json.Other();
            if (!fine)
                return false;
        }
        if (!given)
            return false;
        summary.AddTo(results, percentiles, average);
        return true;
    }

    private static bool Percentiles(ref Utf8JsonReader json, List<(string, double)> percentiles)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var name = json.Current();
            json.Figure(out var value);
            if (value.Value is { } number)
                percentiles.Add((name, number));
        }
        return true;
    }

    private static bool Errors(ref Utf8JsonReader json, Results results)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var error = json.Current();
            if (!json.Scalar(out var count))
            {
                json.Other();
                continue;
            }
            results.LeaveOut($"{count} requests", error);
        }
        return true;
    }

    private struct Summary
    {
        private static readonly BenchmarkName Name = Text.Parse<BenchmarkName>("oha");

        private Figure mean,
            fastest,
            slowest,
            rate,
            size,
            success;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("average"u8) ? json.Figure(out mean)
                    : json.Is("fastest"u8) ? json.Figure(out fastest)
                    : json.Is("slowest"u8) ? json.Figure(out slowest)
                    : json.Is("requestsPerSec"u8) ? json.Figure(out rate)
                    : json.Is("sizePerSec"u8) ? json.Figure(out size)
                    : json.Is("successRate"u8) ? json.Figure(out success)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        public readonly void AddTo(Results results, List<(string Name, double Value)> percentiles, Average? average)
        {
            double? Percentile(string name) =>
                percentiles.Find(p => p.Name == name) is { Name: not null } found
                    ? found.Value * SecondNanoseconds
                    : null;
            Metric? latency =
                average == Average.Median
                    ? Percentile("p50") is { } half
                        ? new(half, Percentile("p25"), Percentile("p75"))
                        : null
                    : mean.Value is { } value
                        ? new(
                            value * SecondNanoseconds,
                            fastest.Value * SecondNanoseconds,
                            slowest.Value * SecondNanoseconds
                        )
                        : null;
            if (latency is null)
                results.LeaveOut(
                    "the latency",
                    average == Average.Median && mean.Value is not null ? "its p50 is missing"
                        : mean.IsOdd ? mean.Why("average")
                        : "no request succeeded"
                );
            else if (!results.Sample(Name, BuiltInMeasure.Latency, latency.Value))
                results.LeaveOut("the latency", "it is too large");
            if (rate.Value is { } perSecond)
                results.Sample(Name, BuiltInMeasure.Throughput, new(perSecond));
            else
                results.LeaveOut("the throughput", rate.Why("requestsPerSec"));
            if (!results.TakesAll)
                return;
            foreach (var (name, time) in percentiles)
                if (name != "p50")
                    results.SampleMore(
                        Name,
                        $"latency {name}",
                        BuiltInMeasure.Latency.Units,
                        new(time * SecondNanoseconds)
                    );
            if (size.Value is { } bytes)
                results.SampleMore(Name, "sizePerSec", "bytes / second (B/s)", new(bytes));
            if (success.Value is { } share)
                results.SampleMore(Name, "successRate", units: null, new(share));
        }
    }
}
