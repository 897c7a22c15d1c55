using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the list that github-action-benchmark calls customSmallerIsBetter or customBiggerIsBetter: handwritten values,
/// each with a name, a unit and optionally a range. The list does not say which average a value is, so asking for an
/// average is refused.
/// </summary>
internal static class ActionBenchmark
{
    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('[', "\"unit\""u8) ? Json.Read(ref output, '[', "\"value\""u8, average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            if (!json.Object())
                return false;
            string? name = null,
                unit = null,
                range = null;
            Figure value = default;
            while (json.Property())
            {
                var fine =
                    json.Is("name"u8) ? json.TextOrOther(out name)
                    : json.Is("unit"u8) ? json.TextOrOther(out unit)
                    : json.Is("value"u8) ? json.Figure(out value)
                    : json.Is("range"u8) ? json.Scalar(out range) || json.Other()
                    : json.Other();
                if (!fine)
                    return false;
            }
            if (name is null || unit is null || value is { Value: null, Instead: null })
                return false;
            if (average is not null)
                return results.Refuse(
                    $"a list of values with their units has no {Wire.Words<Average>.Of(average.Value)}"
                );
            if (Found.Name(name) is null)
                results.LeaveOut(name, "its name is not valid");
            else if (value.Value is not { } number)
                results.LeaveOut(name, value.Why("value"));
            else
                Add(results, name, unit.Trim(), WithRange(number, range));
        }
        return true;
    }

    // "ns/iter" and "ms" are times, "ops/sec" and "req/s" are rates of operations. Any other unit is used as the name
    // of a measure.
    private static void Add(Results results, string name, string unit, Metric metric)
    {
        var benchmark = results.Benchmark(Found.Name(name)!);
        var thing = unit.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? unit[..slash].TrimEnd() : unit;
        if (Lexing.UnitWord(thing) is { } time)
            results.SampleOf(benchmark, BuiltInMeasure.Latency.Slug.Value, units: null, metric.Times(time));
        else if (thing != unit && Rates.Rate(unit) is var (rate, scale))
        {
            var isOfOperations =
                rate is "ops/s" or "op/s" or "iter/s" or "iters/s" or "req/s" or "reqs/s" or "requests/s";
            if (isOfOperations)
                results.SampleOf(benchmark, BuiltInMeasure.Throughput.Slug.Value, units: null, metric.Times(scale));
            else
                results.SampleIn(benchmark, rate, unit, metric);
        }
        else if (Rates.Size(unit) is var (plain, many) && many != 1)
            results.SampleIn(benchmark, plain, unit, metric);
        else
            results.SampleMore(benchmark, unit.Length == 0 ? "value" : unit, unit, metric);
    }

    // The range is 0.5, "± 0.5", "+/- 0.5" or "±10%".
    private static Metric WithRange(double value, string? range)
    {
        if (range is null)
            return new(value);
        var text = range.Replace("+/-", "").Replace("±", "").Trim();
        var isPercent = text.EndsWith('%');
        if (!DecimalText.TryParse(text.TrimEnd('%').Trim(), commaIsDecimal: false, out var margin))
            return new(value);
        return Metric.Around(value, isPercent ? Math.Abs(value) * (margin / 100) : margin);
    }
}
