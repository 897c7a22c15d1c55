using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paddock.Testing;

/// <summary>A run as a client sends it; null properties are left out.</summary>
public sealed record Run(string? Project, params string[] Results)
{
    public string? Branch { get; init; } = "main";
    public string? Testbed { get; init; } = "box";
    public string? Hash { get; init; }
    public DateTimeOffset Start { get; init; } = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    public TimeSpan Took { get; init; } = TimeSpan.FromSeconds(1);
    public object? StartPoint { get; init; }
    public object? Thresholds { get; init; }
    public object? Settings { get; init; }
    public object? Context { get; init; }
    public Guid? IdempotencyKey { get; init; }

    /// <summary>The hash of the n-th commit.</summary>
    public static string Commit(int n) => n.ToString("x40", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Results of the measure latency: pairs of benchmark name and value.</summary>
    public static string Latencies(params (string Benchmark, double Value)[] metrics) =>
        Measured([.. metrics.Select(m => (m.Benchmark, "latency", m.Value))]);

    /// <summary>Results in Bencher Metric Format: triples of benchmark, measure and value.</summary>
    public static string Measured(params (string Benchmark, string Measure, double Value)[] metrics)
    {
        var all = new JsonObject();
        foreach (var (benchmark, measure, value) in metrics)
        {
            if (all[benchmark] is not { } measures)
                all[benchmark] = measures = new JsonObject();
            measures[measure] = new JsonObject { ["value"] = value };
        }
        return all.ToJsonString();
    }

    /// <summary>
    /// A threshold for latency with an upper boundary only, for the property <see cref="Thresholds"/>.
    /// </summary>
    public static object UpperThreshold(string test, double boundary, int? sampleMin = null, int? sampleMax = null) =>
        new
        {
            models = new
            {
                latency = new
                {
                    test,
                    upper_boundary = boundary,
                    min_sample_size = sampleMin,
                    max_sample_size = sampleMax,
                },
            },
        };

    /// <summary>
    /// The request body, including the project and other fields of /v0/run; for .../reports set those to null.
    /// </summary>
    public JsonObject ToJson()
    {
        var body = new JsonObject
        {
            ["start_time"] = Start.UtcDateTime.ToString(
                "yyyy-MM-ddTHH:mm:ssZ",
                System.Globalization.CultureInfo.InvariantCulture
            ),
            ["end_time"] = (Start + Took).UtcDateTime.ToString(
                "yyyy-MM-ddTHH:mm:ssZ",
                System.Globalization.CultureInfo.InvariantCulture
            ),
            ["results"] = new JsonArray([.. Results.Select(r => (JsonNode)r)]),
        };
        foreach (
            var (name, value) in new (string, object?)[]
            {
                ("project", Project),
                ("branch", Branch),
                ("testbed", Testbed),
                ("hash", Hash),
                ("start_point", StartPoint),
                ("thresholds", Thresholds),
                ("settings", Settings),
                ("context", Context),
                ("idempotency_key", IdempotencyKey),
            }
        )
            if (value is not null)
                body[name] = JsonSerializer.SerializeToNode(value);
        return body;
    }
}
