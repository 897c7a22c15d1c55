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
    /// The name with everything that distinguishes the benchmark from others of its project: package, class, group and
    /// all parameters. Equals <see cref="Name"/> if the harness gives none of these. Not longer than a name may be.
    /// </summary>
    public string FullName => Entry.FullName ?? Paddock.Core.Adapters.Identity.Fitting(Identity?.Full() ?? Name.Value);

    public MetricList Metrics => new(this);

    /// <summary>
    /// The package and parameters that distinguish the benchmark besides its name; null if there are none.
    /// </summary>
    internal Identity? Identity =>
        Entry.Identity
        ?? (results.Package is { } package && Name.Kind == NameIdKind.Name ? new(Name.Value, [], package) : null);

    /// <summary>The index of this benchmark in the results, from 0.</summary>
    internal int Place { get; }

    private ref BenchmarkEntry Entry => ref results.Entry(Place);

    public void Set(NameId<ResourceName> measure, Metric metric) => Entry.Set(measure, metric);

    /// <summary>Adds a sample.</summary>
    /// <returns>True when this is the benchmark's first measure with more than one sample.</returns>
    internal bool Sample(NameId<ResourceName> measure, Metric metric) => Entry.Sample(measure, metric);

    /// <summary>All samples of a metric that has several; null for a single sample.</summary>
    internal IReadOnlyList<Metric>? SamplesOf(int metric) => Entry.More?.SamplesOf(metric);

    /// <summary>Reserves capacity for a known number of metrics.</summary>
    internal void Reserve(int capacity)
    {
        if (capacity > 1)
            (Entry.More ??= new()).Reserve(capacity - 1);
    }

    /// <summary>Removes the metrics set so far.</summary>
    public void Clear() => (Entry.Count, Entry.More) = (0, null);

    /// <summary>A live view of the metrics of one benchmark.</summary>
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
/// The storage of one benchmark in the results. Most benchmarks have one metric, which is stored inline; the others are
/// kept apart.
/// </summary>
internal struct BenchmarkEntry
{
    public NameId<BenchmarkName> Name { get; set; }
    public Identity? Identity { get; init; }

    /// <summary>The full name; null if it follows from the identity, or equals the name.</summary>
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
/// The data of a benchmark beyond its first metric: further metrics, and repeated samples of a metric. Places count
/// from the first metric.
/// </summary>
internal sealed class MoreMetrics
{
    // Beyond this number of metrics, an index is built. No harness gives so many, but a handwritten document may.
    private const int SearchedMax = 64;
    private Dictionary<NameId<ResourceName>, int>? index;

    // All samples of the metrics that have several, by place.
    private Dictionary<int, List<Metric>>? samples;

    /// <summary>The metrics from place 1 on. The array may be longer than their number.</summary>
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
