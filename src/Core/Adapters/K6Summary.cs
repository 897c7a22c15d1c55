using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads k6's summary as JSON: from <c>--summary-export</c>, from <c>handleSummary</c>, and the newer list of metrics.
/// Each metric is a benchmark. Times are in milliseconds.
/// </summary>
internal static class K6Summary
{
    private const double Nanoseconds = 1e6; // Nanoseconds in a millisecond.

    // Only some forms say whether a custom metric is a time. k6's own time metrics are known by these prefixes.
    private static readonly string[] TimePrefixes =
    [
        "http_req_",
        "iteration_duration",
        "group_duration",
        "ws_connecting",
        "ws_session_duration",
        "ws_ping",
        "grpc_req_duration",
        "browser_",
    ];
    private static readonly string[] Rates = ["http_reqs", "iterations"];

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"iterations\""u8) ? Json.Read(ref output, '{', "\"metrics\""u8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        var given = false;
        while (json.Property())
        {
            var fine =
                json.Is("metrics"u8) ? given = Metrics(ref json, average, results)
                : json.Is("results"u8) ? Inner(ref json, average, results, ref given)
                : json.Other();
            if (!fine)
                return false;
        }
        return given;
    }

    private static bool Inner(ref Utf8JsonReader json, Average? average, Results results, ref bool given)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
            if (!(json.Is("metrics"u8) ? given = Metrics(ref json, average, results) : json.Other()))
                return false;
        return true;
    }

    private static bool Metrics(ref Utf8JsonReader json, Average? average, Results results)
    {
        var isList = json.Array();
        if (!isList && json.TokenType != JsonTokenType.StartObject)
            return false;
        while (isList ? json.Item() : json.Property())
        {
            var metric = new Trend { Name = isList ? "" : json.Current(), TakesAll = results.TakesAll };
            if (metric.Read(ref json))
                metric.AddTo(results, average);
        }
        return true;
    }

    /// <summary>One metric: a trend, or a counter with its rate.</summary>
    private struct Trend
    {
        private string? contains;
        private Figure mean,
            median,
            min,
            max,
            rate;
        private List<(string Name, double Value)>? more;
        private bool hasPercentiles;

        public string Name { get; set; }
        public bool TakesAll { get; init; }

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other() && false;
            while (json.Property())
            {
                if (json.Is("name"u8))
                {
                    if (json.TextOrOther(out var name) && name is not null)
                        Name = name;
                }
                else if (json.Is("contains"u8))
                    json.TextOrOther(out contains);
                else if (!json.Is("values"u8))
                    Value(ref json);
                else if (!json.Object())
                    json.Other();
                else
                    while (json.Property())
                        Value(ref json);
            }
            return true;
        }

        private void Value(ref Utf8JsonReader json)
        {
            if (json.Is("avg"u8))
                json.Figure(out mean);
            else if (json.Is("med"u8))
                json.Figure(out median);
            else if (json.Is("min"u8))
                json.Figure(out min);
            else if (json.Is("max"u8))
                json.Figure(out max);
            else if (json.Is("rate"u8))
                json.Figure(out rate);
            else
            {
                hasPercentiles |= json.ValueSpan.StartsWith("p("u8);
                var name = TakesAll ? json.Current() : "";
                json.NumberOrOther(out var value);
                if (TakesAll && value is { } number)
                    (more ??= []).Add((name, number));
            }
        }

        // A metric filtered by tags is a separate benchmark: http_req_duration{expected_response:true}.
        public readonly void AddTo(Results results, Average? average)
        {
            var plain = Name.Contains('{', StringComparison.Ordinal)
                ? Name[..Name.IndexOf('{', StringComparison.Ordinal)]
                : Name;
            if (Rates.Contains(plain) && rate.Value is { } perSecond)
            {
                if (!results.Sample(Found.Name(Name), BuiltInMeasure.Throughput, new(perSecond)))
                    results.LeaveOut(Name, "its name is not valid");
                return;
            }
            var (asked, field) = average == Average.Median ? (median, "med") : (mean, "avg");
            if (asked.Value is not { } value)
            {
                if (IsTrend || rate.IsOdd)
                    results.LeaveOut(Name, IsTrend ? asked.Why(field) : rate.Why("rate"));
            }
            else if (Found.Name(Name) is not { } called)
                results.LeaveOut(Name, "its name is not valid");
            else if (
                contains == "time"
                || contains is null && TimePrefixes.Any(prefix => plain.StartsWith(prefix, StringComparison.Ordinal))
            )
            {
                if (!results.Sample(called, BuiltInMeasure.Latency, new(value * Nanoseconds)))
                    results.LeaveOut(Name, $"its {field} is too large");
                foreach (var (name, percentile) in more ?? [])
                    if (name.StartsWith("p(", StringComparison.Ordinal))
                        results.SampleMore(
                            called,
                            $"latency {name}",
                            BuiltInMeasure.Latency.Units,
                            new(percentile * Nanoseconds)
                        );
            }
            else if (results.TakesAll)
                results.SampleMore(
                    called,
                    "value",
                    contains == "data" ? "bytes (B)" : null,
                    new(value, min.Value, max.Value)
                );
            else
                results.LeaveOut(Name, "k6 does not say whether it is a time; it is recorded with all measures");
        }

        // True when the metric has a value that counters and gauges do not have.
        private readonly bool IsTrend =>
            hasPercentiles
            || mean.Value is not null
            || median.Value is not null
            || mean.Instead is not null
            || median.Instead is not null;
    }
}
