using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>JMH's JSON, or the table that it prints. Its units say whether a score is a latency or a throughput.</summary>
internal static class JavaJmh
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        average == Average.Median ? null
        : (output.MayBeJson('[', "\"primaryMetric\""u8) ? Json.Read(ref output, '[', average, Root) : null) ?? JmhTable.Read(ref output, average);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        var runs = new JmhRuns();
        while (json.Item())
        {
            var run = new JmhRun();
            if (!run.Read(ref json, results.TakesAll)) return false;
            runs.Add(run);
        }
        return runs.AddTo(results);
    }

    /// <summary>What a score is multiplied by to be a latency in nanoseconds or a throughput per second; null for a unit that is neither.</summary>
    public static (BuiltInMeasure Measure, double Factor)? MeasureOf(string unit)
    {
        if (unit.Contains("/op", StringComparison.Ordinal))
            return unit.EndsWith("/op", StringComparison.Ordinal) && TimeUnit(unit[..^3]) is { } time ? (BuiltInMeasure.Latency, time) : null;
        return unit.StartsWith("ops/", StringComparison.Ordinal) && TimeUnit(unit[4..]) is { } per
            ? (BuiltInMeasure.Throughput, SecondNanoseconds / per)
            : null;
    }

    private static double? TimeUnit(string unit) => unit is "min" or "hr" or "day" ? Lexing.UnitWord(unit) : Lexing.Unit(unit);
}

/// <summary>One entry of JMH's list: a benchmark in one mode and with one set of parameters.</summary>
internal sealed class JmhRun
{
    private JmhScore primary;
    private bool hasPrimary, hasSecondary;

    public BenchmarkName? Name { get; private set; }
    public string? Mode { get; private set; }
    public IReadOnlyList<Parameter> Parameters { get; private set; } = [];
    public (BuiltInMeasure Measure, double Factor) Scale { get; private set; }
    public List<(string Name, JmhScore Score)>? Secondary { get; private set; }
    public JmhScore Primary => primary;

    /// <summary>Where a benchmark has several latencies, the one of the least rank is taken.</summary>
    public int Rank => Mode switch { "avgt" => 0, "sample" => 1, "ss" => 2, _ => 3 };

    public bool Read(ref Utf8JsonReader json, bool all)
    {
        if (!json.Object()) return false;
        while (json.Property())
        {
            var fine = json.Is("benchmark"u8) ? json.Name(out var name) && (Name = name) is not null
                : json.Is("mode"u8) ? json.TextOrNull(out var mode) && ((Mode = mode) is null || true)
                : json.Is("params"u8) ? ReadParameters(ref json)
                : json.Is("primaryMetric"u8) ? hasPrimary = primary.Read(ref json, all)
                : json.Is("secondaryMetrics"u8) ? all ? ReadSecondary(ref json) : json.AnyObject(out hasSecondary)
                : json.Other();
            if (!fine) return false;
        }
        if (Name is null || !hasPrimary || !hasSecondary || JavaJmh.MeasureOf(primary.Unit!) is not { } scale) return false;
        Scale = scale;
        return true;
    }

    private bool ReadParameters(ref Utf8JsonReader json)
    {
        if (json.Null()) return true;
        if (!json.Object()) return false;
        var parameters = new List<Parameter>();
        while (json.Property())
        {
            var key = json.Current();
            if (!json.Scalar(out var value)) return false;
            parameters.Add(new(key, value!));
        }
        Parameters = parameters;
        return true;
    }

    private bool ReadSecondary(ref Utf8JsonReader json)
    {
        if (!json.Object()) return json.AnyObject(out hasSecondary);
        hasSecondary = true;
        while (json.Property())
        {
            var name = json.Current().TrimStart('·');
            var score = new JmhScore();
            if (!score.Read(ref json, all: false)) return false;
            (Secondary ??= []).Add((name, score));
        }
        return true;
    }
}

/// <summary>A score with what surrounds it. JMH writes "NaN" where it has too few measurements to say.</summary>
internal struct JmhScore
{
    private double? score, lower, upper;
    private bool hasScore, hasConfidence;

    public string? Unit { get; private set; }
    public List<(string Percent, double Value)>? Percentiles { get; private set; }

    public readonly Metric? Scaled(double factor) => score is { } value ? new(value * factor, lower * factor, upper * factor) : null;

    public bool Read(ref Utf8JsonReader json, bool all)
    {
        if (!json.Object()) return false;
        while (json.Property())
        {
            var fine = json.Is("score"u8) ? hasScore = Figure(ref json, out score)
                : json.Is("scoreConfidence"u8) ? hasConfidence = Pair(ref json)
                : json.Is("scoreUnit"u8) ? json.Text(out var unit) && (Unit = unit) is not null
                : all && json.Is("scorePercentiles"u8) ? ReadPercentiles(ref json)
                : json.Other();
            if (!fine) return false;
        }
        return hasScore && hasConfidence && Unit is not null;
    }

    private bool Pair(ref Utf8JsonReader json)
    {
        if (!json.Array() || !json.Item() || !Figure(ref json, out lower) || !json.Item() || !Figure(ref json, out upper) || json.Item()) return false;
        if (lower is null || upper is null) lower = upper = null;
        return true;
    }

    private static bool Figure(ref Utf8JsonReader json, out double? number)
    {
        if (json.Decimal(out number)) return true;
        number = null;
        return json.TokenType == JsonTokenType.String && json.Current() is "NaN" or "Infinity" or "-Infinity";
    }

    private bool ReadPercentiles(ref Utf8JsonReader json)
    {
        if (!json.Object()) return json.Null();
        while (json.Property())
        {
            var percent = json.Current();
            if (!Figure(ref json, out var value)) return false;
            if (value is not null) (Percentiles ??= []).Add((percent, value.Value));
        }
        return true;
    }
}

/// <summary>All entries of one document, which together decide how each is named and which of several modes counts.</summary>
internal sealed class JmhRuns
{
    private readonly List<(JmhRun Run, Identity Identity)> runs = [];

    public void Add(JmhRun run) => runs.Add((run, new(run.Name!.Value, run.Parameters)));

    public bool AddTo(Results results)
    {
        var ranks = Ranks();
        foreach (var (run, identity) in runs)
        {
            if (ranks is not null && run.Scale.Measure == BuiltInMeasure.Latency && ranks[identity] < run.Rank)
                results.LeaveOut(identity.ToString(), $"mode {run.Mode}: the latency of a better mode is recorded");
            else if (run.Primary.Scaled(run.Scale.Factor) is not { } metric) results.LeaveOut(identity.ToString(), "its score is not a number");
            else if (!metric.IsFinite) return false;
            else
            {
                var benchmark = results.Benchmark(identity);
                results.Sample(benchmark, run.Scale.Measure.Id, metric);
                AddMore(results, benchmark, run);
            }
        }
        return true;
    }

    // The best mode of each benchmark's latencies; null where all are of one mode.
    private Dictionary<Identity, int>? Ranks()
    {
        var latencies = runs.Where(one => one.Run.Scale.Measure == BuiltInMeasure.Latency).ToList();
        if (latencies.Select(one => one.Run.Rank).Distinct().Count() < 2) return null;
        return latencies.GroupBy(one => one.Identity).ToDictionary(group => group.Key, group => group.Min(one => one.Run.Rank));
    }

    private static void AddMore(Results results, BenchmarkResults benchmark, JmhRun run)
    {
        if (!results.TakesAll) return;
        var (measure, factor) = run.Scale;
        foreach (var (percent, value) in run.Primary.Percentiles ?? [])
            results.SampleMore(benchmark, $"{measure.Slug} p{percent}", measure.Units, new(value * factor));
        foreach (var (key, score) in run.Secondary ?? [])
            if (score.Scaled(1) is { } metric) results.SampleMore(benchmark, key, score.Unit, metric);
    }
}
