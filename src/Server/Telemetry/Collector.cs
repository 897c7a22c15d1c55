using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace Paddock.Server.Telemetry;

/// <summary>Adds up what instruments report. It listens to the meters that are named here, and to no others.</summary>
internal sealed class Collector : IDisposable
{
    private const int SeriesMax = 2000; // Of one instrument: whoever makes up paths must not fill the memory.

    private static readonly string[] Meters = [Telemetry.Meters.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];
    private static readonly double[] StandardBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, Family> families = [];

    public Collector()
    {
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (!Meters.Contains(instrument.Meter.Name)) return;
            lock (gate) families.TryAdd(instrument.Name, new(instrument, Bounds(instrument)));
            it.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
    }

    /// <summary>Everything as it is now, written by the visitor while nothing is added.</summary>
    public void Visit(Action<Family> visit)
    {
        listener.RecordObservableInstruments();
        lock (gate)
            foreach (var family in families.Values.OrderBy(family => family.Instrument.Name, StringComparer.Ordinal)) visit(family);
    }

    public void Dispose() => listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = Key(tags);
        lock (gate)
            if (families.TryGetValue(instrument.Name, out var family)) family.Add(key, value, SeriesMax);
    }

    // Tags in the order of their names, as the text that they become.
    private static string Key(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var sorted = tags.ToArray();
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return PrometheusText.Labels(sorted);
    }

    private static double[] Bounds(Instrument instrument) =>
        (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries is { Count: > 0 } own ? [.. own] : StandardBounds;
}

/// <summary>One instrument and its series.</summary>
internal sealed class Family(Instrument instrument, double[] bounds)
{
    private readonly Dictionary<string, Series> series = [];

    /// <summary>A sum, or the last value; for histograms also how many there were in each bucket.</summary>
    internal sealed record Series(long[]? Buckets)
    {
        public double Value { get; set; }
        public long Count { get; set; }
    }

    private enum Kind { Sum, Last, Histogram }

    private readonly Kind kind = KindOf(instrument);

    public Instrument Instrument => instrument;
    public IReadOnlyList<double> Bounds => bounds;
    public IEnumerable<KeyValuePair<string, Series>> All => series.OrderBy(one => one.Key, StringComparer.Ordinal);
    public bool IsHistogram => kind == Kind.Histogram;

    /// <summary>Whether it only ever grows.</summary>
    public bool IsCounter => instrument.GetType().Name is var name && (name.StartsWith("Counter", StringComparison.Ordinal) || name.StartsWith("ObservableCounter", StringComparison.Ordinal));

    public void Add(string key, double value, int seriesMax)
    {
        ref var one = ref CollectionsMarshal.GetValueRefOrAddDefault(series, key, out var isKnown);
        if (!isKnown)
        {
            if (series.Count > seriesMax)
            {
                series.Remove(key);
                return;
            }
            one = new(IsHistogram ? new long[bounds.Length + 1] : null);
        }
        one!.Value = kind == Kind.Last ? value : one.Value + value;
        one.Count++;
        if (one.Buckets is not { } buckets) return;
        var place = Array.BinarySearch(bounds, value);
        buckets[place < 0 ? ~place : place]++;
    }

    private static Kind KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => Kind.Histogram,
        "Counter" or "UpDownCounter" => Kind.Sum,
        _ => Kind.Last, // What is observed says how much it is by now.
    };
}
