namespace Paddock.Core.Adapters;

/// <summary>
/// Relates several outputs of one run. For a run with several files (`--file A --file B`),
/// <see cref="RepeatEachOther"/> decides whether they are iterations; if not, <see cref="Merged"/> combines them into
/// one result.
/// </summary>
public static class ResultSets
{
    /// <summary>
    /// True when all outputs have the same benchmarks, compared by full names. Each output then repeats the
    /// measurements of the first.
    /// </summary>
    public static bool RepeatEachOther(IReadOnlyList<Results> results)
    {
        if (results.Count < 2)
            return false;
        var first = FullNames(results[0]);
        return first.Count > 0
            && results.Skip(1).All(other => other.Benchmarks.Count == first.Count && first.SetEquals(FullNames(other)));
    }

    /// <summary>
    /// Combines several results into one. Its benchmarks get the names that they would have in a single output. A
    /// benchmark that occurs in several results gets several samples.
    /// </summary>
    public static Results Merged(IReadOnlyList<Results> results)
    {
        var merged = new Results();
        foreach (var one in results)
            merged.Absorb(one);
        merged.Settle();
        return merged;
    }

    private static HashSet<string> FullNames(Results results) =>
        [.. results.Benchmarks.Select(benchmark => benchmark.FullName)];
}
