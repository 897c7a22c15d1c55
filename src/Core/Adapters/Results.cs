using System.Collections;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// What one run of a harness yielded: metrics by benchmark and measure, in order of first appearance.
/// </summary>
/// <remarks>
/// A benchmark appears once, and so does a measure within it: a metric that is set replaces the one before, samples
/// become one metric when reading has ended. A benchmark may have no metric at all. Not safe for use by several
/// threads.
/// </remarks>
public sealed class Results
{
    private const int BucketsMin = 16;

    // What one object each would take the collector longer to keep than it takes to read them.
    private readonly Segments<BenchmarkEntry> entries = new();

    // A hash table: of each bucket one more than the place of the first entry, 0 for none. The chains stand apart from
    // the entries, which a search would else bring into the cache only to pass over them.
    private Segments<int> buckets = new(BucketsMin);
    private readonly Segments<(int Hash, int Next)> chains = new();

    // The places of those that have a measure more than once.
    private List<int>? repeated;

    // Those that have more than a name to tell them apart; they have no name until all are known.
    private Dictionary<Identity, int>? identified;

    private Dictionary<NameId<ResourceName>, string>? units;
    private List<LeftOut>? leftOut;

    public Results() => Benchmarks = new List(this);

    public IReadOnlyList<BenchmarkResults> Benchmarks { get; }

    /// <summary>What was there and is not recorded, in order, up to <see cref="LeftOut.Max"/> entries.</summary>
    public IReadOnlyList<LeftOut> LeftOut => leftOut ?? [];

    /// <summary>How many entries were left out, named or not.</summary>
    public int LeftOutCount { get; private set; }

    /// <summary>
    /// The harness with its version, "pytest-benchmark 5.1.0"; null where the output does not say. Of several the
    /// first.
    /// </summary>
    public string? Harness { get; private set; }

    internal void SetHarness(string? harness) => Harness ??= harness;

    /// <param name="version">As the output says it; nothing is known without one.</param>
    internal void SetHarness(string name, string? version)
    {
        if (!string.IsNullOrWhiteSpace(version))
            SetHarness($"{name} {version}");
    }

    private Dictionary<(int Place, NameId<ResourceName> Measure), double>? means;

    /// <summary>
    /// The mean of the results that have this measure, where the metric's own value is their sum divided by more
    /// results than that; null otherwise. It is what the benchmark took.
    /// </summary>
    public double? MeanOfThose(BenchmarkResults benchmark, NameId<ResourceName> measure) =>
        means is not null && means.TryGetValue((benchmark.Place, measure), out var mean) ? mean : null;

    internal void SetMeanOfThose(int place, NameId<ResourceName> measure, double mean) =>
        (means ??= [])[(place, measure)] = mean;

    /// <summary>Whether all measures of a harness were asked for, not only the usual ones.</summary>
    internal bool TakesAll { get; init; }

    /// <summary>
    /// What several samples of one measure become, which are its median unless their reader says otherwise.
    /// </summary>
    internal Average AverageOfRepeats { get; set; } = Average.Median;

    /// <summary>
    /// Why a document was refused that looks like one of this harness: what is wrong with which benchmark.
    /// </summary>
    internal string? Refused { get; private set; }

    /// <summary>Notes why a document is refused.</summary>
    /// <returns>False, as the answer of whoever refuses it.</returns>
    internal bool Refuse(string why)
    {
        Refused ??= why;
        return false;
    }

    /// <summary>The package of all benchmarks that have nothing else to tell them apart.</summary>
    internal string? Package { get; set; }

    /// <summary>
    /// The units that a harness printed for a measure which has none of its own; null where it printed none.
    /// </summary>
    public string? UnitsOf(NameId<ResourceName> measure) => units?.GetValueOrDefault(measure);

    /// <summary>The entry of this benchmark, made when it is not there yet.</summary>
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
    /// The entry of a benchmark that has parameters or a package. It has no name before <see cref="Settle"/>.
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
    /// The entry of a benchmark whose harness gives a name to only one in a document, unless somebody has given it to
    /// several: those after the first are cases of their own.
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

    /// <summary>The entry of the benchmark with this name, which is not to be taken for a slug or a UUID.</summary>
    internal BenchmarkResults Benchmark(BenchmarkName name) => Benchmark(NameId<BenchmarkName>.OfName(name));

    public void Add(NameId<BenchmarkName> benchmark, NameId<ResourceName> measure, Metric metric) =>
        Benchmark(benchmark).Set(measure, metric);

    /// <summary>Adds one of possibly several samples of a benchmark's measure.</summary>
    internal void Sample(BenchmarkName benchmark, NameId<ResourceName> measure, Metric metric) =>
        Sample(Benchmark(benchmark), measure, metric);

    /// <inheritdoc cref="Sample(BenchmarkName, NameId{ResourceName}, Metric)"/>
    internal void Sample(BenchmarkResults benchmark, NameId<ResourceName> measure, Metric metric)
    {
        if (benchmark.Sample(measure, metric))
            (repeated ??= []).Add(benchmark.Place);
    }

    /// <summary>
    /// Makes one metric of the samples that share a benchmark and a measure, their average, bounded by the farthest
    /// bounds of any; and gives names to the benchmarks that have none.
    /// </summary>
    internal void Settle()
    {
        foreach (var place in repeated ?? [])
            entries[place].More?.SettleSamples(ref entries[place], AverageOfRepeats);
        repeated = null;
        if (identified is not null)
            SettleNames();
    }

    /// <summary>Takes over all that another reading found, as if it were found here.</summary>
    /// <param name="prefix">Says of what it left out where that was.</param>
    internal void Absorb(Results other, string prefix = "")
    {
        foreach (var benchmark in other.Benchmarks)
            Absorb(Like(benchmark), benchmark);
        LeaveOutAsWell(other, prefix);
        SetUnits(other);
        SetHarness(other.Harness);
    }

    /// <summary>The entry for what is a benchmark of another reading, with nothing in it if it is new.</summary>
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

    /// <summary>Says that something of the output is not in the results.</summary>
    /// <param name="why">One reason, without a full stop.</param>
    internal void LeaveOut(string what, string why)
    {
        LeftOutCount++;
        leftOut ??= [];
        if (leftOut.Count < Adapters.LeftOut.Max)
            leftOut.Add(new(Adapters.LeftOut.Shortened(what), Adapters.LeftOut.Shortened(why)));
    }

    /// <summary>Says how many more were left out that nobody can name.</summary>
    internal void LeaveOutMore(int count) => LeftOutCount += count;

    /// <summary>Takes over what another reading left out, with a prefix that says where that was.</summary>
    internal void LeaveOutAsWell(Results other, string prefix = "")
    {
        foreach (var one in other.LeftOut)
            LeaveOut(prefix + one.What, one.Why);
        LeftOutCount += other.LeftOutCount - other.LeftOut.Count;
    }

    /// <summary>Notes the units of a measure; those given first stay.</summary>
    internal void SetUnits(NameId<ResourceName> measure, string text)
    {
        if (BuiltInMeasure.Find(measure.Value) is null)
            (units ??= []).TryAdd(measure, text);
    }

    /// <summary>Takes over the units that another reading found.</summary>
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
