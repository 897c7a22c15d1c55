using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What one run of a harness yielded: metrics by benchmark and measure, in order of first appearance.</summary>
/// <remarks>
/// A benchmark appears once, and so does a measure within it: the last metric given wins. A benchmark may have no metric at all.
/// Not safe for use by several threads.
/// </remarks>
public sealed class Results
{
    private const int BucketsMin = 16;

    private readonly Segments<BenchmarkResults> benchmarks = new();

    // A hash table whose chains run through the benchmarks themselves.
    private Segments<BenchmarkResults?> buckets = new(BucketsMin);

    public IReadOnlyList<BenchmarkResults> Benchmarks => benchmarks;

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

    /// <summary>Makes this the only metric, for harnesses whose later output replaces the earlier.</summary>
    internal void SetOnly(NameId<ResourceName> measure, Metric metric)
    {
        Reserve(1);
        metrics[0] = (measure, metric);
        (count, index) = (1, null);
    }

    /// <summary>Forgets the metrics given so far.</summary>
    public void Clear() => (count, index) = (0, null);
}
