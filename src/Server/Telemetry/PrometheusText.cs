using System.Globalization;
using System.Text;

namespace Paddock.Server.Telemetry;

/// <summary>The text format of Prometheus, version 0.0.4: names with the unit and, for what only grows, with _total at their end.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new(32 << 10);

    public override string ToString() => text.ToString();

    public void Write(Family family)
    {
        var name = Name(family.Instrument.Name, family.Instrument.Unit, family.IsCounter);
        var isEmpty = true;
        foreach (var (labels, series) in family.All)
        {
            if (isEmpty) Head(name, family.IsHistogram ? "histogram" : family.IsCounter ? "counter" : "gauge", family.Instrument.Description);
            isEmpty = false;
            if (series.Buckets is { } buckets) Histogram(name, labels, family.Bounds, buckets, series);
            else Sample(name, labels, series.Value);
        }
    }

    /// <summary>A gauge whose values are read now.</summary>
    public void Gauge(string name, string description, IEnumerable<(string Labels, double Value)> samples)
    {
        Head(name, "gauge", description);
        foreach (var (labels, value) in samples) Sample(name, labels, value);
    }

    public void Counter(string name, string description, IEnumerable<(string Labels, double Value)> samples)
    {
        Head(name, "counter", description);
        foreach (var (labels, value) in samples) Sample(name, labels, value);
    }

    /// <summary>name="value" with commas between them, without the braces.</summary>
    public static string Labels(params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (labels.Length > 0) labels.Append(',');
            labels.Append(Word(key)).Append("=\"");
            foreach (var c in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                _ = c switch { '\\' => labels.Append("\\\\"), '"' => labels.Append("\\\""), '\n' => labels.Append("\\n"), _ => labels.Append(c) };
            labels.Append('"');
        }
        return labels.ToString();
    }

    /// <summary>What an instrument is called here: paddock.job.wait in seconds is paddock_job_wait_seconds.</summary>
    public static string Name(string instrument, string? unit, bool isCounter)
    {
        var name = Word(instrument);
        var suffix = unit switch { "s" => "_seconds", "By" => "_bytes", "1" => "_ratio", _ => "" };
        if (suffix.Length > 0 && !name.EndsWith(suffix, StringComparison.Ordinal)) name += suffix;
        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string Word(string name) => string.Concat(name.Select((c, at) => char.IsAsciiLetter(c) || at > 0 && char.IsAsciiDigit(c) ? c : '_'));

    private void Head(string name, string type, string? description)
    {
        if (!string.IsNullOrEmpty(description)) text.Append("# HELP ").Append(name).Append(' ').Append(description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void Histogram(string name, string labels, IReadOnlyList<double> bounds, long[] buckets, Family.Series series)
    {
        var before = labels.Length > 0 ? labels + "," : "";
        long count = 0;
        for (var i = 0; i < bounds.Count; i++) Sample(name + "_bucket", $"{before}le=\"{Number(bounds[i])}\"", count += buckets[i]);
        Sample(name + "_bucket", before + "le=\"+Inf\"", series.Count);
        Sample(name + "_sum", labels, series.Value);
        Sample(name + "_count", labels, series.Count);
    }

    private void Sample(string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
