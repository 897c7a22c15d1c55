using System.Globalization;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// tinybench's results as JSON: a list of tasks, each with its name and, in a result of its own or beside it, latency and throughput; or
/// the rows of <c>bench.table()</c>.
/// </summary>
internal static class JsTinybench
{
    public static Results? Read(ref Output output, Average? average) =>
        (output.MayBeJson('[', "\"latency\""u8) || output.MayBeJson('[', "\"Task name\""u8) || output.MayBeJson('[', "\"hz\""u8)
            ? Json.Read(ref output, '[', average, Root)
            : null) ?? TinybenchTable.Read(ref output, average);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            var task = new Task(results.TakesAll);
            if (!task.Read(ref json) || !task.AddTo(results, average)) return false;
        }
        return true;
    }

    private struct Task(bool all)
    {
        private const double Nanoseconds = 1e6; // In a millisecond.

        private string? name, state, failure;
        private VitestFigures figures = new() { TakesAll = all };
        private bool isRow;

        // Of a row of the table: value and what surrounds it, each with its unit in the heading.
        private Metric? mean, median, rate;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("name"u8) || json.Is("Task name"u8) ? Name(ref json)
                    : json.Is("result"u8) ? json.Null() || Result(ref json)
                    : json.Is("Error"u8) ? json.TextOrNull(out failure)
                    : isRow ? Cell(ref json)
                    : Figure(ref json);
                if (!fine) return false;
            }
            return name is not null;
        }

        public readonly bool AddTo(Results results, Average? average)
        {
            if (Found.Name(name!) is not { } called) return false;
            if (failure is not null || state is "errored" or "aborted" or "aborted-with-statistics")
            {
                results.LeaveOut(name!, failure is { Length: > 0 } ? $"it failed: {failure}" : "it failed");
                return true;
            }
            if (!isRow) return JsVitest.Add(results, group: "", name!, figures, average);
            if ((average == Average.Median ? median : mean) is not { } latency) return false;
            if (!results.Sample(called, BuiltInMeasure.Latency, latency)) return false;
            return rate is null || results.Sample(called, BuiltInMeasure.Throughput, rate.Value);
        }

        private bool Name(ref Utf8JsonReader json)
        {
            isRow = json.Is("Task name"u8);
            return json.Text(out name);
        }

        private bool Result(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
                if (!Figure(ref json)) return false;
            return true;
        }

        // Before version 3 the figures of the latency stood beside the rate.
        private bool Figure(ref Utf8JsonReader json) =>
            json.Is("state"u8) ? json.TextOrNull(out state)
            : json.Is("latency"u8) ? Statistics(ref json, isRate: false)
            : json.Is("throughput"u8) ? Statistics(ref json, isRate: true)
            : json.Is("hz"u8) ? json.NumberOrNull(out figures.Rate)
            : json.Is("mean"u8) ? json.NumberOrNull(out figures.Mean)
            : json.Is("sd"u8) ? json.NumberOrNull(out figures.Deviation)
            : json.Is("p50"u8) ? json.NumberOrNull(out figures.Median)
            : json.Is("rme"u8) ? json.NumberOrNull(out figures.RateMarginPercent)
            : figures.ReadPercentile(ref json);

        private bool Statistics(ref Utf8JsonReader json, bool isRate)
        {
            if (!json.Object()) return json.Null();
            while (json.Property())
            {
                var fine = isRate
                    ? json.Is("mean"u8) ? json.Number(out figures.Rate) : json.Is("rme"u8) ? json.Number(out figures.RateMarginPercent) : json.Other()
                    : json.Is("mean"u8) ? json.Number(out figures.Mean)
                    : json.Is("sd"u8) ? json.Number(out figures.Deviation)
                    : json.Is("p50"u8) ? json.Number(out figures.Median)
                    : figures.ReadPercentile(ref json);
                if (!fine) return false;
            }
            return true;
        }

        // "Latency avg (ns)": "105.41 ± 34.47%", "Latency med (ns)": "60.00 ± 1.00".
        private bool Cell(ref Utf8JsonReader json)
        {
            var heading = json.Current();
            if (!json.Text(out var cell)) return json.Other();
            var scale = heading.EndsWith("(ns)", StringComparison.Ordinal) ? 1 : heading.EndsWith("(ms)", StringComparison.Ordinal) ? Nanoseconds
                : heading.EndsWith("(ops/s)", StringComparison.Ordinal) ? 1 : (double?)null;
            if (scale is null || Parse(cell!, scale.Value) is not { } metric) return true;
            if (heading.StartsWith("Latency av", StringComparison.Ordinal)) mean = metric;
            else if (heading.StartsWith("Latency med", StringComparison.Ordinal)) median = metric;
            else if (heading.StartsWith("Throughput av", StringComparison.Ordinal)) rate = metric;
            return true;
        }

        private static Metric? Parse(string cell, double scale)
        {
            var parts = cell.Split('±', StringSplitOptions.TrimEntries);
            if (parts.Length > 2 || !Number(parts[0], out var value)) return null;
            if (parts.Length == 1) return new(value * scale);
            if (!Number(parts[1].TrimEnd('%'), out var margin)) return null;
            return Metric.Around(value * scale, parts[1].EndsWith('%') ? value * scale * (margin / 100) : margin * scale);
        }

        private static bool Number(string text, out double number) =>
            double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }
}
