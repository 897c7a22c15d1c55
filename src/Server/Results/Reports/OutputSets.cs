using System.Globalization;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Makes one result of outputs that a run says belong together, as the files that a harness writes for each class.
/// </summary>
internal static class OutputSets
{
    /// <param name="sizes">How many outputs in a row are one result: "2,2".</param>
    /// <exception cref="Refusal">The sizes are no numbers that add up to the outputs.</exception>
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
                $"context.{RunContext.SetSizes}: {Text.Quote(sizes)} does not fit {outputs.Count} results; "
                    + "allowed: numbers with commas between them that add up to that"
            );
    }

    /// <summary>The same for outputs that may also repeat each other, and then are results of their own.</summary>
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
