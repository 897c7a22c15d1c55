using System.Collections;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// The results of one run of a harness: metrics by benchmark and measure, in order of first appearance.
/// </summary>
/// <remarks>A benchmark occurs once, and so does a measure within it. Setting a metric replaces the previous one;
/// samples are combined into one metric when reading ends. A benchmark may have no metrics. Not thread-safe.</remarks>
public sealed class Results
{
    private const int BucketsMin = 16;

    // Structs in segments: with an object for each entry, garbage collection would take longer than reading the
    // entries.
    private readonly Segments<BenchmarkEntry> entries = new();

    // A hash table: a bucket holds the place of its first entry plus one, or 0 if it is empty. Chains are stored apart
    // from entries, so that a search does not load entries into the CPU cache only to skip them.
    private Segments<int> buckets = new(BucketsMin);
    private readonly Segments<(int Hash, int Next)> chains = new();

    // The places of benchmarks with a measure that has several samples.
    private List<int>? repeated;

    // Benchmarks with parameters or a package. They get their names when all benchmarks are known.
    private Dictionary<Identity, int>? identified;

    private Dictionary<NameId<ResourceName>, string>? units;
    private List<LeftOut>? leftOut;

    public Results() => Benchmarks = new List(this);

    public IReadOnlyList<BenchmarkResults> Benchmarks { get; }

    /// <summary>The results that are not recorded, in order, up to <see cref="LeftOut.Max"/> entries.</summary>
    public IReadOnlyList<LeftOut> LeftOut => leftOut ?? [];

    /// <summary>The number of results left out, named or not.</summary>
    public int LeftOutCount { get; private set; }

    /// <summary>
    /// The harness and its version, "pytest-benchmark 5.1.0"; null if the output does not say. The first one counts.
    /// </summary>
    public string? Harness { get; private set; }

    internal void SetHarness(string? harness) => Harness ??= harness;

    /// <param name="version">The version in the output. Without a version, nothing is recorded.</param>
    internal void SetHarness(string name, string? version)
    {
        if (!string.IsNullOrWhiteSpace(version))
            SetHarness($"{name} {version}");
    }

    private Dictionary<(int Place, NameId<ResourceName> Measure), double>? means;

    /// <summary>
    /// The mean over only those results that have the measure, if the metric divides their sum by the number of all
    /// results; null otherwise. This mean is the true one.
    /// </summary>
    public double? MeanOfThose(BenchmarkResults benchmark, NameId<ResourceName> measure) =>
        means is not null && means.TryGetValue((benchmark.Place, measure), out var mean) ? mean : null;

    internal void SetMeanOfThose(int place, NameId<ResourceName> measure, double mean) =>
        (means ??= [])[(place, measure)] = mean;

    /// <summary>True when all measures of a harness are wanted, not only the usual ones.</summary>
    internal bool TakesAll { get; init; }

    /// <summary>
    /// The average that replaces several samples of a measure: the median, unless the adapter chooses otherwise.
    /// </summary>
    internal Average AverageOfRepeats { get; set; } = Average.Median;

    /// <summary>
    /// The reason why a document that looks like this harness's was refused: the benchmark, and what is wrong with it.
    /// </summary>
    internal string? Refused { get; private set; }

    /// <summary>Records why a document is refused.</summary>
    /// <returns>Always false, for the caller to return.</returns>
    internal bool Refuse(string why)
    {
        Refused ??= why;
        return false;
    }

    /// <summary>The package of all benchmarks that have no identity.</summary>
    internal string? Package { get; set; }

    /// <summary>The units that a harness printed for a measure that is not built in; null if it printed none.</summary>
    public string? UnitsOf(NameId<ResourceName> measure) => units?.GetValueOrDefault(measure);

    /// <summary>Finds or adds a benchmark.</summary>
    public BenchmarkResults Benchmark(NameId<BenchmarkName> name)
    {
        var hash = HashOf(name);
        for (var at = buckets[hash & (buckets.Count - 1)]; at > 0; at = chains[at - 1].Next)
            if (chains[at - 1].Hash == hash && entries[at - 1].Name == name)
                return new(this, at - 1);
        while (entries.Count >= buckets.Count)
            Grow();
        entries.Add(new() { Name = name });
        chains.Add((hash, 0));
        Link(entries.Count - 1);
        return new(this, entries.Count - 1);
    }

    /// <summary>
    /// Finds or adds a benchmark with parameters or a package. It has no name before <see cref="Settle"/>.
    /// </summary>
    internal BenchmarkResults Benchmark(Identity identity)
    {
        identified ??= [];
        if (identified.TryGetValue(identity, out var place))
            return new(this, place);
        identified.Add(identity, entries.Count);
        entries.Add(new() { Identity = identity });
        chains.Add((0, 0));
        return new(this, entries.Count - 1);
    }

    /// <summary>
    /// Adds a benchmark of a harness whose names are unique in a document unless a user reused one: later benchmarks of
    /// the same name become separate cases.
    /// </summary>
    internal BenchmarkResults NextBenchmark(BenchmarkName name)
    {
        var before = entries.Count;
        var benchmark = Benchmark(name);
        for (var copy = 2; benchmark.Place < before; copy++)
            benchmark = Benchmark(
                new Identity(
                    name.Value,
                    [new("case", copy.ToString(System.Globalization.CultureInfo.InvariantCulture))]
                )
            );
        return benchmark;
    }

    /// <summary>Finds or adds the benchmark with this name, which is never interpreted as a slug or a UUID.</summary>
    internal BenchmarkResults Benchmark(BenchmarkName name) => Benchmark(NameId<BenchmarkName>.OfName(name));

    public void Add(NameId<BenchmarkName> benchmark, NameId<ResourceName> measure, Metric metric) =>
        Benchmark(benchmark).Set(measure, metric);

    /// <summary>Adds a sample of a benchmark's measure. There may be several.</summary>
    internal void Sample(BenchmarkName benchmark, NameId<ResourceName> measure, Metric metric) =>
        Sample(Benchmark(benchmark), measure, metric);

    /// <inheritdoc cref="Sample(BenchmarkName, NameId{ResourceName}, Metric)"/>
    internal void Sample(BenchmarkResults benchmark, NameId<ResourceName> measure, Metric metric)
    {
        if (benchmark.Sample(measure, metric))
            (repeated ??= []).Add(benchmark.Place);
    }

    /// <summary>
    /// Ends reading. Combines the samples of each benchmark's measure into one metric: their average, with the lowest
    /// and highest bounds of all samples. Gives names to benchmarks that have none yet.
    /// </summary>
    internal void Settle()
    {
        foreach (var place in repeated ?? [])
            entries[place].More?.SettleSamples(ref entries[place], AverageOfRepeats);
        repeated = null;
        if (identified is not null)
            SettleNames();
    }

    /// <summary>Adds all that another reading found.</summary>
    /// <param name="prefix">Prepended to the names of what was left out, to tell where that was.</param>
    internal void Absorb(Results other, string prefix = "")
    {
        foreach (var benchmark in other.Benchmarks)
            Absorb(Like(benchmark), benchmark);
        LeaveOutAsWell(other, prefix);
        SetUnits(other);
        SetHarness(other.Harness);
    }

    /// <summary>Finds or adds the benchmark that corresponds to one of another reading. A new one is empty.</summary>
    internal BenchmarkResults Like(BenchmarkResults benchmark) =>
        benchmark.Identity is { } identity ? Benchmark(identity) : Benchmark(benchmark.Name);

    private void Absorb(BenchmarkResults into, BenchmarkResults from)
    {
        for (var i = 0; i < from.Metrics.Count; i++)
        {
            var (measure, metric) = from.Metrics[i];
            if (from.SamplesOf(i) is not { } samples)
                Sample(into, measure, metric);
            else
                foreach (var sample in samples)
                    Sample(into, measure, sample);
        }
    }

    private void SettleNames()
    {
        var naming = new Naming();
        for (var place = 0; place < entries.Count; place++)
        {
            if (entries[place].Identity is { } identity)
                naming.Add(identity);
            else
                naming.Keep(entries[place].Name.Value);
        }
        for (var place = 0; place < entries.Count; place++)
            if (entries[place].Identity is { } identity)
                (entries[place].Name, entries[place].FullName) = naming.NameOf(identity);
        while (buckets.Count < entries.Count)
            buckets = new(buckets.Count * 2);
        LinkAll();
    }

    /// <summary>Records that a part of the output is not in the results.</summary>
    /// <param name="why">One reason, without a full stop.</param>
    internal void LeaveOut(string what, string why)
    {
        LeftOutCount++;
        leftOut ??= [];
        if (leftOut.Count < Adapters.LeftOut.Max)
            leftOut.Add(new(Adapters.LeftOut.Shortened(what), Adapters.LeftOut.Shortened(why)));
    }

    /// <summary>Counts results that were left out and whose names are not known.</summary>
    internal void LeaveOutMore(int count) => LeftOutCount += count;

    /// <summary>Adds what another reading left out, with a prefix that tells where that was.</summary>
    internal void LeaveOutAsWell(Results other, string prefix = "")
    {
        foreach (var one in other.LeftOut)
            LeaveOut(prefix + one.What, one.Why);
        LeftOutCount += other.LeftOutCount - other.LeftOut.Count;
    }

    /// <summary>Records the units of a measure; the first units given count.</summary>
    internal void SetUnits(NameId<ResourceName> measure, string text)
    {
        if (BuiltInMeasure.Find(measure.Value) is null)
            (units ??= []).TryAdd(measure, text);
    }

    /// <summary>Adds the units that another reading found.</summary>
    internal void SetUnits(Results other)
    {
        foreach (var (measure, text) in other.units ?? [])
            SetUnits(measure, text);
    }

    internal ref BenchmarkEntry Entry(int place) => ref entries[place];

    private void Grow()
    {
        buckets = new(buckets.Count * 2);
        for (var place = 0; place < entries.Count; place++)
            if (entries[place].Name.Value is not null)
                Link(place);
    }

    private void LinkAll()
    {
        buckets = new(buckets.Count);
        for (var place = 0; place < entries.Count; place++)
        {
            chains[place].Hash = HashOf(entries[place].Name);
            Link(place);
        }
    }

    private static int HashOf(NameId<BenchmarkName> name) => name.Value.GetHashCode(StringComparison.Ordinal);

    private void Link(int place)
    {
        ref var chain = ref chains[place];
        ref var bucket = ref buckets[chain.Hash & (buckets.Count - 1)];
        chain.Next = bucket;
        bucket = place + 1;
    }

    private sealed class List(Results results) : IReadOnlyList<BenchmarkResults>
    {
        public int Count => results.entries.Count;

        public BenchmarkResults this[int index] =>
            (uint)index < (uint)Count ? new(results, index) : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<BenchmarkResults> GetEnumerator()
        {
            for (var place = 0; place < Count; place++)
                yield return new(results, place);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
