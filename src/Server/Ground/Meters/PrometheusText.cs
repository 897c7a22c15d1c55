using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Paddock.Server.Ground.Meters;

/// <summary>Writes the Prometheus text format, version 0.0.4. Names end in the unit; counters end in _total.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new(32 << 10);

    public override string ToString() => text.ToString();

    /// <summary>Writes an instrument with all its series.</summary>
    public void Write(Metric metric)
    {
        var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var name = Name(metric.Name, metric.Unit, isCounter);
        var isEmpty = true;
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (isEmpty)
                Head(
                    name,
                    metric.MetricType is MetricType.Histogram ? "histogram"
                        : isCounter ? "counter"
                        : "gauge",
                    metric.Description
                );
            isEmpty = false;
            var labels = Labels(point.Tags);
            switch (metric.MetricType)
            {
                case MetricType.Histogram:
                    Histogram(name, labels, point);
                    break;
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    Sample(name, labels, point.GetSumLong());
                    break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                    Sample(name, labels, point.GetSumDouble());
                    break;
                case MetricType.LongGauge:
                    Sample(name, labels, point.GetGaugeLastValueLong());
                    break;
                case MetricType.DoubleGauge:
                    Sample(name, labels, point.GetGaugeLastValueDouble());
                    break;
                default:
                    throw new InvalidOperationException(
                        $"{metric.Name} is a {metric.MetricType}, which this exporter does not support."
                    );
            }
        }
    }

    /// <summary>Writes a gauge from values read now.</summary>
    public void Gauge(string name, string description, IEnumerable<(string Labels, double Value)> samples)
    {
        Head(name, "gauge", description);
        foreach (var (labels, value) in samples)
            Sample(name, labels, value);
    }

    /// <summary>Formats labels as name="value" separated by commas, without the braces.</summary>
    public static string Labels(params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var tag in tags)
            Append(labels, tag);
        return labels.ToString();
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var tag in tags)
            Append(labels, tag);
        return labels.ToString();
    }

    private static void Append(StringBuilder labels, KeyValuePair<string, object?> tag)
    {
        if (labels.Length > 0)
            labels.Append(',');
        labels.Append(Word(tag.Key)).Append("=\"");
        foreach (var c in Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")
            _ = c switch
            {
                '\\' => labels.Append("\\\\"),
                '"' => labels.Append("\\\""),
                '\n' => labels.Append("\\n"),
                _ => labels.Append(c),
            };
        labels.Append('"');
    }

    /// <summary>
    /// The Prometheus name of an instrument: paddock.job.wait in seconds becomes paddock_job_wait_seconds.
    /// </summary>
    public static string Name(string instrument, string? unit, bool isCounter)
    {
        var name = Word(instrument);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" => "_ratio",
            _ => "",
        };
        if (suffix.Length > 0 && !name.EndsWith(suffix, StringComparison.Ordinal))
            name += suffix;
        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string Word(string name) =>
        string.Concat(name.Select((c, at) => char.IsAsciiLetter(c) || at > 0 && char.IsAsciiDigit(c) ? c : '_'));

    private void Head(string name, string type, string? description)
    {
        if (!string.IsNullOrEmpty(description))
            text.Append("# HELP ")
                .Append(name)
                .Append(' ')
                .Append(
                    description
                        .Replace("\\", "\\\\", StringComparison.Ordinal)
                        .Replace("\n", "\\n", StringComparison.Ordinal)
                )
                .Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void Histogram(string name, string labels, in MetricPoint point)
    {
        var before = labels.Length > 0 ? labels + "," : "";
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
            Sample(name + "_bucket", $"{before}le=\"{Number(bucket.ExplicitBound)}\"", count += bucket.BucketCount);
        Sample(name + "_sum", labels, point.GetHistogramSum());
        Sample(name + "_count", labels, point.GetHistogramCount());
    }

    private void Sample(string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };
}
