using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Combines several results into one, metric by metric. A metric's bounds stay with its value.</summary>
public static class Folding
{
    /// <summary>
    /// Benchmarks and measures that only some results have are kept. The mean still divides by the number of all
    /// results, as existing servers have always done. The other folds only use the metrics that exist.
    /// </summary>
    public static Results Fold(IReadOnlyList<Results> results, Fold fold)
    {
        var folded = new Results();
        var samples = new OrderedDictionary<(int Benchmark, NameId<ResourceName> Measure), List<Metric>>();
        foreach (var benchmark in results.SelectMany(result => result.Benchmarks))
        {
            var place = folded.Like(benchmark).Place;
            foreach (var (measure, metric) in benchmark.Metrics)
            {
                if (!samples.TryGetValue((place, measure), out var sample))
                    samples.Add((place, measure), sample = []);
                sample.Add(metric);
            }
        }
        foreach (var one in results)
        {
            folded.LeaveOutAsWell(one);
            folded.SetUnits(one);
            folded.SetHarness(one.Harness);
        }
        foreach (var ((place, measure), sample) in samples)
        {
            folded.Benchmarks[place].Set(measure, One(sample, fold, results.Count));
            if (fold == Adapters.Fold.Mean && sample.Count < results.Count)
                folded.SetMeanOfThose(place, measure, Mean(sample, sample.Count).Value);
        }
        folded.Settle();
        return folded;
    }

    /// <summary>
    /// Combines the samples that one output has of a measure: the average of their values, with the smallest lower and
    /// the largest upper bound. For a sample without a bound, its value is used.
    /// </summary>
    internal static Metric Repeats(List<Metric> samples, Average average = Average.Median)
    {
        var values = samples.ConvertAll(sample => sample.Value);
        values.Sort();
        var middle = values.Count / 2;
        var median = values.Count % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
        return new(
            average == Average.Mean ? values.Sum(value => value / values.Count) : median,
            samples.Min(s => s.LowerValue ?? s.Value),
            samples.Max(s => s.UpperValue ?? s.Value)
        );
    }

    private static Metric One(List<Metric> sample, Fold fold, int results) =>
        fold switch
        {
            Adapters.Fold.Min => sample.Min(ByValue),
            Adapters.Fold.Max => sample.Max(ByValue),
            Adapters.Fold.Mean => Mean(sample, results),
            Adapters.Fold.Median => Median(sample),
        };

    private static Metric Median(List<Metric> sample)
    {
        sample.Sort(ByValue);
        var middle = sample.Count / 2;
        return sample.Count % 2 == 1 ? sample[middle] : Mean(sample.GetRange(middle - 1, 2), 2);
    }

    // Dividing last rounds only once, but is not possible if the sum exceeds a double.
    private static Metric Mean(List<Metric> sample, int count) =>
        Divide(sample.Aggregate(Add), count) is { IsFinite: true } mean
            ? mean
            : sample.Select(metric => Divide(metric, count)).Aggregate(Add);

    // If only one of two metrics has a bound, the other's value is used as its bound.
    private static Metric Add(Metric a, Metric b) =>
        new(
            a.Value + b.Value,
            a.LowerValue is null && b.LowerValue is null ? null : (a.LowerValue ?? a.Value) + (b.LowerValue ?? b.Value),
            a.UpperValue is null && b.UpperValue is null ? null : (a.UpperValue ?? a.Value) + (b.UpperValue ?? b.Value)
        );

    private static Metric Divide(Metric metric, int by) =>
        new(metric.Value / by, metric.LowerValue / by, metric.UpperValue / by);

    // A missing bound sorts before any number, as in Nullable.Compare.
    private static readonly IComparer<Metric> ByValue = Comparer<Metric>.Create(
        (a, b) =>
            a.Value.CompareTo(b.Value) is var value and not 0 ? value
            : Nullable.Compare(a.UpperValue, b.UpperValue) is var upper and not 0 ? upper
            : Nullable.Compare(a.LowerValue, b.LowerValue)
    );
}
