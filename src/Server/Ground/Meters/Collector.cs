using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// Aggregates the measurements of the framework's and Paddock's instruments with the OpenTelemetry SDK, which limits
/// the number of series per instrument.
/// </summary>
internal sealed class Collector : IDisposable
{
    // The SDK allocates the places of all series at once, and has 2,000 for each of some 40 instruments by default.
    private const int SeriesMax = 200;
    private const int RequestSeriesMax = 2_000; // By route, method and status.

    private static readonly double[] SecondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Lock gate = new();
    private readonly Snapshot snapshot = new();
    private readonly BaseExportingMetricReader reader;
    private readonly MeterProvider provider;

    /// <param name="meters">The meters of this server. With several servers in a process, each has its own copy of the
    /// framework's instruments; the others' are dropped.</param>
    public Collector(IMeterFactory meters)
    {
        reader = new BaseExportingMetricReader(snapshot);
        provider = Instruments(meters).AddReader(reader).Build();
    }

    /// <summary>Configures the instruments of a server, for any collector.</summary>
    /// <inheritdoc cref="Collector(IMeterFactory)"/>
    public static MeterProviderBuilder Instruments(IMeterFactory meters) =>
        Sdk.CreateMeterProviderBuilder()
            .AddMeter(
                Meters.Name,
                "Microsoft.AspNetCore.Hosting",
                "Microsoft.AspNetCore.Server.Kestrel",
                "System.Runtime"
            )
            .AddView(instrument =>
                instrument.Meter.Scope is { } owner && owner != meters
                    ? MetricStreamConfiguration.Drop
                    : Stream(
                        instrument,
                        instrument.Name == "http.server.request.duration" ? RequestSeriesMax : SeriesMax
                    )
            );

    private static MetricStreamConfiguration Stream(Instrument instrument, int seriesMax) =>
        instrument is Histogram<double> { Unit: "s", Advice: null }
            ? new ExplicitBucketHistogramConfiguration { Boundaries = SecondsBounds, CardinalityLimit = seriesMax }
            : new MetricStreamConfiguration { CardinalityLimit = seriesMax };

    /// <summary>Writes the current values of all metrics.</summary>
    public void Write(PrometheusText text)
    {
        lock (gate) // All requests share one snapshot, so they must take turns.
        {
            snapshot.Visit = text.Write;
            reader.Collect();
            snapshot.Visit = null;
        }
    }

    public void Dispose() => provider.Dispose();

    private sealed class Snapshot : BaseExporter<Metric>
    {
        public Action<Metric>? Visit { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            var metrics = new List<Metric>();
            foreach (var metric in batch)
                metrics.Add(metric);
            foreach (var metric in metrics.OrderBy(metric => metric.Name, StringComparer.Ordinal))
                Visit?.Invoke(metric);
            return ExportResult.Success;
        }
    }
}
