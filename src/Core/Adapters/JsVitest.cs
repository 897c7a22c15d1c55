using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads Vitest's JSON, with times in milliseconds. Up to version 4 it has files with groups of benchmarks. From
/// version 5 on it is the test report, in which a test has benchmarks.
/// </summary>
internal static class JsVitest
{
    private const double Nanoseconds = 1e6; // Nanoseconds in a millisecond.

    public static Results? Read(ref Output output, Average? average)
    {
        var folder = output.Options.Folder;
        return Json.Read(
            ref output,
            '{',
            "\"fullName\""u8,
            average,
            (ref Utf8JsonReader json, Average? average, Results results) => Root(ref json, average, results, folder)
        );
    }

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results, string? folder)
    {
        if (!json.Object())
            return false;
        var given = false;
        while (json.Property())
        {
            var fine =
                json.Is("files"u8) ? given = Files(ref json, average, results)
                : json.Is("testResults"u8) ? given = VitestReport.Files(ref json, average, results, folder)
                : json.Other();
            if (!fine)
                return false;
        }
        return given;
    }

    private static bool Files(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            if (!json.Object())
                return false;
            var groups = false;
            while (json.Property())
                if (!(json.Is("groups"u8) ? groups = Groups(ref json, average, results) : json.Other()))
                    return false;
            if (!groups)
                return false;
        }
        return true;
    }

    private static bool Groups(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        List<Task> tasks = [];
        while (json.Item())
        {
            if (!json.Object())
                return false;
            string? group = null;
            var benchmarks = false;
            tasks.Clear();
            while (json.Property())
            {
                var fine =
                    json.Is("fullName"u8) ? json.TextOrOther(out group)
                    : json.Is("benchmarks"u8) ? benchmarks = Tasks(ref json, tasks, results.TakesAll)
                    : json.Other();
                if (!fine)
                    return false;
            }
            if (group is null || !benchmarks)
                return false;
            foreach (var task in tasks)
                task.AddTo(results, group, average);
        }
        return true;
    }

    private static bool Tasks(ref Utf8JsonReader json, List<Task> tasks, bool all)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            if (!Task.Read(ref json, all, out var task))
                return false;
            tasks.Add(task);
        }
        return true;
    }

    /// <summary>
    /// Adds both measures of a task. A missing figure is null; a task without any figures threw an error.
    /// </summary>
    /// <param name="repeated">The tasks of a test, which may measure a task several times; null if a repeated name
    /// means another task.</param>
    public static void Add(
        Results results,
        string group,
        string? name,
        VitestFigures figures,
        Average? average,
        Dictionary<string, BenchmarkResults>? repeated = null
    )
    {
        // The task's name is used alone if it would be too long together with its group's name.
        if (name is null || Found.Name(name) is not { } called)
        {
            results.LeaveOut(group.Length > 0 ? $"a task of {group}" : "a task", "its name is missing, or not valid");
            return;
        }
        if (group.Length > 0 && Found.Name($"{group} > {name}") is { } full)
            called = full;
        if (figures.Trouble(average) is { } trouble)
        {
            results.LeaveOut(called.Value, trouble);
            return;
        }
        var value = (average == Average.Median ? figures.Median : figures.Mean).Value!.Value * Nanoseconds;
        var latency =
            average == Average.Median ? new Metric(value) : Metric.Around(value, figures.Deviation.Value * Nanoseconds);
        BenchmarkResults benchmark;
        if (repeated is null)
            benchmark = results.NextBenchmark(called);
        else if (!repeated.TryGetValue(name, out benchmark))
            repeated.Add(name, benchmark = results.NextBenchmark(called));
        benchmark.Reserve(2);
        if (latency.IsFinite)
            results.Sample(benchmark, BuiltInMeasure.Latency.Id, latency);
        if (figures.Rate.Value is { } rate)
            results.Sample(
                benchmark,
                BuiltInMeasure.Throughput.Id,
                Metric.Around(rate, rate * (figures.RateMarginPercent.Value / 100))
            );
        else if (figures.Rate.IsOdd)
            results.LeaveOut($"{called} throughput", figures.Rate.Why("rate"));
        foreach (var (percentile, time) in figures.Percentiles ?? [])
            results.SampleMore(
                benchmark,
                $"latency {percentile}",
                BuiltInMeasure.Latency.Units,
                new(time * Nanoseconds)
            );
    }

    private readonly record struct Task(string? Name, VitestFigures Figures)
    {
        public static bool Read(ref Utf8JsonReader json, bool all, out Task task)
        {
            task = default;
            if (!json.Object())
                return false;
            string? name = null;
            var figures = new VitestFigures { TakesAll = all };
            while (json.Property())
            {
                var fine =
                    json.Is("name"u8) ? json.TextOrOther(out name)
                    : json.Is("hz"u8) ? json.Figure(out figures.Rate)
                    : json.Is("mean"u8) ? json.Figure(out figures.Mean)
                    : json.Is("median"u8) ? json.Figure(out figures.Median)
                    : json.Is("sd"u8) ? json.Figure(out figures.Deviation)
                    : json.Is("rme"u8) ? json.Figure(out figures.RateMarginPercent)
                    : figures.ReadPercentile(ref json);
                if (!fine)
                    return false;
            }
            task = new(name, figures);
            return true;
        }

        public void AddTo(Results results, string group, Average? average) =>
            Add(results, group, Name, Figures, average);
    }
}

/// <summary>The figures of one task in Vitest's report; times in milliseconds.</summary>
internal record struct VitestFigures
{
    public Figure Mean;
    public Figure Median;
    public Figure Deviation;
    public Figure Rate;
    public Figure RateMarginPercent;
    public List<(string Name, double Value)>? Percentiles;

    /// <summary>True when the percentiles are wanted.</summary>
    public bool TakesAll;

    /// <summary>
    /// The reason why there is no latency for this average; null if there is one. A task must have both averages, or it
    /// is not Vitest's.
    /// </summary>
    public readonly string? Trouble(Average? average)
    {
        if (
            Mean.Value is null
            && Median.Value is null
            && Deviation.Value is null
            && Rate.Value is null
            && !Mean.IsOdd
            && !Median.IsOdd
        )
            return "it has no figures, as it failed or did not run";
        if (average != Average.Median && Mean.Value is null)
            return Mean.Why("mean");
        return Median.Value is null && (average == Average.Median || Median.Instead is null)
            ? Median.Why("median")
            : null;
    }

    /// <summary>
    /// Reads the current property if it is a percentile and percentiles are wanted; otherwise skips it.
    /// </summary>
    public bool ReadPercentile(ref Utf8JsonReader json)
    {
        if (
            !TakesAll
            || json.ValueSpan is not [(byte)'p', >= (byte)'0' and <= (byte)'9', _, ..]
            || json.ValueSpan.Length > 4
        )
            return json.Other();
        var name = json.Current();
        json.Figure(out var value);
        if (value.Value is { } time)
            (Percentiles ??= []).Add((name, time));
        return true;
    }
}
