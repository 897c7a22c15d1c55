using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Reads Google Benchmark's JSON.</summary>
internal static class CppGoogle
{
    // With labels, all rows must be known before any benchmark can be named.
    public static Results? Read(ref Output output, Average? average) =>
        Json.Read(
            ref output,
            '{',
            "\"real_time\""u8,
            average,
            output.Has("\"label\""u8) ? RootWithLabels : RootWithout
        );

    private static bool RootWithout(ref Utf8JsonReader json, Average? average, Results results) =>
        Root(ref json, average, results, rows: null);

    private static bool RootWithLabels(ref Utf8JsonReader json, Average? average, Results results)
    {
        var rows = new List<Row>();
        if (!Root(ref json, average, results, rows))
            return false;
        var labels = new GoogleLabels();
        foreach (var row in rows)
            row.NoteIn(labels);
        foreach (var row in rows)
            row.AddTo(results, average, labels);
        return true;
    }

    /// <param name="rows">Collects the rows; if null, they are added to the results at once.</param>
    private static bool Root(ref Utf8JsonReader json, Average? average, Results results, List<Row>? rows)
    {
        if (!json.Object())
            return false;
        bool context = false,
            benchmarks = false;
        while (json.Property())
        {
            var fine =
                json.Is("context"u8) ? context = Context(ref json, results)
                : json.Is("benchmarks"u8) ? benchmarks = Benchmarks(ref json, average, results, rows)
                : json.Other();
            if (!fine)
                return false;
        }
        return context && benchmarks;
    }

    // The caches are not used, but a document without them is another tool's.
    private static bool Context(ref Utf8JsonReader json, Results results)
    {
        if (!json.Object())
            return false;
        var (caches, version) = (false, (string?)null);
        while (json.Property())
        {
            var fine =
                json.Is("caches"u8) ? caches = Caches(ref json)
                : json.Is("library_version"u8) ? json.TextOrOther(out version)
                : json.Other();
            if (!fine)
                return false;
        }
        results.SetHarness("Google Benchmark", version);
        return caches;
    }

    private static bool Caches(ref Utf8JsonReader json)
    {
        if (!json.Array())
            return false;
        while (json.Item())
            if (!json.AnyObject(out _))
                return false;
        return true;
    }

    private static bool Benchmarks(ref Utf8JsonReader json, Average? average, Results results, List<Row>? rows)
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            if (!json.Object())
                return false;
            Row row = default;
            while (json.Property())
                if (!row.Read(ref json, results.TakesAll))
                    return false;
            if (rows is null)
                row.AddTo(results, average, labels: null);
            else
                rows.Add(row);
        }
        return true;
    }

    private struct Row
    {
        // Numeric fields of every row that describe how it was measured, not the result.
        private static readonly ByteKeys<bool> Circumstances = new(
            "family_index per_family_instance_index repetitions repetition_index threads iterations"
                .Split(' ')
                .Select(key => (key, true))
        );

        private string? name,
            run;
        private Figure time;
        private string? unit;
        private string? aggregate,
            aggregateUnit,
            message,
            label;
        private Figure family,
            instance;
        private bool failed,
            skipped;
        private List<(string Key, double Value)>? counters;

        public bool Read(ref Utf8JsonReader json, bool all) =>
            json.Is("name"u8) ? json.TextOrOther(out name)
            : json.Is("run_name"u8) ? json.TextOrOther(out run)
            : json.Is("real_time"u8) ? json.DecimalFigure(out time)
            : json.Is("time_unit"u8) ? json.TextOrOther(out unit)
            : json.Is("aggregate_name"u8) ? json.TextOrOther(out aggregate)
            : json.Is("aggregate_unit"u8) ? json.TextOrOther(out aggregateUnit)
            : json.Is("label"u8) ? json.TextOrOther(out label)
            : json.Is("family_index"u8) ? json.Figure(out family)
            : json.Is("per_family_instance_index"u8) ? json.Figure(out instance)
            : json.Is("error_occurred"u8) ? json.Flag(out failed) || json.Other()
            : json.Is("skipped"u8) ? json.Flag(out skipped) || json.Other()
            : json.Is("error_message"u8) || json.Is("skip_message"u8) ? json.TextOrOther(out message)
            : all ? Counter(ref json)
            : json.Other();

        public readonly void NoteIn(GoogleLabels labels)
        {
            if (name is not null)
                labels.Note(name, InstanceOf, label);
            if (run is not null && aggregate is not null)
                labels.Note(run, InstanceOf, label);
        }

        public readonly void AddTo(Results results, Average? average, GoogleLabels? labels)
        {
            if (average == Average.Median)
                AddMedianTo(results, labels);
            else
                AddTo(results, labels);
        }

        private readonly void AddTo(Results results, GoogleLabels? labels)
        {
            if (name is null || Found.Name(name) is not { } called)
                results.LeaveOut(name ?? run ?? "a benchmark", "its name is missing, or not valid");
            else if (Why() is { } why)
                results.LeaveOut(name, why);
            else
            {
                var scale = Lexing.Unit(unit!)!.Value;
                var metric = new Metric(time.Value!.Value * scale);
                if (!metric.IsFinite)
                {
                    results.LeaveOut(name, time.Why("real_time"));
                    return;
                }
                var benchmark = BenchmarkOf(called, results, labels);
                results.Sample(benchmark, BuiltInMeasure.Latency.Id, metric);
                foreach (var (key, value) in counters ?? [])
                    results.SampleMore(
                        benchmark,
                        key,
                        key == "cpu_time" ? BuiltInMeasure.Latency.Units : UnitsOf(key),
                        new(key == "cpu_time" ? value * scale : value)
                    );
            }
        }

        /// <summary>
        /// For repeated benchmarks, adds only the rows with their median, under the name of the benchmark.
        /// </summary>
        private readonly void AddMedianTo(Results results, GoogleLabels? labels)
        {
            if (aggregate != "median" || run is null || Found.Name(run) is not { } called)
                return;
            if (Why() is { } why)
                results.LeaveOut(run, why);
            else if (new Metric(time.Value!.Value * Lexing.Unit(unit!)!.Value) is not { IsFinite: true } metric)
                results.LeaveOut(run, time.Why("real_time"));
            else
                results.Sample(BenchmarkOf(called, results, labels), BuiltInMeasure.Latency.Id, metric);
        }

        private readonly BenchmarkResults BenchmarkOf(BenchmarkName called, Results results, GoogleLabels? labels) =>
            labels?.IdentityOf(called.Value, InstanceOf, label) is { } identity
                ? results.Benchmark(identity)
                : results.Benchmark(called);

        private readonly (double, double)? InstanceOf =>
            family.Value is { } ofFamily && instance.Value is { } place ? (ofFamily, place) : null;

        private readonly string? Why() =>
            failed
                ? message is { Length: > 0 }
                    ? $"it failed: {message}"
                    : "it failed"
                : skipped
                    ? message is { Length: > 0 }
                        ? $"it was skipped: {message}"
                        : "it was skipped"
                    : aggregate == "BigO" || name!.EndsWith("_BigO", StringComparison.Ordinal) && time.Value is null
                        ? "a fitted complexity is not a time"
                        : aggregate == "RMS" || name!.EndsWith("_RMS", StringComparison.Ordinal) && time.Value is null
                            ? "the error of a fitted complexity is not a time"
                            : aggregateUnit == "percentage" || aggregate == "cv"
                                ? "a ratio is not a time"
                                : time.Value is null
                                    ? time.Why("real_time")
                                    : unit is null || Lexing.Unit(unit) is null
                                        ? unit is null
                                            ? "its time_unit is missing"
                                            : $"its time_unit is {Text.Quote(unit)}"
                                        : null;

        private static string? UnitsOf(string key) =>
            key.EndsWith("bytes_per_second", StringComparison.Ordinal) ? "bytes / second (B/s)"
            : key.EndsWith("_per_second", StringComparison.Ordinal) ? $"{key[..^11]} / second"
            : null;

        private bool Counter(ref Utf8JsonReader json)
        {
            if (Circumstances.TryGet(json.ValueSpan, out _))
                return json.Other();
            var key = json.Current();
            json.Figure(out var figure);
            if (figure.Value is { } value)
                (counters ??= []).Add((key, value));
            return true;
        }
    }
}

/// <summary>
/// Distinguishes benchmarks of the same name by their labels. The repetitions of one benchmark stay together even if
/// their labels differ, since some benchmarks put their counts there: the first label of each counts. A name that
/// occurs with only one label stays as it is.
/// </summary>
internal sealed class GoogleLabels
{
    private readonly Dictionary<(string Name, (double Family, double Place) Instance), string> first = [];
    private readonly Dictionary<string, HashSet<string>> ofName = [];

    public void Note(string name, (double, double)? instance, string? label)
    {
        if (!ofName.TryGetValue(name, out var labels))
            ofName.Add(name, labels = []);
        labels.Add(LabelOf(name, instance, label));
    }

    /// <summary>Null if the name alone is unique.</summary>
    public Identity? IdentityOf(string name, (double, double)? instance, string? label)
    {
        if (ofName[name].Count < 2)
            return null;
        return new(
            name,
            LabelOf(name, instance, label) is { Length: > 0 } meant ? [new("label", meant, IsCircumstance: true)] : []
        );
    }

    private string LabelOf(string name, (double, double)? instance, string? label)
    {
        if (instance is not { } known)
            return label ?? "";
        first.TryAdd((name, known), label ?? "");
        return first[(name, known)];
    }
}
