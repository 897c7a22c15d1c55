using System.Collections;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>The metrics of one benchmark, by measure, in order of first appearance.</summary>
public readonly struct BenchmarkResults
{
    private readonly Results results;

    internal BenchmarkResults(Results results, int place) => (this.results, Place) = (results, place);

    public NameId<BenchmarkName> Name => Entry.Name;

    /// <summary>
    /// The name with all that tells the benchmark from any other of its project: package, class, group and every
    /// parameter. Where a harness gives none of these it is <see cref="Name"/>; at most as long as a name may be.
    /// </summary>
    public string FullName => Entry.FullName ?? Paddock.Core.Adapters.Identity.Fitting(Identity?.Full() ?? Name.Value);

    public MetricList Metrics => new(this);

    /// <summary>What tells it apart beside its name; null where that is nothing.</summary>
    internal Identity? Identity =>
        Entry.Identity
        ?? (results.Package is { } package && Name.Kind == NameIdKind.Name ? new(Name.Value, [], package) : null);

    /// <summary>Which of the results' benchmarks this is, from 0.</summary>
    internal int Place { get; }

    private ref BenchmarkEntry Entry => ref results.Entry(Place);

    public void Set(NameId<ResourceName> measure, Metric metric) => Entry.Set(measure, metric);

    /// <summary>Adds a sample.</summary>
    /// <returns>Whether this is the first measure here that has more than one.</returns>
    internal bool Sample(NameId<ResourceName> measure, Metric metric) => Entry.Sample(measure, metric);

    /// <summary>All samples of a metric that has several; null where it has one.</summary>
    internal IReadOnlyList<Metric>? SamplesOf(int metric) => Entry.More?.SamplesOf(metric);

    /// <summary>Makes room for a number of metrics that is known beforehand.</summary>
    internal void Reserve(int capacity)
    {
        if (capacity > 1)
            (Entry.More ??= new()).Reserve(capacity - 1);
    }

    /// <summary>Forgets the metrics given so far.</summary>
    public void Clear() => (Entry.Count, Entry.More) = (0, null);

    /// <summary>A look at the metrics of one benchmark as they are now.</summary>
    public readonly struct MetricList(BenchmarkResults benchmark)
        : IReadOnlyList<(NameId<ResourceName> Measure, Metric Metric)>
    {
        public int Count => benchmark.Entry.Count;

        public (NameId<ResourceName> Measure, Metric Metric) this[int index] =>
            (uint)index < (uint)Count
                ? benchmark.Entry.At(index)
                : throw new ArgumentOutOfRangeException(nameof(index));

        public Enumerator GetEnumerator() => new(this);

        IEnumerator<(NameId<ResourceName> Measure, Metric Metric)> IEnumerable<(
            NameId<ResourceName> Measure,
            Metric Metric
        )>.GetEnumerator() => GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public struct Enumerator(MetricList list) : IEnumerator<(NameId<ResourceName> Measure, Metric Metric)>
        {
            private int at = -1;

            public readonly (NameId<ResourceName> Measure, Metric Metric) Current => list[at];
            readonly object IEnumerator.Current => Current;

            public bool MoveNext() => ++at < list.Count;

            public void Reset() => at = -1;

            public readonly void Dispose() { }
        }
    }
}

/// <summary>
/// One benchmark where results keep it. Most have one metric, which stands here; the others are kept apart.
/// </summary>
internal struct BenchmarkEntry
{
    public NameId<BenchmarkName> Name { get; set; }
    public Identity? Identity { get; init; }

    /// <summary>Null where it follows from the identity, or is the name.</summary>
    public string? FullName { get; set; }

    public int Count { get; set; }
    public (NameId<ResourceName> Measure, Metric Metric) First;
    public MoreMetrics? More { get; set; }

    public void Set(NameId<ResourceName> measure, Metric metric)
    {
        if (Find(measure) is >= 0 and var found)
            At(ref this, found).Metric = metric;
        else
            Append(measure, metric);
    }

    /// <inheritdoc cref="BenchmarkResults.Sample"/>
    public bool Sample(NameId<ResourceName> measure, Metric metric)
    {
        if (Find(measure) is >= 0 and var found)
            return (More ??= new()).Repeat(found, At(ref this, found).Metric, metric);
        Append(measure, metric);
        return false;
    }

    public readonly (NameId<ResourceName> Measure, Metric Metric) At(int place) =>
        place == 0 ? First : More!.Items[place - 1];

    public static ref (NameId<ResourceName> Measure, Metric Metric) At(ref BenchmarkEntry entry, int place) =>
        ref place == 0 ? ref entry.First : ref entry.More!.Items[place - 1];

    private readonly int Find(NameId<ResourceName> measure) =>
        Count == 0 ? -1
        : First.Measure == measure ? 0
        : Count == 1 ? -1
        : More!.Find(measure, Count);

    private void Append(NameId<ResourceName> measure, Metric metric)
    {
        if (Count == 0)
            First = (measure, metric);
        else
            (More ??= new()).Append(measure, metric, Count);
        Count++;
    }
}

/// <summary>
/// What a benchmark has beyond its first metric: others, and several samples of one. Places count from its first
/// metric.
/// </summary>
internal sealed class MoreMetrics
{
    // No harness gives so many that the index comes into being; a body of somebody's own making may.
    private const int SearchedMax = 64;
    private Dictionary<NameId<ResourceName>, int>? index;

    // All samples of what has several, by place.
    private Dictionary<int, List<Metric>>? samples;

    /// <summary>The metrics from place 1 on; more room than there are.</summary>
    public (NameId<ResourceName> Measure, Metric Metric)[] Items = [];

    public void Append(NameId<ResourceName> measure, Metric metric, int place)
    {
        if (place > Items.Length)
            Reserve(place * 2 - 1);
        Items[place - 1] = (measure, metric);
        index?.Add(measure, place);
    }

    public void Reserve(int length)
    {
        if (length > Items.Length)
            Array.Resize(ref Items, length);
    }

    public int Find(NameId<ResourceName> measure, int count)
    {
        if (index is null && count > SearchedMax)
            index = Enumerable.Range(1, count - 1).ToDictionary(place => Items[place - 1].Measure);
        if (index is not null)
            return index.GetValueOrDefault(measure, -1);
        for (var place = 1; place < count; place++)
            if (Items[place - 1].Measure == measure)
                return place;
        return -1;
    }

    /// <inheritdoc cref="BenchmarkResults.Sample"/>
    public bool Repeat(int place, Metric before, Metric metric)
    {
        var first = samples is null;
        samples ??= [];
        if (!samples.TryGetValue(place, out var all))
            samples.Add(place, all = [before]);
        all.Add(metric);
        return first;
    }

    public IReadOnlyList<Metric>? SamplesOf(int place) => samples?.GetValueOrDefault(place);

    public void SettleSamples(ref BenchmarkEntry entry, Average average)
    {
        foreach (var (place, all) in samples ?? [])
            BenchmarkEntry.At(ref entry, place).Metric = Folding.Repeats(all, average);
        samples = null;
    }
}
