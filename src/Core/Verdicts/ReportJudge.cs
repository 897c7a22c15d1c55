using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>Judges the series of one report together, where a test depends on all of them.</summary>
public static class ReportJudge
{
    /// <summary>
    /// The number of reruns that are judged. Fewer could prove no change and would refute every suspicion; more are
    /// ignored.
    /// </summary>
    public const int RerunsLeast = 5,
        RerunsMost = Levels.FreshMax;

    /// <summary>Appends one value to each state, with <see cref="Rules.Series"/> set to their number.</summary>
    /// <param name="series">The number of series in the report, if it has more than these.</param>
    public static Verdict[] Append(
        IReadOnlyList<SeriesState> states,
        IReadOnlyList<Observation> values,
        IReadOnlyList<Rules> rules,
        int? series = null
    ) => [.. states.Select((state, i) => state.Append(values[i], rules[i] with { Series = series ?? states.Count }))];

    /// <summary>
    /// Judges the reruns of a report. Among its mature series, on average at most one in a hundred reproduced
    /// suspicions is wrong (Benjamini-Hochberg over all series of the report, including those without reruns).
    /// </summary>
    /// <param name="fresh">
    /// The fresh values of each series, in the order of the states; null for a series without reruns.
    /// </param>
    public static Verdict[] Confirm(
        IReadOnlyList<SeriesState> states,
        IReadOnlyList<double[]?> fresh,
        IReadOnlyList<Rules> rules
    )
    {
        var level = RerunLevel([.. states.Select((state, i) => (state, fresh[i] ?? []))], states.Count);
        return
        [
            .. states.Select(
                (state, i) =>
                    fresh[i] is { } values
                        ? state.Confirm(values, rules[i] with { Series = states.Count }, level)
                        : state.Look(rules[i] with { Series = states.Count })
            ),
        ];
    }

    /// <summary>The level of the rank test for the reruns of a report.</summary>
    /// <param name="series">The number of series in the report.</param>
    public static double RerunLevel(IReadOnlyList<(SeriesState State, double[] Fresh)> rerun, int series)
    {
        double[] chances =
        [
            .. rerun.Select(one => one.Fresh.Length > 0 ? one.State.RerunChance(one.Fresh) : double.NaN),
        ];
        return Math.Min(Levels.Reruns, BenjaminiHochberg.Threshold(chances, series, Levels.ReportRate));
    }

    /// <summary>
    /// The verdicts to list as "perhaps also" beside a proven one, selected by the P of their tests, at a false
    /// discovery rate of one in ten.
    /// </summary>
    public static IReadOnlyList<int> PerhapsAlso(IReadOnlyList<Verdict> verdicts)
    {
        if (!verdicts.Any(v => v.Events.Any(e => e.Kind == EventKind.Proven)))
            return [];
        double[] chances = [.. verdicts.Select(v => v.P ?? double.NaN)];
        var threshold = BenjaminiHochberg.Threshold(chances, verdicts.Count, Levels.PerhapsRate);
        return
        [
            .. Enumerable
                .Range(0, verdicts.Count)
                .Where(i =>
                    chances[i] <= threshold
                    && threshold > 0
                    && verdicts[i].State is not (VerdictState.Slower or VerdictState.Faster)
                ),
        ];
    }
}
