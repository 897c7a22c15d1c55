using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the messages of <c>cargo criterion --message-format=json</c>, one for each completed benchmark. Its "typical"
/// estimate is the time that Criterion prints.
/// </summary>
internal static class CargoCriterion
{
    public static Results? Read(ref Output output, Average? average) =>
        Json.Read(ref output, '{', "\"benchmark-complete\""u8, average, Root);

    // Other messages are about groups and hold no results.
    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        string? reason = null,
            id = null;
        Estimate typical = default,
            mean = default,
            median = default;
        List<(double Count, string Unit)> throughputs = [];
        while (json.Property())
        {
            var fine =
                json.Is("reason"u8) ? json.TextOrOther(out reason)
                : json.Is("id"u8) ? json.TextOrOther(out id)
                : json.Is("typical"u8) ? typical.Read(ref json)
                : json.Is("mean"u8) ? mean.Read(ref json)
                : json.Is("median"u8) ? median.Read(ref json)
                : json.Is("throughput"u8) ? Throughputs(ref json, throughputs)
                : json.Other();
            if (!fine)
                return false;
        }
        if (reason != "benchmark-complete")
            return true;
        var (estimate, field) = average switch
        {
            Average.Mean => (mean, "mean"),
            Average.Median => (median, "median"),
            _ => (typical, "typical estimate"),
        };
        if (id is null || Found.Name(id) is not { } called)
            results.LeaveOut(id ?? "a benchmark", "its id is missing, or not valid");
        else if (estimate.Latency(field, out var latency) is { } why)
            results.LeaveOut(id, why);
        else
        {
            results.Sample(called, BuiltInMeasure.Latency, latency);
            if (!results.TakesAll || latency.Value <= 0)
                return true;
            foreach (var (count, unit) in throughputs)
            {
                var rate = unit == "elements" ? "elem/s" : "B/s";
                results.SampleIn(results.Benchmark(called), rate, rate, new(count * 1e9 / latency.Value));
            }
        }
        return true;
    }

    private static bool Throughputs(ref Utf8JsonReader json, List<(double, string)> throughputs)
    {
        if (!json.Array())
            return json.Other();
        while (json.Item())
        {
            if (!json.Object())
            {
                json.Other();
                continue;
            }
            Figure count = default;
            string? unit = null;
            while (json.Property())
                if (
                    !(
                        json.Is("per_iteration"u8) ? json.Figure(out count)
                        : json.Is("unit"u8) ? json.TextOrOther(out unit)
                        : json.Other()
                    )
                )
                    return false;
            if (count.Value is { } many && unit is "elements" or "bytes")
                throughputs.Add((count.Value!.Value, unit));
        }
        return true;
    }

    private struct Estimate
    {
        private Figure value,
            lower,
            upper;
        private string? unit;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("estimate"u8) ? json.Figure(out value)
                    : json.Is("lower_bound"u8) ? json.Figure(out lower)
                    : json.Is("upper_bound"u8) ? json.Figure(out upper)
                    : json.Is("unit"u8) ? json.TextOrOther(out unit)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        /// <returns>The reason why there is no latency; null if there is one.</returns>
        public readonly string? Latency(string field, out Metric latency)
        {
            latency = default;
            if (value.Value is not { } number)
                return value.Why(field);
            if (unit is null || Lexing.UnitWord(unit) is not { } scale)
                return $"its {field} is in {unit ?? "no unit"}, which is not a unit of time";
            latency = new(number * scale, lower.Value * scale, upper.Value * scale);
            return latency.IsFinite ? null : $"its {field} is too large";
        }
    }
}
