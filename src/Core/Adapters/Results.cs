using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What one run of a harness yielded: metrics by benchmark and measure, in order of first appearance.</summary>
/// <remarks>
/// A benchmark appears once, and so does a measure within it: the last metric given wins. A benchmark may have no metric at all.
/// Not safe for use by several threads.
/// </remarks>
public sealed class Results
{
    private readonly List<BenchmarkResults> benchmarks = [];
    private readonly Dictionary<NameId<BenchmarkName>, BenchmarkResults> byName = [];

    public IReadOnlyList<BenchmarkResults> Benchmarks => benchmarks;

    /// <summary>The entry of this benchmark, made when it is not there yet.</summary>
    public BenchmarkResults Benchmark(NameId<BenchmarkName> name)
    {
        if (byName.TryGetValue(name, out var found)) return found;
        var added = new BenchmarkResults(name);
        benchmarks.Add(added);
        byName.Add(name, added);
        return added;
    }

    public void Add(NameId<BenchmarkName> benchmark, NameId<ResourceName> measure, Metric metric) => Benchmark(benchmark).Set(measure, metric);
}

/// <summary>The metrics of one benchmark, by measure.</summary>
public sealed class BenchmarkResults(NameId<BenchmarkName> name)
{
    // Harnesses give a handful of measures, so a list is both smaller and faster than a dictionary.
    private readonly List<(NameId<ResourceName> Measure, Metric Metric)> metrics = new(1);

    public NameId<BenchmarkName> Name { get; } = name;
    public IReadOnlyList<(NameId<ResourceName> Measure, Metric Metric)> Metrics => metrics;

    public void Set(NameId<ResourceName> measure, Metric metric)
    {
        for (var i = 0; i < metrics.Count; i++)
            if (metrics[i].Measure == measure) { metrics[i] = (measure, metric); return; }
        metrics.Add((measure, metric));
    }

    /// <summary>Forgets the metrics given so far, for harnesses whose later output replaces the earlier.</summary>
    public void Clear() => metrics.Clear();
}
