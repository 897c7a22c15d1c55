using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads tinybench's results as JSON: a list of tasks, each with a name, and with latency and throughput, which may be
/// inside a result. Or the rows of <c>bench.table()</c>.
/// </summary>
internal static class JsTinybench
{
    public static Results? Read(ref Output output, Average? average) =>
        Read(ref output, average, "\"latency\""u8)
        ?? Read(ref output, average, "\"Task name\""u8)
        ?? Read(ref output, average, "\"Task Name\""u8)
        ?? Read(ref output, average, "\"hz\""u8)
        ?? TinybenchTable.Read(ref output, average);

    private static Results? Read(ref Output output, Average? average, ReadOnlySpan<byte> key) =>
        Json.Read(ref output, '[', key, average, Root);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            var task = new Task(results.TakesAll);
            if (!task.Read(ref json))
                return false;
            task.AddTo(results, average);
        }
        return true;
    }

    private struct Task(bool all)
    {
        private const double Nanoseconds = 1e6; // Nanoseconds in a millisecond.

        private string? name,
            state,
            failure;
        private VitestFigures figures = new() { TakesAll = all };
        private Figure medianRate,
            medianRateMargin;
        private bool isRow;

        // For a row of the table: each value with its margin. The heading names the unit.
        private Metric? mean,
            median,
            rate,
            medianRateCell;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("name"u8) || json.Is("Task name"u8) || json.Is("Task Name"u8) ? Name(ref json)
                    : json.Is("result"u8) ? Result(ref json)
                    : json.Is("Error"u8) ? json.TextOrOther(out failure)
                    : isRow ? Cell(ref json)
                    : Figure(ref json);
                if (!fine)
                    return false;
            }
            return name is not null;
        }

        public readonly void AddTo(Results results, Average? average)
        {
            if (Found.Name(name!) is not { } called)
                results.LeaveOut(name!, "its name is not valid");
            else if (failure is not null || state is "errored" or "aborted" or "aborted-with-statistics")
                results.LeaveOut(name!, failure is { Length: > 0 } ? $"it failed: {failure}" : "it failed");
            else if (!isRow)
                AddTask(results, average);
            else if ((average == Average.Median ? median : mean) is not { } latency)
                results.LeaveOut(
                    name!,
                    average == Average.Median ? "its median latency is missing" : "its average latency is missing"
                );
            else
            {
                results.Sample(called, BuiltInMeasure.Latency, latency);
                if ((average == Average.Median ? medianRateCell ?? rate : rate) is { } throughput)
                    results.Sample(called, BuiltInMeasure.Throughput, throughput);
            }
        }

        // Since version 3, rates have a median.
        private readonly void AddTask(Results results, Average? average)
        {
            var asked = figures;
            if (average == Average.Median && medianRate.Value is { } rate)
                (asked.Rate, asked.RateMarginPercent) = (
                    medianRate,
                    medianRateMargin.Value is { } margin && rate != 0 ? Reading.Figure.Of(margin / rate * 100) : default
                );
            JsVitest.Add(results, group: "", name!, asked, average);
        }

        private bool Name(ref Utf8JsonReader json)
        {
            isRow = !json.Is("name"u8);
            return json.Text(out name);
        }

        private bool Result(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
                if (!Figure(ref json))
                    return false;
            return true;
        }

        // Before version 3, the figures of the latency were next to the rate.
        private bool Figure(ref Utf8JsonReader json) =>
            json.Is("state"u8) ? json.TextOrOther(out state)
            : json.Is("latency"u8) ? Statistics(ref json, isRate: false)
            : json.Is("throughput"u8) ? Statistics(ref json, isRate: true)
            : json.Is("hz"u8) ? json.Figure(out figures.Rate)
            : json.Is("mean"u8) ? json.Figure(out figures.Mean)
            : json.Is("sd"u8) ? json.Figure(out figures.Deviation)
            : json.Is("p50"u8) ? json.Figure(out figures.Median)
            : json.Is("rme"u8) ? json.Figure(out figures.RateMarginPercent)
            : figures.ReadPercentile(ref json);

        private bool Statistics(ref Utf8JsonReader json, bool isRate)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine = isRate
                    ? json.Is("mean"u8)
                        ? json.Figure(out figures.Rate)
                        : json.Is("rme"u8)
                            ? json.Figure(out figures.RateMarginPercent)
                            : json.Is("p50"u8)
                                ? json.Figure(out medianRate)
                                : json.Is("mad"u8)
                                    ? json.Figure(out medianRateMargin)
                                    : json.Other()
                    : json.Is("mean"u8)
                        ? json.Figure(out figures.Mean)
                        : json.Is("sd"u8)
                            ? json.Figure(out figures.Deviation)
                            : json.Is("p50"u8)
                                ? json.Figure(out figures.Median)
                                : figures.ReadPercentile(ref json);
                if (!fine)
                    return false;
            }
            return true;
        }

        // "Latency avg (ns)": "105.41 ± 34.47%", "Latency med (ns)": "60.00 ± 1.00"; before version 3 "ops/sec" and
        // "Average Time (ns)".
        private bool Cell(ref Utf8JsonReader json)
        {
            var heading = json.Current();
            if (!json.Scalar(out var cell))
                return json.Other();
            var scale =
                heading.EndsWith("(ns)", StringComparison.Ordinal) ? 1
                : heading.EndsWith("(ms)", StringComparison.Ordinal) ? Nanoseconds
                : heading.EndsWith("(ops/s)", StringComparison.Ordinal) || heading == "ops/sec" ? 1
                : (double?)null;
            if (scale is null || Parse(cell!, scale.Value) is not { IsFinite: true } metric)
                return true;
            if (
                heading.StartsWith("Latency av", StringComparison.Ordinal)
                || heading.StartsWith("Average Time", StringComparison.Ordinal)
            )
                mean = metric;
            else if (heading.StartsWith("Latency med", StringComparison.Ordinal))
                median = metric;
            else if (heading.StartsWith("Throughput av", StringComparison.Ordinal) || heading == "ops/sec")
                rate = metric;
            else if (heading.StartsWith("Throughput med", StringComparison.Ordinal))
                medianRateCell = metric;
            return true;
        }

        private static Metric? Parse(string cell, double scale)
        {
            var parts = cell.Split('±', StringSplitOptions.TrimEntries);
            if (parts.Length > 2 || !DecimalText.TryParse(parts[0], commaIsDecimal: false, out var value))
                return null;
            if (parts.Length == 1)
                return new(value * scale);
            if (!DecimalText.TryParse(parts[1].TrimEnd('%'), commaIsDecimal: false, out var margin))
                return new(value * scale);
            return Metric.Around(
                value * scale,
                parts[1].EndsWith('%') ? value * scale * (margin / 100) : margin * scale
            );
        }
    }
}
