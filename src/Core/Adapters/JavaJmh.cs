using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads JMH's JSON, or the table that JMH prints. The unit decides whether a score is a latency or a throughput.
/// </summary>
internal static class JavaJmh
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        average == Average.Median
            ? null
            : Json.Read(ref output, '[', "\"primaryMetric\""u8, average, Root) ?? JmhTable.Read(ref output, average);

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array())
            return false;
        var runs = new JmhRuns();
        while (json.Item())
        {
            var run = new JmhRun();
            if (!run.Read(ref json, results.TakesAll))
                return false;
            runs.Add(run);
            results.SetHarness("JMH", run.Version);
        }
        runs.AddTo(results);
        return true;
    }

    /// <summary>
    /// The factor that converts a score to a latency in nanoseconds or to a throughput per second; null for any other
    /// unit.
    /// </summary>
    public static (BuiltInMeasure Measure, double Factor)? MeasureOf(string unit)
    {
        if (unit.Contains("/op", StringComparison.Ordinal))
            return unit.EndsWith("/op", StringComparison.Ordinal) && TimeUnit(unit[..^3]) is { } time
                ? (BuiltInMeasure.Latency, time)
                : null;
        return unit.StartsWith("ops/", StringComparison.Ordinal) && TimeUnit(unit[4..]) is { } per
            ? (BuiltInMeasure.Throughput, SecondNanoseconds / per)
            : null;
    }

    private static double? TimeUnit(string unit) =>
        unit is "min" or "hr" or "day" ? Lexing.UnitWord(unit) : Lexing.Unit(unit);
}

/// <summary>One entry of JMH's list: a benchmark in one mode with one set of parameters.</summary>
internal sealed class JmhRun
{
    private readonly List<Parameter> parameters = [];
    private Parameter[] finer = [];
    private JmhScore primary;
    private string? name,
        version;
    private bool hasPrimary,
        hasSecondary;

    public IReadOnlyList<Parameter> Finer => finer;
    public Identity Identity => new(name!, parameters);
    public string? Mode { get; private set; }
    public (BuiltInMeasure Measure, double Factor) Scale { get; private set; }
    public List<(string Name, JmhScore Score)>? Secondary { get; private set; }
    public JmhScore Primary => primary;

    /// <summary>The version of JMH.</summary>
    public string? Version => version;

    /// <summary>The rank of the mode. If a benchmark has several latencies, the lowest rank is recorded.</summary>
    public int Rank =>
        Mode switch
        {
            "avgt" => 0,
            "sample" => 1,
            "ss" => 2,
            _ => 3,
        };

    /// <summary>The reason why the entry cannot be recorded; null if it can.</summary>
    public string? Trouble { get; private set; }

    public string Shown => name is null ? "a benchmark" : Identity.ToString();

    public bool Read(ref Utf8JsonReader json, bool all)
    {
        if (!json.Object())
            return false;
        string? mode = null,
            jvm = null,
            jdk = null,
            vm = null,
            arguments = null;
        var threads = default(Figure);
        while (json.Property())
        {
            var fine =
                json.Is("benchmark"u8) ? json.TextOrOther(out name)
                : json.Is("mode"u8) ? json.TextOrOther(out mode)
                : json.Is("jmhVersion"u8) ? json.TextOrOther(out version)
                : json.Is("jvm"u8) ? json.TextOrOther(out jvm)
                : json.Is("jdkVersion"u8) ? json.TextOrOther(out jdk)
                : json.Is("vmName"u8) ? json.TextOrOther(out vm)
                : json.Is("jvmArgs"u8) ? ReadArguments(ref json, out arguments)
                : json.Is("threads"u8) ? json.Figure(out threads)
                : json.Is("params"u8) ? ReadParameters(ref json, parameters)
                : json.Is("primaryMetric"u8) ? (hasPrimary = primary.Read(ref json, all)) || true
                : json.Is("secondaryMetrics"u8)
                    ? all ? ReadSecondary(ref json)
                        : json.AnyObject(out hasSecondary) || json.Other()
                : json.Other();
            if (!fine)
                return false;
        }
        Mode = mode;
        // Further circumstances in which two runs of a benchmark in one list may differ.
        if (jvm is not null)
            parameters.Add(new("jvm", jvm, IsCircumstance: true));
        if (threads.Value is { } count)
            parameters.Add(
                new("threads", count.ToString(System.Globalization.CultureInfo.InvariantCulture), IsCircumstance: true)
            );
        // Finer circumstances, used only if the others are equal: two JVMs usually differ in all of them.
        finer =
        [
            new("jdkVersion", jdk ?? "", IsCircumstance: true),
            new("vmName", vm ?? "", IsCircumstance: true),
            new("jvmArgs", arguments ?? "", IsCircumstance: true),
        ];
        Trouble = Judge();
        return true;
    }

    /// <summary>Adds the wanted finer circumstances to the identity of the run.</summary>
    public void Refine(IReadOnlySet<string> wanted) =>
        parameters.AddRange(finer.Where(one => one.Value.Length > 0 && wanted.Contains(one.Key)));

    private string? Judge()
    {
        if (name is null || Found.Name(name) is null)
            return "its name is missing, or not valid";
        if (!hasPrimary)
            return "its primaryMetric is missing";
        if (!hasSecondary)
            return "its secondaryMetrics are missing";
        if (primary.Unit is null)
            return "its scoreUnit is missing";
        if (JavaJmh.MeasureOf(primary.Unit) is not { } scale)
            return $"its scoreUnit {primary.Unit} is neither a time by the operation nor a rate of operations";
        Scale = scale;
        return primary.Trouble
            ?? (primary.Scaled(scale.Factor) is { IsFinite: true } ? null : "its score is too large");
    }

    public static bool ReadParameters(ref Utf8JsonReader json, List<Parameter> parameters)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var key = json.Current();
            if (json.Scalar(out var value))
                parameters.Add(new(key, value!));
            else
                json.Other();
        }
        return true;
    }

    private static bool ReadArguments(ref Utf8JsonReader json, out string? arguments)
    {
        arguments = null;
        if (!json.Array())
            return json.Other();
        var all = new List<string>();
        while (json.Item())
        {
            if (json.Scalar(out var one))
                all.Add(one!);
            else
                json.Other();
        }
        arguments = string.Join(' ', all);
        return true;
    }

    private bool ReadSecondary(ref Utf8JsonReader json)
    {
        if (!json.Object())
            return json.AnyObject(out hasSecondary) || json.Other();
        hasSecondary = true;
        while (json.Property())
        {
            var name = json.Current().TrimStart('·');
            var score = new JmhScore();
            if (!score.Read(ref json, all: false))
                continue;
            (Secondary ??= []).Add((name, score));
        }
        return true;
    }
}

/// <summary>A score with its bounds and percentiles. JMH writes "NaN" if there are too few measurements.</summary>
internal struct JmhScore
{
    private Figure score;
    private double? lower,
        upper;

    public string? Unit { get; private set; }
    public List<(string Percent, double Value)>? Percentiles { get; private set; }

    /// <summary>The reason why there is no score; null if there is one.</summary>
    public readonly string? Trouble => score.Value is null ? score.Why("score") : null;

    public readonly Metric? Scaled(double factor) =>
        score.Value is { } value ? new(value * factor, lower * factor, upper * factor) : null;

    public bool Read(ref Utf8JsonReader json, bool all)
    {
        if (!json.Object())
            return json.Other() && false;
        string? unit = null;
        while (json.Property())
        {
            var fine =
                json.Is("score"u8) ? json.DecimalFigure(out score)
                : json.Is("scoreConfidence"u8) ? Pair(ref json)
                : json.Is("scoreUnit"u8) ? json.TextOrOther(out unit)
                : all && json.Is("scorePercentiles"u8) ? ReadPercentiles(ref json)
                : json.Other();
            if (!fine)
                return false;
        }
        Unit = unit;
        return true;
    }

    // The bounds are two numbers; otherwise there are no bounds.
    private bool Pair(ref Utf8JsonReader json)
    {
        if (!json.Array())
            return json.Other();
        (lower, upper) = (null, null);
        var count = 0;
        for (; json.Item(); count++)
        {
            json.DecimalFigure(out var bound);
            if (count == 0)
                lower = bound.Value;
            else
                upper = bound.Value;
        }
        if (count != 2 || lower is null || upper is null)
            lower = upper = null;
        return true;
    }

    private bool ReadPercentiles(ref Utf8JsonReader json)
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var percent = json.Current();
            json.DecimalFigure(out var value);
            if (value.Value is { } number)
                (Percentiles ??= []).Add((percent, number));
        }
        return true;
    }
}

/// <summary>
/// All entries of a document. Together they decide how each is named, and which of several modes is recorded.
/// </summary>
internal sealed class JmhRuns
{
    private readonly List<JmhRun> read = [];
    private readonly List<JmhRun> others = [];
    private List<(JmhRun Run, Identity Identity)> runs = [];

    public void Add(JmhRun run) => (run.Trouble is null ? read : others).Add(run);

    public void AddTo(Results results)
    {
        if (FinerDifferences() is { Count: > 0 } differing)
            read.ForEach(run => run.Refine(differing));
        runs = read.ConvertAll(run => (run, run.Identity));
        var ranks = Ranks();
        foreach (var run in others)
            results.LeaveOut(run.Shown, run.Trouble!);
        foreach (var (run, identity) in runs)
        {
            if (ranks is not null && run.Scale.Measure == BuiltInMeasure.Latency && ranks[identity] < run.Rank)
            {
                results.LeaveOut(identity.ToString(), $"mode {run.Mode}: the latency of a better mode is recorded");
                continue;
            }
            var benchmark = results.Benchmark(identity);
            results.Sample(benchmark, run.Scale.Measure.Id, run.Primary.Scaled(run.Scale.Factor)!.Value);
            AddMore(results, benchmark, run);
        }
    }

    // The finer circumstances that distinguish otherwise equal runs. Null if no run occurs twice.
    private HashSet<string>? FinerDifferences()
    {
        HashSet<string>? differing = null;
        var first = new Dictionary<Identity, JmhRun>(read.Count);
        foreach (var run in read)
        {
            if (first.TryAdd(run.Identity, run))
                continue;
            for (var i = 0; i < run.Finer.Count; i++)
                if (run.Finer[i] != first[run.Identity].Finer[i])
                    (differing ??= []).Add(run.Finer[i].Key);
        }
        return differing;
    }

    // The best mode among each benchmark's latencies; null if all have the same mode.
    private Dictionary<Identity, int>? Ranks()
    {
        var latencies = runs.Where(one => one.Run.Scale.Measure == BuiltInMeasure.Latency).ToList();
        if (latencies.Select(one => one.Run.Rank).Distinct().Count() < 2)
            return null;
        return latencies
            .GroupBy(one => one.Identity)
            .ToDictionary(group => group.Key, group => group.Min(one => one.Run.Rank));
    }

    private static void AddMore(Results results, BenchmarkResults benchmark, JmhRun run)
    {
        if (!results.TakesAll)
            return;
        var (measure, factor) = run.Scale;
        foreach (var (percent, value) in run.Primary.Percentiles ?? [])
            results.SampleMore(benchmark, $"{measure.Slug} p{percent}", measure.Units, new(value * factor));
        foreach (var (key, score) in run.Secondary ?? [])
            if (score.Scaled(1) is { } metric)
                results.SampleIn(benchmark, key, score.Unit, metric);
    }
}
