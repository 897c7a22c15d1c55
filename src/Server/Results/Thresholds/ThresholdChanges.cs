using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Thresholds;

/// <summary>The place of a threshold on its branch.</summary>
internal readonly record struct ThresholdPlace(Id<Testbed> TestbedId, Id<Measure> MeasureId);

/// <summary>
/// The changes that give the thresholds of a branch the wanted models. A model is immutable: a new one replaces it.
/// </summary>
/// <param name="Removed">Thresholds that lose their model and judge nothing.</param>
internal sealed record ThresholdChanges(
    IReadOnlyList<(ThresholdPlace Place, Model Model)> Added,
    IReadOnlyList<(ThresholdRow Threshold, Model Model)> Replaced,
    IReadOnlyList<ThresholdRow> Removed
)
{
    public bool IsEmpty => Added.Count + Replaced.Count + Removed.Count == 0;

    /// <param name="present">The thresholds of the branch with their current models.</param>
    /// <param name="wanted">The wanted model of each place; null removes it.</param>
    /// <param name="removeOthers">True when thresholds in all other places lose their model.</param>
    public static ThresholdChanges Of(
        IReadOnlyList<(ThresholdRow Threshold, ModelRow? Model)> present,
        IReadOnlyDictionary<ThresholdPlace, Model?> wanted,
        bool removeOthers
    )
    {
        var (replaced, removed, seen) = (
            new List<(ThresholdRow, Model)>(),
            new List<ThresholdRow>(),
            new HashSet<ThresholdPlace>()
        );
        foreach (var (threshold, model) in present)
        {
            seen.Add(threshold.Place);
            if (!wanted.TryGetValue(threshold.Place, out var wantedModel) && !removeOthers)
                continue;
            if (wantedModel is null && model is not null)
                removed.Add(threshold);
            else if (wantedModel is not null && wantedModel != model?.Model)
                replaced.Add((threshold, wantedModel));
        }
        var added = wanted
            .Where(w => w.Value is not null && !seen.Contains(w.Key))
            .Select(w => (w.Key, w.Value!))
            .ToList();
        return new(added, replaced, removed);
    }
}
