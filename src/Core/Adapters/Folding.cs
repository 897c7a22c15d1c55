using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Makes one result out of several, metric by metric; a metric's bounds stay with its value.</summary>
public static class Folding
{
    /// <summary>
    /// Benchmarks and measures that only some results have are kept. The mean divides by the number of results all the
    /// same, as the servers that clients know have always done; the other folds look only at the metrics that are
    /// there.
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
    /// One metric of the samples that one output has of a measure: the average of their values, from the smallest lower
    /// bound to the largest upper one. A sample without a bound counts with its value.
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

    // Divided last, which rounds once, unless the sum is beyond a double.
    private static Metric Mean(List<Metric> sample, int count) =>
        Divide(sample.Aggregate(Add), count) is { IsFinite: true } mean
            ? mean
            : sample.Select(metric => Divide(metric, count)).Aggregate(Add);

    // Where only one of two has a bound, the value of the other stands in for its own.
    private static Metric Add(Metric a, Metric b) =>
        new(
            a.Value + b.Value,
            a.LowerValue is null && b.LowerValue is null ? null : (a.LowerValue ?? a.Value) + (b.LowerValue ?? b.Value),
            a.UpperValue is null && b.UpperValue is null ? null : (a.UpperValue ?? a.Value) + (b.UpperValue ?? b.Value)
        );

    private static Metric Divide(Metric metric, int by) =>
        new(metric.Value / by, metric.LowerValue / by, metric.UpperValue / by);

    // An absent bound comes before any number, which is what Nullable compares to.
    private static readonly IComparer<Metric> ByValue = Comparer<Metric>.Create(
        (a, b) =>
            a.Value.CompareTo(b.Value) is var value and not 0 ? value
            : Nullable.Compare(a.UpperValue, b.UpperValue) is var upper and not 0 ? upper
            : Nullable.Compare(a.LowerValue, b.LowerValue)
    );
}
