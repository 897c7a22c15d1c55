using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// k6's summary as JSON: of <c>--summary-export</c>, of <c>handleSummary</c>, and the newer list of metrics. Each metric is a benchmark;
/// times are in milliseconds.
/// </summary>
internal static class K6Summary
{
    private const double Nanoseconds = 1e6; // In a millisecond.

    // Custom metrics say only in some forms whether they are times; of k6's own it is known.
    private static readonly string[] TimePrefixes = ["http_req_", "iteration_duration", "group_duration", "ws_connecting", "ws_session_duration", "ws_ping", "grpc_req_duration", "browser_"];
    private static readonly string[] Rates = ["http_reqs", "iterations"];

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"iterations\""u8) && output.MayBeJson('{', "\"metrics\""u8) ? Json.Read(ref output, '{', average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        var given = false;
        while (json.Property())
        {
            var fine = json.Is("metrics"u8) ? given = Metrics(ref json, average, results)
                : json.Is("results"u8) ? Inner(ref json, average, results, ref given)
                : json.Other();
            if (!fine) return false;
        }
        return given;
    }

    private static bool Inner(ref Utf8JsonReader json, Average? average, Results results, ref bool given)
    {
        if (!json.Object()) return json.Other();
        while (json.Property())
            if (!(json.Is("metrics"u8) ? given = Metrics(ref json, average, results) : json.Other())) return false;
        return true;
    }

    private static bool Metrics(ref Utf8JsonReader json, Average? average, Results results)
    {
        var isList = json.Array();
        if (!isList && json.TokenType != JsonTokenType.StartObject) return false;
        while (isList ? json.Item() : json.Property())
        {
            var metric = new Trend { Name = isList ? "" : json.Current(), TakesAll = results.TakesAll };
            if (!metric.Read(ref json) || !metric.AddTo(results, average)) return false;
        }
        return true;
    }

    /// <summary>One metric: a trend, or a counter with its rate.</summary>
    private struct Trend
    {
        private string? contains;
        private double? mean, median, min, max, rate;
        private List<(string Name, double Value)>? more;

        public string Name { get; set; }
        public bool TakesAll { get; init; }

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("name"u8) ? json.Text(out var name) && (Name = name!) is not null
                    : json.Is("contains"u8) ? json.TextOrNull(out contains)
                    : json.Is("values"u8) ? json.Object() && Values(ref json)
                    : Value(ref json);
                if (!fine) return false;
            }
            return true;
        }

        private bool Values(ref Utf8JsonReader json)
        {
            while (json.Property())
                if (!Value(ref json)) return false;
            return true;
        }

        private bool Value(ref Utf8JsonReader json)
        {
            if (json.Is("avg"u8)) return json.NumberOrNull(out mean);
            if (json.Is("med"u8)) return json.NumberOrNull(out median);
            if (json.Is("min"u8)) return json.NumberOrNull(out min);
            if (json.Is("max"u8)) return json.NumberOrNull(out max);
            if (json.Is("rate"u8)) return json.NumberOrNull(out rate);
            if (!TakesAll) return json.Other();
            var name = json.Current();
            if (!json.NumberOrOther(out var value)) return false;
            if (value is not null) (more ??= []).Add((name, value.Value));
            return true;
        }

        public readonly bool AddTo(Results results, Average? average)
        {
            // A part of a metric, by its tags, is a benchmark of its own: http_req_duration{expected_response:true}.
            var plain = Name.Contains('{', StringComparison.Ordinal) ? Name[..Name.IndexOf('{', StringComparison.Ordinal)] : Name;
            if (Found.Name(Name) is not { } called) return false;
            if (rate is not null && Rates.Contains(plain)) return results.Sample(called, BuiltInMeasure.Throughput, new(rate.Value));
            if (((average == Average.Median ? median : mean) ?? mean) is not { } value) return true;
            if (contains == "time" || contains is null && TimePrefixes.Any(prefix => plain.StartsWith(prefix, StringComparison.Ordinal)))
            {
                if (!results.Sample(called, BuiltInMeasure.Latency, new(value * Nanoseconds))) return false;
                if (results.TakesAll)
                    foreach (var (name, percentile) in more ?? [])
                        if (name.StartsWith("p(", StringComparison.Ordinal)) results.SampleMore(called, $"latency {name}", BuiltInMeasure.Latency.Units, new(percentile * Nanoseconds));
            }
            else if (results.TakesAll) results.SampleMore(called, "value", contains == "data" ? "bytes (B)" : null, new(value, min, max));
            else results.LeaveOut(Name, "whether it is a time is not said; it is recorded when all measures are asked for");
            return true;
        }
    }
}
