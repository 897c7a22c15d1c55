using System.Globalization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Merges the outputs that a run declares to belong together into one result, such as the files that a harness writes
/// for each class.
/// </summary>
internal static class OutputSets
{
    /// <param name="sizes">The number of consecutive outputs in each result: "2,2".</param>
    /// <exception cref="Refusal">The sizes are not numbers, or do not add up to the number of outputs.</exception>
    public static List<HarnessResults> Merge(List<HarnessResults> outputs, string sizes)
    {
        List<HarnessResults> merged = [];
        var at = 0;
        foreach (var text in sizes.Split(','))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                throw Bad();
            if (size < 1 || size > outputs.Count - at)
                throw Bad();
            merged.Add(size == 1 ? outputs[at] : ResultSets.Merged(outputs.GetRange(at, size)));
            at += size;
        }
        return at == outputs.Count ? merged : throw Bad();

        Refusal Bad() =>
            Refusal.BadInput(
                $"context.{RunContext.SetSizes}: {Text.Quote(sizes)} does not match the {outputs.Count} results; "
                    + "allowed: numbers separated by commas, whose sum is the number of results"
            );
    }

    /// <summary>
    /// The same for outputs that may instead repeat each other. Outputs that do become separate results.
    /// </summary>
    public static List<HarnessResults> MergeDifferent(List<HarnessResults> outputs, IReadOnlyList<int> sizes)
    {
        List<HarnessResults> merged = [];
        var at = 0;
        foreach (var size in sizes)
        {
            var set = outputs.GetRange(at, size);
            if (size == 1 || ResultSets.RepeatEachOther(set))
                merged.AddRange(set);
            else
                merged.Add(ResultSets.Merged(set));
            at += size;
        }
        return merged;
    }
}
