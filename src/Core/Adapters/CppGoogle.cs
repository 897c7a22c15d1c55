using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Google Benchmark's JSON.</summary>
internal static class CppGoogle
{
    public static Results? Read(ref Output output, Average? average) => Json.Read(ref output, '{', "\"real_time\""u8, average, Root);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        bool context = false, benchmarks = false;
        while (json.Property())
        {
            var fine = json.Is("context"u8) ? context = Context(ref json)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, average, results)
                : json.Other();
            if (!fine) return false;
        }
        return context && benchmarks;
    }

    // The caches are not used; without them it is another tool's document.
    private static bool Context(ref Utf8JsonReader json)
    {
        if (!json.Object()) return false;
        var caches = false;
        while (json.Property())
            if (!(json.Is("caches"u8) ? caches = Caches(ref json) : json.Other())) return false;
        return caches;
    }

    private static bool Caches(ref Utf8JsonReader json)
    {
        if (!json.Array()) return false;
        while (json.Item())
            if (!json.AnyObject(out _)) return false;
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            if (!json.Object()) return false;
            Row row = default;
            while (json.Property())
                if (!row.Read(ref json, results.TakesAll)) return false;
            if (average == Average.Median) row.AddMedianTo(results);
            else row.AddTo(results);
        }
        return true;
    }

    private struct Row
    {
        // Numbers of every row that say how it was measured, not what came out.
        private static readonly ByteKeys<bool> Circumstances = new("family_index per_family_instance_index repetitions repetition_index threads iterations"
            .Split(' ').Select(key => (key, true)));

        private string? name, run;
        private Figure time;
        private string? unit;
        private string? aggregate, aggregateUnit, message;
        private bool failed, skipped;
        private List<(string Key, double Value)>? counters;

        public bool Read(ref Utf8JsonReader json, bool all) =>
            json.Is("name"u8) ? json.TextOrOther(out name)
            : json.Is("run_name"u8) ? json.TextOrOther(out run)
            : json.Is("real_time"u8) ? json.DecimalFigure(out time)
            : json.Is("time_unit"u8) ? json.TextOrOther(out unit)
            : json.Is("aggregate_name"u8) ? json.TextOrOther(out aggregate)
            : json.Is("aggregate_unit"u8) ? json.TextOrOther(out aggregateUnit)
            : json.Is("error_occurred"u8) ? json.Flag(out failed) || json.Other()
            : json.Is("skipped"u8) ? json.Flag(out skipped) || json.Other()
            : json.Is("error_message"u8) || json.Is("skip_message"u8) ? json.TextOrOther(out message)
            : all ? Counter(ref json)
            : json.Other();

        public readonly void AddTo(Results results)
        {
            if (name is null || Found.Name(name) is not { } called) results.LeaveOut(name ?? run ?? "a benchmark", "its name is missing, or not valid");
            else if (Why() is { } why) results.LeaveOut(name, why);
            else
            {
                var scale = Lexing.Unit(unit!)!.Value;
                if (!results.Sample(called, BuiltInMeasure.Latency, new(time.Value!.Value * scale))) results.LeaveOut(name, time.Why("real_time"));
                else
                    foreach (var (key, value) in counters ?? [])
                        results.SampleMore(called, key, key == "cpu_time" ? BuiltInMeasure.Latency.Units : UnitsOf(key), new(key == "cpu_time" ? value * scale : value));
            }
        }

        /// <summary>Of benchmarks that were repeated, the rows that have their median; they stand for the benchmark then.</summary>
        public readonly void AddMedianTo(Results results)
        {
            if (aggregate != "median" || run is null || Found.Name(run) is not { } called) return;
            if (Why() is { } why) results.LeaveOut(run, why);
            else if (!results.Sample(called, BuiltInMeasure.Latency, new(time.Value!.Value * Lexing.Unit(unit!)!.Value))) results.LeaveOut(run, time.Why("real_time"));
        }

        private readonly string? Why() =>
            failed ? message is { Length: > 0 } ? $"it failed: {message}" : "it failed"
            : skipped ? message is { Length: > 0 } ? $"it was skipped: {message}" : "it was skipped"
            : aggregate == "BigO" || name!.EndsWith("_BigO", StringComparison.Ordinal) && time.Value is null ? "the complexity that was fitted is no time"
            : aggregate == "RMS" || name!.EndsWith("_RMS", StringComparison.Ordinal) && time.Value is null ? "the error of the fitted complexity is no time"
            : aggregateUnit == "percentage" || aggregate == "cv" ? "a ratio is no time"
            : time.Value is null ? time.Why("real_time")
            : unit is null || Lexing.Unit(unit) is null ? unit is null ? "its time_unit is missing" : $"its time_unit is {Text.Quote(unit)}"
            : null;

        private static string? UnitsOf(string key) => key.EndsWith("bytes_per_second", StringComparison.Ordinal) ? "bytes / second (B/s)"
            : key.EndsWith("_per_second", StringComparison.Ordinal) ? $"{key[..^11]} / second" : null;

        private bool Counter(ref Utf8JsonReader json)
        {
            if (Circumstances.TryGet(json.ValueSpan, out _)) return json.Other();
            var key = json.Current();
            json.Figure(out var figure);
            if (figure.Value is { } value) (counters ??= []).Add((key, value));
            return true;
        }
    }
}
