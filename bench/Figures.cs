using System.Text.Json;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>
/// The measured figures: prints each as a line of a table when it is added, and writes all as Bencher Metric Format at
/// the end.
/// </summary>
internal sealed class Figures(string filter)
{
    private readonly Dictionary<string, Dictionary<string, Metric>> all = [];

    public int Count => all.Count;

    public bool Wants(string name) => name.Contains(filter, StringComparison.OrdinalIgnoreCase);

    /// <param name="shown">The figures in a form for people.</param>
    public void Add(string name, string shown, params (string Measure, Metric Metric)[] metrics)
    {
        Console.WriteLine($"{name, -40} {shown}");
        all[name] = metrics.ToDictionary(m => m.Measure, m => m.Metric);
    }

    /// <returns>The path of the written file.</returns>
    public string Write()
    {
        var file = Path.Combine(BuiltProgram.Root, "artifacts", "bench.json");
        using var stream = File.Create(file);
        using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        foreach (var (name, measures) in all)
        {
            json.WriteStartObject(name);
            foreach (var (measure, metric) in measures)
            {
                json.WriteStartObject(measure);
                json.WriteNumber("value", metric.Value);
                if (metric.Lower is { } lower)
                    json.WriteNumber("lower_value", lower);
                if (metric.Upper is { } upper)
                    json.WriteNumber("upper_value", upper);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        return file;
    }
}

/// <summary>A value in the unit of its measure, with the range in which it lay.</summary>
internal readonly record struct Metric(double Value, double? Lower = null, double? Upper = null)
{
    /// <summary>
    /// Nanoseconds, the unit of latency: the median as the value, the fastest time as the lower value, and the given
    /// quantile as the upper value.
    /// </summary>
    public static Metric Latency(IReadOnlyList<TimeSpan> sorted, double upper = 0.99) =>
        new(sorted.At(0.5).TotalNanoseconds, sorted[0].TotalNanoseconds, sorted.At(upper).TotalNanoseconds);
}

internal static class Sorted
{
    /// <summary>The quantile at <paramref name="share"/> (nearest rank).</summary>
    public static T At<T>(this IReadOnlyList<T> sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];

    public static string Ms(this TimeSpan time) => $"{time.TotalMilliseconds:0.00} ms";
}
