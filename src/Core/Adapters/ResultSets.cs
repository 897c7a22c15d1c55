namespace Paddock.Core.Adapters;

/// <summary>
/// What several outputs of one run are to each other. A run that is given several files (`--file A --file B`) asks
/// <see cref="RepeatEachOther"/>; if they do, they are its iterations, else <see cref="Merged"/> makes one result of
/// them.
/// </summary>
public static class ResultSets
{
    /// <summary>
    /// Whether all have the same benchmarks, told by their full names: then each measures again what the first has
    /// measured.
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
    /// One result of several, with the names that its benchmarks would have if one output had brought them all. What
    /// several have is a benchmark with several samples.
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
