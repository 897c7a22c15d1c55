using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What one run of a harness yielded: metrics by benchmark and measure, in order of first appearance.</summary>
/// <remarks>
/// A benchmark appears once, and so does a measure within it: a metric that is set replaces the one before, samples become one metric
/// when reading has ended. A benchmark may have no metric at all. Not safe for use by several threads.
/// </remarks>
public sealed class Results
{
    private const int BucketsMin = 16;

    private readonly Segments<BenchmarkResults> benchmarks = new();

    // A hash table whose chains run through the benchmarks themselves.
    private Segments<BenchmarkResults?> buckets = new(BucketsMin);

    // Those that have a measure more than once.
    private List<BenchmarkResults>? repeated;

    private Dictionary<NameId<ResourceName>, string>? units;
    private List<LeftOut>? leftOut;

    public IReadOnlyList<BenchmarkResults> Benchmarks => benchmarks;

    /// <summary>What was there and is not recorded, in order, up to <see cref="LeftOut.Max"/> entries.</summary>
    public IReadOnlyList<LeftOut> LeftOut => leftOut ?? [];

    /// <summary>How many entries were left out, named or not.</summary>
    public int LeftOutCount { get; private set; }

    /// <summary>Whether all measures of a harness were asked for, not only the usual ones.</summary>
    internal bool TakesAll { get; init; }

    /// <summary>The units that a harness printed for a measure which has none of its own; null where it printed none.</summary>
    public string? UnitsOf(NameId<ResourceName> measure) => units?.GetValueOrDefault(measure);

    /// <summary>The entry of this benchmark, made when it is not there yet.</summary>
    public BenchmarkResults Benchmark(NameId<BenchmarkName> name)
    {
        var hash = name.Value.GetHashCode(StringComparison.Ordinal);
        for (var entry = buckets[hash & (buckets.Count - 1)]; entry is not null; entry = entry.Next)
            if (entry.Hash == hash && entry.Name == name) return entry;
        if (benchmarks.Count == buckets.Count) Grow();
        var added = new BenchmarkResults(name) { Hash = hash };
        benchmarks.Add(added);
        Link(added);
        return added;
    }

    /// <summary>The entry of the benchmark with this name, which is not to be taken for a slug or a UUID.</summary>
    internal BenchmarkResults Benchmark(BenchmarkName name) => Benchmark(NameId<BenchmarkName>.OfName(name));

    public void Add(NameId<BenchmarkName> benchmark, NameId<ResourceName> measure, Metric metric) => Benchmark(benchmark).Set(measure, metric);

    /// <summary>Adds one of possibly several samples of a benchmark's measure.</summary>
    internal void Sample(BenchmarkName benchmark, NameId<ResourceName> measure, Metric metric) => Sample(Benchmark(benchmark), measure, metric);

    /// <inheritdoc cref="Sample(BenchmarkName, NameId{ResourceName}, Metric)"/>
    internal void Sample(BenchmarkResults benchmark, NameId<ResourceName> measure, Metric metric)
    {
        if (benchmark.Sample(measure, metric)) (repeated ??= []).Add(benchmark);
    }

    /// <summary>Makes one metric of the samples that share a benchmark and a measure: their median, bounded by the farthest bounds of any.</summary>
    internal void SettleSamples()
    {
        foreach (var benchmark in repeated ?? []) benchmark.SettleSamples();
        repeated = null;
    }

    /// <summary>Says that something of the output is not in the results.</summary>
    /// <param name="why">One reason, without a full stop.</param>
    internal void LeaveOut(string what, string why)
    {
        LeftOutCount++;
        leftOut ??= [];
        if (leftOut.Count < Adapters.LeftOut.Max) leftOut.Add(new(Adapters.LeftOut.Shortened(what), Adapters.LeftOut.Shortened(why)));
    }

    /// <summary>Takes over what another reading left out, with a prefix that says where that was.</summary>
    internal void LeaveOutAsWell(Results other, string prefix = "")
    {
        foreach (var one in other.LeftOut) LeaveOut(prefix + one.What, one.Why);
        LeftOutCount += other.LeftOutCount - other.LeftOut.Count;
    }

    /// <summary>Notes the units of a measure; those given first stay.</summary>
    internal void SetUnits(NameId<ResourceName> measure, string text)
    {
        if (BuiltInMeasure.Find(measure.Value) is null) (units ??= []).TryAdd(measure, text);
    }

    /// <summary>Takes over the units that another reading found.</summary>
    internal void SetUnits(Results other)
    {
        foreach (var (measure, text) in other.units ?? []) SetUnits(measure, text);
    }

    private void Grow()
    {
        buckets = new(buckets.Count * 2);
        for (var i = 0; i < benchmarks.Count; i++) Link(benchmarks[i]);
    }

    private void Link(BenchmarkResults benchmark)
    {
        ref var bucket = ref buckets[benchmark.Hash & (buckets.Count - 1)];
        benchmark.Next = bucket;
        bucket = benchmark;
    }
}

/// <summary>The metrics of one benchmark, by measure.</summary>
public sealed class BenchmarkResults(NameId<BenchmarkName> name)
{
    // Most benchmarks have one metric, and a report has thousands of benchmarks: an array of one is half the size of a list.
    private (NameId<ResourceName> Measure, Metric Metric)[] metrics = [];
    private int count;

    // No harness gives so many that this comes into being; a body of somebody's own making may.
    private const int SearchedMax = 64;
    private Dictionary<NameId<ResourceName>, int>? index;

    public NameId<BenchmarkName> Name { get; } = name;

    public IReadOnlyList<(NameId<ResourceName> Measure, Metric Metric)> Metrics =>
        count == metrics.Length ? metrics : new ArraySegment<(NameId<ResourceName>, Metric)>(metrics, offset: 0, count);

    // Samples beyond the first, by the place of their measure.
    private Dictionary<int, List<Metric>>? samples;

    internal int Hash { get; init; }
    internal BenchmarkResults? Next { get; set; }

    public void Set(NameId<ResourceName> measure, Metric metric)
    {
        if (Find(measure) is >= 0 and var found)
        {
            metrics[found].Metric = metric;
            return;
        }
        if (count == metrics.Length) Reserve(count * 2 + 1);
        index?.Add(measure, count);
        metrics[count++] = (measure, metric);
    }

    private int Find(NameId<ResourceName> measure)
    {
        if (index is null && count > SearchedMax) index = Enumerable.Range(0, count).ToDictionary(i => metrics[i].Measure);
        if (index is not null) return index.TryGetValue(measure, out var found) ? found : -1;
        for (var i = 0; i < count; i++)
            if (metrics[i].Measure == measure) return i;
        return -1;
    }

    /// <summary>Makes room for a number of metrics that is known beforehand.</summary>
    internal void Reserve(int capacity)
    {
        if (capacity > metrics.Length) Array.Resize(ref metrics, capacity);
    }

    /// <summary>Adds a sample.</summary>
    /// <returns>Whether this is the first measure here that has more than one.</returns>
    internal bool Sample(NameId<ResourceName> measure, Metric metric)
    {
        if (count == 0)
        {
            Reserve(1);
            metrics[count++] = (measure, metric);
            return false;
        }
        if (Find(measure) is not (>= 0 and var found))
        {
            Set(measure, metric);
            return false;
        }
        var first = samples is null;
        samples ??= [];
        if (!samples.TryGetValue(found, out var all)) samples.Add(found, all = [metrics[found].Metric]);
        all.Add(metric);
        return first;
    }

    internal void SettleSamples()
    {
        foreach (var (place, all) in samples ?? []) metrics[place].Metric = Folding.Repeats(all);
        samples = null;
    }

    /// <summary>Forgets the metrics given so far.</summary>
    public void Clear() => (count, index, samples) = (0, null, null);
}
