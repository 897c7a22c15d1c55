using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Core.Adapters;

/// <summary>
/// Warns about means of several results that are too small: v0 divides by the number of all results, even if a
/// benchmark is missing from some of them.
/// </summary>
public static class FoldedParts
{
    private const int NamedMax = 3;

    /// <summary>A notice if a mean was divided by more results than have the metric.</summary>
    public static IReadOnlyList<Notice> NoticesOf(IReadOnlyList<Results> results, Fold fold)
    {
        if (fold != Fold.Mean || results.Count < 2)
            return [];
        var counts = new OrderedDictionary<(string Benchmark, NameId<ResourceName> Measure), int>();
        foreach (var benchmark in results.SelectMany(one => one.Benchmarks))
        {
            var name = benchmark.FullName;
            foreach (var (measure, _) in benchmark.Metrics)
                counts[(name, measure)] = counts.TryGetValue((name, measure), out var known) ? known + 1 : 1;
        }
        var parts = counts.Where(one => one.Value < results.Count).ToList();
        if (parts.Count == 0)
            return [];
        var named = string.Join(
            ", ",
            parts
                .Take(NamedMax)
                .Select(one => $"{one.Key.Benchmark} ({one.Key.Measure}, in {one.Value} of {results.Count})")
        );
        var others = parts.Count > NamedMax ? $" and {parts.Count - NamedMax} more" : "";
        return
        [
            new(
                NoticeKind.MeanOfAPart,
                $"The mean is divided by all {results.Count} results, although some of them lack {named}{others}: "
                    + $"that mean is too small. "
                    + "Fold by median, min or max to count only the results that are there."
            ),
        ];
    }
}
