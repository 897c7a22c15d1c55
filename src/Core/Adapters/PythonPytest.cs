using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Reads pytest-benchmark's JSON, in seconds.</summary>
internal static class PythonPytest
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        Json.Read(ref output, '{', "\"machine_info\""u8, average, Root);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        string? version = null;
        bool machine = false,
            commit = false,
            benchmarks = false;
        while (json.Property())
        {
            var fine =
                json.Is("machine_info"u8) ? json.AnyObject(out machine)
                : json.Is("commit_info"u8) ? json.AnyObject(out commit)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, average, results)
                : json.Is("version"u8) ? json.TextOrOther(out version)
                : json.Other();
            if (!fine)
                return false;
        }
        results.SetHarness("pytest-benchmark", version);
        return machine && commit && benchmarks;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        while (json.Item())
            if (!Benchmark(ref json, average, results))
                return false;
        return true;
    }

    private static bool Benchmark(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        string? name = null;
        Stats stats = default;
        List<(string Key, double Value)>? extra = null;
        List<Parameter>? parameters = null;
        while (json.Property())
        {
            var fine =
                json.Is("fullname"u8) ? json.TextOrOther(out name)
                : json.Is("params"u8) ? Parameters(ref json, ref parameters)
                : json.Is("stats"u8) ? stats.Read(ref json)
                : results.TakesAll && json.Is("extra_info"u8) ? Extra(ref json, extra = [])
                : json.Other();
            if (!fine)
                return false;
        }
        if (name is null || Found.Name(name) is not { } called)
            results.LeaveOut(name ?? "a benchmark", "its fullname is missing, or not valid");
        else if (stats.Latency(average, out var latency) is { } why)
            results.LeaveOut(name, why);
        else
        {
            var benchmark = parameters is null
                ? results.Benchmark(called)
                : results.Benchmark(new Identity(name, parameters));
            results.Sample(benchmark, BuiltInMeasure.Latency.Id, latency);
            foreach (var (key, value) in extra ?? [])
                results.SampleMore(benchmark, key, units: null, new(value));
        }
        return true;
    }

    // The test's name usually contains its parameters, and some parameters are the address of an object. They are only
    // needed when a test gives all its cases the same name.
    private static bool Parameters(ref Utf8JsonReader json, ref List<Parameter>? parameters)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var key = json.Current();
            if (json.Scalar(out var value))
                (parameters ??= []).Add(new(key, value!, IsCircumstance: true));
            else
                json.Other();
        }
        return true;
    }

    // A test may attach any data; only numbers become measures.
    private static bool Extra(ref Utf8JsonReader json, List<(string, double)> extra)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var key = json.Current();
            json.Figure(out var value);
            if (value.Value is { } number)
                extra.Add((key, number));
        }
        return true;
    }

    private struct Stats
    {
        private Figure mean,
            deviation,
            median,
            range;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            while (json.Property())
            {
                var fine =
                    json.Is("mean"u8) ? json.DecimalFigure(out mean)
                    : json.Is("stddev"u8) ? json.DecimalFigure(out deviation)
                    : json.Is("median"u8) ? json.DecimalFigure(out median)
                    : json.Is("iqr"u8) ? json.DecimalFigure(out range)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }

        /// <returns>The reason why there is no latency; null if there is one.</returns>
        public readonly string? Latency(Average? average, out Metric latency)
        {
            var (value, margin, field) =
                average == Average.Median ? (median, range, "median") : (mean, deviation, "mean");
            latency = Metric.Around((value.Value ?? 0) * SecondNanoseconds, margin.Value * SecondNanoseconds);
            return value.Value is null ? value.Why(field) : null;
        }
    }
}
