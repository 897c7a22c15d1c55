using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads hyperfine's JSON: version 1, in seconds, and version 2, which has a summary with a unit for each quantity.
/// </summary>
internal static class ShellHyperfine
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        Json.Read(ref output, '{', "\"exit_codes\""u8, average, Root, "\"time_wall_clock\""u8);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object())
            return false;
        var given = false;
        while (json.Property())
            if (!(json.Is("results"u8) ? given = Commands(ref json, average, results) : json.Other()))
                return false;
        return given;
    }

    private static bool Commands(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            Command command = default;
            if (!command.Read(ref json))
                return false;
            command.AddTo(results, average);
        }
        return true;
    }

    private struct Command
    {
        private string? command,
            name;
        private Spread time;
        private Figure user,
            system;
        private bool exits;
        private List<double>? memory;
        private List<Parameter>? parameters;
        private List<(string Name, Spread Spread)>? summary;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("command"u8) ? json.TextOrOther(out command)
                    : json.Is("name"u8) ? json.TextOrOther(out name)
                    : json.Is("summary"u8) ? Summary(ref json)
                    : json.Is("user"u8) ? json.Figure(out user)
                    : json.Is("system"u8) ? json.Figure(out system)
                    : json.Is("memory_usage_byte"u8) ? Numbers(ref json, memory = [])
                    : json.Is("exit_codes"u8) ? exits = json.Other()
                    : json.Is("parameters"u8) ? Parameters(ref json)
                    : time.ReadProperty(ref json);
                if (!fine)
                    return false;
            }
            return true;
        }

        public readonly void AddTo(Results results, Average? average)
        {
            var called = summary is null ? command : name ?? command;
            var wall = summary?.Find(s => s.Name == "time_wall_clock").Spread ?? time;
            if (called is null || Found.Name(called) is null)
                results.LeaveOut(called ?? "a command", "its name is missing, or not valid");
            else if (summary is null && !exits)
                results.LeaveOut(called, "its exit_codes are missing");
            else if (wall.Scale is not { } scale)
                results.LeaveOut(called, $"{wall.Unit} is not a unit of time");
            else if (wall.Metric(average, scale, out var latency) is { } why)
                results.LeaveOut(called, why);
            else
            {
                var benchmark = results.Benchmark(new Identity(called, parameters ?? []));
                results.Sample(benchmark, BuiltInMeasure.Latency.Id, latency);
                if (results.TakesAll)
                    AddMore(results, benchmark, average);
            }
        }

        private readonly void AddMore(Results results, BenchmarkResults benchmark, Average? average)
        {
            foreach (var (quantity, spread) in summary ?? [])
                if (quantity != "time_wall_clock" && spread.Metric(average, spread.PlainScale, out var metric) is null)
                    results.SampleMore(benchmark, quantity, spread.Units, metric);
            if (summary is not null)
                return;
            if (user.Value is { } inUser)
                results.SampleMore(benchmark, "user", "seconds (s)", new(inUser));
            if (system.Value is { } inSystem)
                results.SampleMore(benchmark, "system", "seconds (s)", new(inSystem));
            if (memory is { Count: > 0 })
                results.SampleMore(
                    benchmark,
                    "memory_usage",
                    "bytes (B)",
                    Folding.Repeats(memory.ConvertAll(bytes => new Metric(bytes)))
                );
        }

        private bool Summary(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            summary = [];
            while (json.Property())
            {
                var quantity = json.Current();
                Spread spread = default;
                if (json.Object())
                    while (json.Property())
                        spread.ReadProperty(ref json);
                else
                    json.Other();
                summary.Add((quantity, spread));
            }
            return true;
        }

        // In version 2 each parameter is an object with a value.
        private bool Parameters(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Other();
            parameters = [];
            while (json.Property())
            {
                var key = json.Current();
                if (json.Scalar(out var value))
                    parameters.Add(new(key, value!));
                else if (json.Object())
                {
                    while (json.Property())
                        if (json.Is("value"u8) && json.Scalar(out value))
                            parameters.Add(new(key, value!));
                        else
                            json.Other();
                }
                else
                    json.Other();
            }
            return true;
        }

        private static bool Numbers(ref Utf8JsonReader json, List<double> keep)
        {
            if (!json.Array())
                return json.Other();
            while (json.Item())
                if (json.NumberOrOther(out var number) && number is { } value)
                    keep.Add(value);
            return true;
        }
    }

    /// <summary>The statistics of one quantity over all runs of a command.</summary>
    private struct Spread
    {
        private Figure mean,
            deviation,
            median,
            min,
            max;
        private string? unit;

        public readonly string? Unit => unit;
        public readonly double? Scale => unit is null ? SecondNanoseconds : Lexing.UnitWord(unit);
        public readonly double PlainScale =>
            unit is not null && Lexing.UnitWord(unit) is { } time ? time / SecondNanoseconds : 1;
        public readonly string? Units =>
            unit switch
            {
                null => null,
                "byte" => "bytes (B)",
                _ => Lexing.UnitWord(unit) is null ? unit : "seconds (s)",
            };

        public bool ReadProperty(ref Utf8JsonReader json) =>
            json.Is("mean"u8) ? json.Figure(out mean)
            : json.Is("stddev"u8) ? json.Figure(out deviation)
            : json.Is("median"u8) ? json.Figure(out median)
            : json.Is("min"u8) ? json.Figure(out min)
            : json.Is("max"u8) ? json.Figure(out max)
            : json.Is("unit"u8) ? json.TextOrOther(out unit)
            : json.Other();

        /// <returns>The reason why there is no metric; null if there is one.</returns>
        public readonly string? Metric(Average? average, double scale, out Metric metric)
        {
            var (value, field) = average == Average.Median ? (median, "median") : (mean, "mean");
            metric =
                average == Average.Median
                    ? new((median.Value ?? 0) * scale, min.Value * scale, max.Value * scale)
                    : new(
                        (mean.Value ?? 0) * scale,
                        (mean.Value - deviation.Value) * scale,
                        (mean.Value + deviation.Value) * scale
                    );
            return value.Value is null ? value.Why(field)
                : metric.IsFinite ? null
                : $"its {field} is too large";
        }
    }
}
